// The portals of the server: made, reset, dropped.

import { change, get, segment } from "./api.js";
import { h } from "./dom.js";
import { act, button, cell, copyButton, counted, field, number, pager, select, table } from "./parts.js";
import { draw, link, refine, state } from "./state.js";

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

export function title() {
  return "Portals";
}

/** @param {{ portals: { results: import("./state.js").Portal[], total: number, after: string | null }, scenarios: { name: string, summary: string }[] }} data */
export function view({ portals, scenarios }) {
  return [
    h("h1", { tabindex: "-1" }, "Portals"),
    h("p", { class: "note" }, "Each portal is a HubSpot account of its own: records, imports, clock, faults, journal. Its token leads to it."),
    table("Portals", ["Portal", "Scenario", "Pace", { text: "Imports", class: "number" }, { text: "Records", class: "number" }, { text: "Calls", class: "number" }, "Apps and tokens", { text: h("span", { class: "unseen" }, "Actions"), class: "buttons" }],
      portals.results.map((one) => h("tr", { key: one.key, class: "row" + (one.key === state.route.portal ? " current" : "") },
        h("th", { scope: "row" }, h("a", { class: "open", href: link("imports", {}, one.key) }, one.key)),
        cell(one.scenario), cell(one.pace),
        cell(number(one.counts.imports), "number"), cell(number(one.counts.records), "number"), cell(number(one.counts.journal), "number"),
        cell(h("span", { class: "inline" }, one.apps.slice(0, 5).map((app) => copyButton(app.name, app.token, { "aria-label": `Copy the token of ${app.name}`, title: "Copy the token" })),
          one.apps.length > 5 ? `and ${one.apps.length - 5} more` : null, one.apps.length ? null : h("small", null, "any token"))),
        cell(h("span", { class: "inline" },
          button("Reset", () => void act(() => change("POST", "/reset", { portal: one.key }), `${one.key} is as its scenario says`), { "aria-label": `Reset ${one.key}` }),
          one.key === "default" ? null : button("Drop", () => void act(async () => {
            await change("DELETE", `/portals/${segment(one.key)}`);
            state.keys = state.keys.filter((key) => key !== one.key);
            if (one.key === state.route.portal) location.hash = link("portals", {}, "default");
          }, `${one.key} is dropped`), { class: "danger", "aria-label": `Drop ${one.key}` })), "buttons")))),
    pager({
      text: counted(portals.total, "portal"), more: portals.after ? () => refine({ after: portals.after }) : null,
      first: state.route.query.get("after") ? () => refine({ after: "" }) : null,
    }),
    h("h2", null, "Make a portal"),
    h("form", { class: "row", onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); void act(make, "The portal is made"); } },
      field("Scenario", select(wanted.scenario, [["", "as the server's"], ...scenarios.map((one) => one.name)], (name) => { wanted.scenario = name; draw(); })),
      field("Pace", select(wanted.pace, [["", "as the scenario's"], "instant", "polls", "realtime", "manual"], (pace) => { wanted.pace = pace; draw(); })),
      field("Apps", h("input", { type: "number", min: "1", max: "100", value: wanted.apps, oninput: (/** @type {any} */ event) => { wanted.apps = Number(event.target.value); } })),
      h("button", { type: "submit", class: "main" }, "Make it")),
    wanted.scenario ? h("p", { class: "note" }, scenarios.find((one) => one.name === wanted.scenario)?.summary ?? "") : null,
  ];
}

async function make() {
  const body = { apps: wanted.apps, ...(wanted.scenario ? { scenario: wanted.scenario } : {}), ...(wanted.pace ? { pace: wanted.pace } : {}) };
  const made = await change("POST", "/portals", {}, body);
  state.keys = [...state.keys, made.key];
}
