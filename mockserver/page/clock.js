// The clock of a portal, and what is due on it.

import { change, get } from "./api.js";
import { h } from "./dom.js";
import { button, cell, clockTime, dayAndTime, duration, empty, facts, field, form, group, heading, table, tell, when } from "./parts.js";
import { here, link, state } from "./state.js";

const MEANINGS = /** @type {Words} */ ({
  instant: "Finishes all pending work before it answers the next request. Looking at this page is no request.",
  polls: "Each read of an import moves on to the next change of state. Looking at this page does not.",
  realtime: "Follows the system clock.", manual: "Advances only when told to.",
});
export const PACES = Object.keys(MEANINGS);
const EVENTS = /** @type {Words} */ ({
  start: "starts, if a slot is free", rows: "imports its next rows", finish: "imports its last rows and ends",
});

/** @param {AbortSignal} signal */
export async function load(signal) {
  return get("/clock/due", here({ limit: 50 }), signal);
}

/** @param {{ results: { at: string, event: string, import_id: string, import_name: string }[], total: number }} data */
export function view(data) {
  const clock = state.portal?.clock;
  if (!clock) return [];
  return [
    heading("Clock"),
    facts([
      ["now", h("time", { datetime: clock.now }, `${dayAndTime(clock.now)} UTC`)],
      ["pace", `${clock.pace}: ${MEANINGS[clock.pace] ?? ""}`],
      ["speed", clock.pace === "realtime" && clock.speed !== 1 ? `${clock.speed} virtual seconds in a real one` : null],
    ]),
    group("clock", "actions left",
      button("One second", () => tell("/clock/advance", { seconds: 1 }, "One second later")),
      button("One minute", () => tell("/clock/advance", { seconds: 60 }, "One minute later")),
      button("One hour", () => tell("/clock/advance", { seconds: 3600 }, "One hour later")),
      button("One day", () => tell("/clock/advance", { seconds: 86_400 }, "One day later")),
      button("To the next event", () => tell("/clock", { now: clock.next_due }, "At the next event"), { disabled: !clock.next_due }),
      button("Until nothing is due", () => tell("/clock/settle", undefined, "Nothing is due any more"), { class: "main", disabled: !clock.next_due })),
    form("advance", async () => {
      const seconds = Number(new FormData(/** @type {HTMLFormElement} */ (document.querySelector("[data-place=advance]"))).get("seconds"));
      await change("POST", "/clock/advance", here(), { seconds });
    }, "Advanced", field("Seconds", h("input", { name: "seconds", type: "number", min: "0", step: "any", required: true, "data-own": true })),
    h("button", { type: "submit" }, "Advance")),
    h("h2", null, "What is due"),
    data.results.length
      ? table("Work that is due", ["Import", "When", "In", "What"], data.results.map((one, at) => h("tr", { key: String(at) },
        h("th", { scope: "row" }, h("a", { href: link(`imports/${one.import_id}`) }, one.import_name || "(no name)")),
        cell(when(one.at, clockTime)),
        cell(duration((Date.parse(one.at) - clock.millis) / 1000), "time"), cell(EVENTS[one.event] ?? one.event))))
      : empty("Nothing is due", h("p", null, "Imports that are STARTED or PROCESSING put their next steps here.")),
  ];
}
