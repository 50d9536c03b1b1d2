// The portals of the server: made, reset, dropped.

import { change, get, segment } from "./api.js";
import { PACES } from "./clock.js";
import { h } from "./dom.js";
import {
  act, button, cell, confirmed, copyButton, counted, field, form, group, heading, note, num, pager, reset, rowLink, select, table,
} from "./parts.js";
import { draw, link, state } from "./state.js";

const PAGE = 50;
const wanted = { scenario: "", pace: "", apps: 1 };

/** @param {AbortSignal} signal */
export async function load(signal) {
  const [portals, scenarios] = await Promise.all([
    get("/portals", { limit: PAGE, after: state.route.query.get("after") }, signal), get("/scenarios", {}, signal),
  ]);
  state.keys = [...new Set([...(state.keys.length ? state.keys : []), ...portals.results.map((/** @type {any} */ one) => one.key)])]
    .filter((key) => portals.total > PAGE || portals.results.some((/** @type {any} */ one) => one.key === key));
  return { portals, scenarios: Object.entries(scenarios.results).map(([name, summary]) => ({ name, summary: String(summary) })) };
}

/** @param {{ portals: { results: Portal[], total: number, after: string | null }, scenarios: { name: string, summary: string }[] }} data */
export function view({ portals, scenarios }) {
  return [
    heading("Portals"),
    note("Each portal is a HubSpot account of its own: records, imports, clock, faults, journal. Its token leads to it."),
    table("Portals", ["Portal", "Scenario", "Pace", "#Imports", "#Records", "#Calls", "Apps and tokens", "!Actions"],
      portals.results.map((one) => h("tr", { key: one.key, class: "row" + (one.key === state.route.portal ? " current" : "") },
        rowLink(link("imports", {}, one.key), one.key),
        cell(one.scenario), cell(one.pace),
        num(one.counts.imports), num(one.counts.records), num(one.counts.journal),
        cell(h("span", { class: "inline" }, one.apps.slice(0, 5).map((app) => copyButton(app.name, app.token, { "aria-label": `Copy the token of ${app.name}`, title: "Copy the token" })),
          one.apps.length > 5 ? `and ${one.apps.length - 5} more` : null, one.apps.length ? null : h("small", null, "any token"))),
        cell(group(one.key, "inline", button("Reset", () => void reset(one.key), { "aria-label": `Reset ${one.key}` }),
          one.key === "default" ? null : button("Drop", () => void drop(one.key), { class: "danger", "aria-label": `Drop ${one.key}` })), "buttons")))),
    pager(counted(portals.total, "portal"), { after: portals.after }),
    h("h2", null, "Make a portal"),
    form("make", make, "The portal is made",
      field("Scenario", select(wanted.scenario, [["", "as the server's"], ...scenarios.map((one) => one.name)], (name) => { wanted.scenario = name; draw(); })),
      field("Pace", select(wanted.pace, [["", "as the scenario's"], ...PACES], (pace) => { wanted.pace = pace; draw(); })),
      field("Apps", h("input", { name: "apps", type: "number", min: "1", max: "100", required: true, value: wanted.apps, oninput: (/** @type {any} */ event) => { wanted.apps = Number(event.target.value); } })),
      h("button", { type: "submit", class: "main" }, "Make it")),
    wanted.scenario ? note(scenarios.find((one) => one.name === wanted.scenario)?.summary ?? "") : null,
  ];
}

/** @param {string} key */
function drop(key) {
  return act(() => confirmed(`Drop ${key}?`, `${key} and everything in it are lost, and its tokens lead nowhere.`, "Drop", async () => {
    await change("DELETE", `/portals/${segment(key)}`);
    state.keys = state.keys.filter((one) => one !== key);
    if (key === state.route.portal) location.hash = link("portals", {}, "default");
  }), `${key} is dropped`);
}

async function make() {
  const body = { apps: wanted.apps, ...(wanted.scenario ? { scenario: wanted.scenario } : {}), ...(wanted.pace ? { pace: wanted.pace } : {}) };
  const made = await change("POST", "/portals", {}, body);
  state.keys = [...state.keys, made.key];
}
