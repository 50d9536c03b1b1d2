// The rules by which requests are refused, the cautions, and the errorTypes of rows, with their evidence.

import { get } from "./api.js";
import { h } from "./dom.js";
import { back, choice, counted, empty, evidenceOf, facts, filters, heading, note, prose, ruleLink, searchBox, statusChip, table } from "./parts.js";
import { state } from "./state.js";

/** @type {RuleRow[] | null} */
let rows = null;

export async function load() {
  rows ??= rowsOf(await get("/rules"));
  return rows;
}

/** @param {any} found @returns {RuleRow[]} */
function rowsOf(found) {
  return [
    ...found.rules.map((/** @type {any} */ one) => ({ ...one, kind: "rule", text: one.message })),
    ...found.cautions.map((/** @type {any} */ one) => ({ ...one, kind: "caution", text: one.expected })),
    ...found.error_types.map((/** @type {any} */ one) => ({
      id: one.name, kind: "errorType", text: one.message, expected: "", hint: one.cause, effect: one.effect,
      evidence: one.evidence, source: one.source, absent: one.absent_from,
    })),
  ];
}

export function title() {
  return state.route.rest[0];
}

/** @param {RuleRow[]} all */
export function view(all) {
  const [id] = state.route.rest, query = state.route.query;
  if (id) {
    const one = all.find((row) => row.id === id);
    return [back("rules", "Rules"), one ? detail(one) : empty(`There is no rule ${id}`)];
  }
  const words = (query.get("text") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const kind = query.get("kind") ?? "", evidence = query.get("evidence") ?? "";
  const found = all.filter((row) => (!kind || row.kind === kind) && (!evidence || row.evidence === evidence)
    && words.every((word) => `${row.id} ${row.text} ${row.hint} ${row.source} ${row.status ?? ""}`.toLowerCase().includes(word)));
  return [
    heading("Rules", filters("Filter rules", searchBox("text", "Text", "text"), choice("kind", "Kind", [["", "all kinds"], "rule", "caution", "errorType"]),
      choice("evidence", "Evidence", [["", "any evidence"], "recorded", "spec", "docs", "seen", "inferred"]))),
    note(counted(found.length, "entry", "entries")),
    found.length ? table("Rules", ["Rule", "Kind", "Text", "Evidence"], found.map((row) => h("tr", { key: `${row.kind} ${row.id}`, class: "row" },
      h("th", { scope: "row" }, ruleLink(row.id)),
      h("td", null, row.kind, row.status ? h("span", null, " ", statusChip(row.status)) : null),
      prose(row.text), h("td", null, row.evidence)))) : empty("No rule fits"),
  ];
}

/** @param {RuleRow} row */
function detail(row) {
  return h("article", null, heading(row.id), facts([
    ["kind", row.kind], ["status", row.status ? statusChip(row.status) : null],
    ["HubSpot's text", row.text ? h("q", null, row.text) : null],
    ["what it does", row.effect], ["expected", row.expected], [row.kind === "errorType" ? "comes from" : "what to do", row.hint],
    ["can be switched off", row.switchable ? `yes: rules_off = ["${row.id}"] in a scenario` : null],
    ["not in", row.absent?.length ? row.absent.join(", ") : null],
    ["evidence", evidenceOf(row.evidence, row.source)],
  ]));
}
