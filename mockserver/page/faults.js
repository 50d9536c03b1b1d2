// Armed faults, and a form to arm one that the schema of the control API describes.

import { change, get, segment } from "./api.js";
import { h } from "./dom.js";
import { act, button, cell, empty, field, form, group, heading, num, number, prose, table, theFirst, value } from "./parts.js";
import { draw, here } from "./state.js";

/** @type {Record<string, Schema>} */
let schemas = {};
/** @type {{ canned: { name: string, status: number }[], operations: string[] } | null} */
let choices = null;
/** @type {Record<string, string>} what is written into the form, by the name of the field */
let written = {};
let isOpen = false;

const EFFECTS = ["error", "error_after_work", "response", "latency_seconds", "work_delay_seconds", "connection", "body", "search_lag_seconds", "import"];
const COMMON = ["operation", "error", "times", "nth", "import_name", "name"];

/** @param {AbortSignal} signal */
export async function load(signal) {
  const faults = await get("/faults", here(), signal);
  if (!choices) {
    const [document, canned, index] = await Promise.all([get("/openapi.json", {}, signal), get("/canned-errors", {}, signal), get("/", {}, signal)]);
    schemas = document.components.schemas;
    choices = { canned: canned.results, operations: index.hubspot };
  }
  return faults.results;
}

/** @param {any[]} faults */
export function view(faults) {
  return [
    heading("Faults", group("all", "actions",
      faults.length ? button("Remove all", () => void act(() => change("DELETE", "/faults", here()), "All are removed"), { class: "danger" }) : null)),
    faults.length
      ? table("Armed faults", ["Fault", "Effect", "#Matched", "#Hits", "Settings", "!Actions"], faults.slice(0, 100).map((one) =>
        h("tr", { key: String(one.id), class: one.spent ? "faint" : null }, h("th", { scope: "row" }, one.name), prose(one.effect),
          num(one.met), cell(h("b", null, number(one.hits)), "number"),
          cell(value(JSON.stringify(one.settings), "code")),
          cell(group(String(one.id), "inline", one.spent ? h("small", null, "used up ") : null, button("Remove", () => void act(() => change("DELETE", `/faults/${segment(one.id)}`, here()), "Removed"), { "aria-label": `Remove ${one.name}` })), "buttons"))))
      : empty("No fault is armed", h("p", null, "A fault lets chosen calls go wrong: an error of HubSpot, a cut connection, a late answer, an import that fails or stays.")),
    theFirst(faults, 100), h("h2", null, "Arm a fault"), armForm(),
  ];
}

function armForm() {
  const settings = schemas.FaultSettings?.properties ?? {};
  const names = Object.keys(settings);
  const rest = names.filter((name) => !COMMON.includes(name));
  return form("arm", arm, "Armed", h("div", { class: "schema" },
    h("div", { class: "row" }, COMMON.filter((name) => name in settings).map((name) => input(name, settings[name]))),
    h("details", { open: isOpen, ontoggle: (/** @type {any} */ event) => { isOpen = event.target.open; } }, h("summary", null, "Other conditions and effects"),
      h("div", { class: "row" }, rest.filter((name) => !EFFECTS.includes(name)).map((name) => input(name, settings[name]))),
      h("div", { class: "row" }, rest.filter((name) => EFFECTS.includes(name)).map((name) => input(name, settings[name])))),
    h("div", { class: "actions left" }, h("button", { type: "submit", class: "main" }, "Arm it"),
      button("Clear", () => { written = {}; draw(); })),
    h("datalist", { id: "canned" }, (choices?.canned ?? []).map((one) => h("option", { value: one.name }, String(one.status)))),
    h("datalist", { id: "operations" }, (choices?.operations ?? []).map((name) => h("option", { value: name })))));
}

/** @param {Schema} schema @returns {Schema} */
function resolved(schema) {
  if (schema.$ref) return { ...schemas[schema.$ref.split("/").pop() ?? ""], ...schema, $ref: undefined };
  const some = schema.anyOf?.filter((one) => one.type !== "null") ?? [];
  return some.length ? { ...resolved(some[0]), description: schema.description ?? resolved(some[0]).description } : schema;
}

/** @param {string} name @param {Schema} schema */
function input(name, schema) {
  const known = resolved(schema), hint = schema.description ?? known.description ?? "";
  const set = (/** @type {string} */ value) => { written = { ...written, [name]: value }; };
  const typed = (/** @type {any} */ event) => set(event.target.value);
  const text = written[name] ?? "";
  const options = known.enum?.filter((one) => one !== null) ?? (known.type === "boolean" ? [true, false] : null);
  if (options) {
    return field(name, h("select", { name, onchange: typed }, ["", ...options].map((one) => h("option", { value: String(one), selected: String(one) === text }, String(one) || "—"))), hint);
  }
  if (known.type === "object" || known.properties) {
    const example = `{${Object.keys(known.properties ?? {}).slice(0, 2).map((one) => `"${one}": …`).join(", ")}}`;
    return field(name, h("input", { name, value: text, oninput: typed, placeholder: example, spellcheck: "false", autocomplete: "off" }), hint || "as JSON");
  }
  const list = name.startsWith("error") ? "canned" : name === "operation" ? "operations" : null;
  const isNumber = known.type === "integer" || known.type === "number";
  return field(name, h("input", { name, type: isNumber ? "number" : "text", step: known.type === "number" ? "any" : null, value: text, list, oninput: typed, autocomplete: "off", spellcheck: "false" }), hint);
}

async function arm() {
  /** @type {Record<string, unknown>} */
  const body = {};
  const settings = schemas.FaultSettings?.properties ?? {};
  for (const [name, text] of Object.entries(written)) {
    if (text === "") continue;
    const known = resolved(settings[name] ?? {});
    const isPlain = known.type === "string" || (known.enum !== undefined && typeof known.enum[0] === "string");
    body[name] = isPlain ? text : parsed(text);
  }
  await change("POST", "/faults", here(), body);
  written = {};
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
