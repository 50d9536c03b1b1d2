// What the portal's scenario says, and another one in its place.

import { change, get, send } from "./api.js";
import { h } from "./dom.js";
import { jsonTree } from "./json.js";
import { act, button, confirmed, field, form, group, heading, note, reset, select } from "./parts.js";
import { draw, here, state } from "./state.js";

let chosen = "";

/** @param {AbortSignal} signal */
export async function load(signal) {
  const [own, known] = await Promise.all([get("/scenario", here(), signal), get("/scenarios", {}, signal)]);
  return { scenario: own.scenario, known: Object.entries(known.results).map(([name, summary]) => ({ name, summary: String(summary) })) };
}

/** @param {{ scenario: Record<string, unknown>, known: { name: string, summary: string }[] }} data */
export function view({ scenario, known }) {
  const name = String(scenario.name ?? "");
  return [
    heading(`Scenario ${name}`),
    scenario.description ? h("p", null, String(scenario.description)) : null,
    jsonTree("What it says beyond the defaults", scenario),
    h("h2", null, "Load another one"),
    form("load", () => replaced(chosen, () => change("PUT", "/scenario", here(), chosen)), "The scenario is loaded",
      field("By name", select(chosen, [["", "choose …"], ...known.map((one) => one.name)], (one) => { chosen = one; draw(); }, { required: true })),
      h("button", { type: "submit", class: "main" }, "Load it"),
      button("Reset to the present one", () => void reset(state.route.portal))),
    chosen ? note(known.find((one) => one.name === chosen)?.summary ?? "") : null,
    group("file", "", dropZone("or drop a TOML file here", ".toml,.json", (file) => void act(() => replaced(file.name, async () => send("PUT", "/scenario", {
      query: here(), body: await file.text(), type: file.name.toLowerCase().endsWith(".json") ? "application/json" : "application/toml",
    })), `${file.name} is loaded`))),
  ];
}

/** @param {string} name @param {() => Promise<unknown>} load */
function replaced(name, load) {
  const { portal } = state.route;
  return confirmed(`Load ${name}?`, `The records, imports and journal of ${portal} are lost. Its tokens stay.`, "Load", load);
}

/** A place to drop a file on; it is a button that chooses one as well.
 * @param {string} text
 * @param {string} accept
 * @param {(file: File) => void} take
 */
export function dropZone(text, accept, take) {
  const mark = (/** @type {DragEvent} */ event, /** @type {boolean} */ is) => {
    event.preventDefault();
    /** @type {HTMLElement} */ (event.currentTarget).classList.toggle("over", is);
  };
  return h("label", {
    class: "drop",
    ondragover: (/** @type {DragEvent} */ event) => mark(event, true),
    ondragleave: (/** @type {DragEvent} */ event) => mark(event, false),
    ondrop: (/** @type {DragEvent} */ event) => {
      mark(event, false);
      const file = event.dataTransfer?.files[0];
      if (file) take(file);
    },
  }, h("input", {
    type: "file", accept,
    onchange: (/** @type {any} */ event) => {
      const file = event.target.files[0];
      event.target.value = "";
      if (file) take(file);
    },
  }), h("span", null, text));
}
