// One import: its way, its files with what is wrong in them, its errors, what was asked for and what it wrote.

import { change, get, segment, send } from "./api.js";
import { h, say } from "./dom.js";
import { ACTIVE, actions, progress } from "./imports.js";
import { jsonTree, sourceText } from "./json.js";
import {
  act, ago, button, cell, chip, clockTime, copyButton, counted, dayAndTime, diagnosisOf, empty, evidenceOf, field, flash,
  number, pager, realAge, save, select, table,
} from "./parts.js";
import { draw, here, link, refine, state } from "./state.js";

/**
 * @typedef {import("./imports.js").Import} Import
 * @typedef {{ id: string, file_id: string, line: number, column: number | null, column_name: string | null,
 *   error_type: string, value: string | null, message: string, hint: string, evidence: string, source: string }} RowError
 * @typedef {{ results: RowError[], total: number, types: Record<string, number>, after: string | null }} Errors
 * @typedef {{ number: number, header: string | null, samples: string[], mapped: boolean, object_type: string | null,
 *   object_type_id: string | null, property_name: string | null, property_label: string | null,
 *   property_type: string | null, column_type: string | null, to_object_type: string | null,
 *   association: string | null, warnings: import("./api.js").Diagnosis[] }} Column
 * @typedef {{ id: string, name: string, format: string, has_header: boolean, sheet: string | null,
 *   encoding: string | null, delimiter: string | null, lines: number, notes: string[], problem: string | null,
 *   columns: Column[], errors: RowError[] }} FileColumns
 * @typedef {{ rows: { line: number, cells: string[], errors: RowError[] }[], after: string | null, problem: string | null }} Grid
 */

const GRID_ROWS = 50;
const MOST_COLUMNS = 40;
const PAGE = 50;
const TABS = /** @type {[string, string][]} */ ([
  ["", "File"], ["mapping", "Mapping"], ["errors", "Errors"], ["request", "Request"], ["written", "Written"],
]);

/** @type {Map<string, any>} what does not change: the columns of an import that has ended */
const kept = new Map();

/** @param {AbortSignal} signal */
export async function load(signal) {
  const { rest: [id, tab = ""], query } = state.route;
  const at = `/imports/${segment(id)}`;
  /** @type {Import} */
  const found = await get(at, here({ real_times: true }), signal);
  const isOver = !ACTIVE.includes(found.state);
  const key = `${state.route.portal} ${id} ${found.state}`;
  const columns = kept.get(key) ?? (await get(`${at}/columns`, here(), signal));
  if (isOver) {
    if (kept.size > 20) kept.clear();
    kept.set(key, columns);
  }
  const files = /** @type {FileColumns[]} */ (columns.files);
  const file = files.find((one) => one.id === query.get("file")) ?? files[0];
  const data = { found, files, file, tab };
  if (tab === "") {
    const errors = await get(`${at}/errors`, here({ limit: 1, type: query.get("type") }), signal);
    const grid = file && !file.problem ? await get(`${at}/files/${segment(file.id)}/rows`,
      here({ limit: GRID_ROWS, after: query.get("after"), line: query.get("line"), first_column: query.get("column"), columns: MOST_COLUMNS }), signal) : null;
    return { ...data, errors, grid };
  }
  if (tab === "errors") {
    return { ...data, errors: await get(`${at}/errors`, here({ limit: PAGE, type: query.get("type"), after: query.get("after") }), signal) };
  }
  if (tab === "request") return { ...data, request: await get(`${at}/request`, here(), signal) };
  if (tab === "written") return { ...data, written: await get(`${at}/written`, here({ limit: PAGE, after: query.get("after") }), signal) };
  return data;
}

/** @param {any} data */
export function title(data) {
  return data.found.name;
}

/** @param {any} data */
export function view(data) {
  const found = /** @type {Import} */ (data.found);
  const path = `imports/${found.id}`;
  return [
    h("p", { class: "back" }, h("a", { href: link("imports") }, "‹ Imports")),
    h("div", { class: "head" },
      h("h1", { tabindex: "-1" }, found.name || "(no name)"), chip(found.state, found.held),
      h("div", { class: "actions" },
        copyButton("Copy id", found.id),
        ACTIVE.includes(found.state) ? null : button("As a test", () => exportTest(found), { class: "quiet", title: "Save a pytest test that makes this import again" }),
        ...(ACTIVE.includes(found.state) ? actions(found, false) : []),
        found.state === "DONE" ? button("Revert", () => void act(() => change("POST", `/imports/${found.id}/revert`, here()), "Reverted"), { class: "danger" }) : null)),
    ACTIVE.includes(found.state) ? failForm(found) : null,
    way(found),
    h("p", { class: "summary" }, summary(found), ACTIVE.includes(found.state) ? progress(found) : null),
    h("nav", { class: "tabs", "aria-label": "Parts of the import" }, h("ul", null, TABS.map(([id, name]) => h("li", { key: id || "file" },
      h("a", { href: link([path, id].filter(Boolean).join("/")), "aria-current": data.tab === id ? "page" : null }, name,
        id === "errors" && found.errors ? h("span", { class: "count bad" }, number(found.errors)) : null))))),
    ...part(data, found),
  ];
}

/** @param {any} data @param {Import} found */
function part(data, found) {
  switch (data.tab) {
    case "": return fileView(data, found);
    case "mapping": return data.files.map(mapping);
    case "errors": return errorsView(data.errors, found);
    case "request": return requestView(data.request);
    case "written": return writtenView(data.written, found);
    default: return [empty("There is no such part of an import")];
  }
}

/** @param {Import} found */
function summary(found) {
  const counters = found.counters;
  const of = (/** @type {string} */ name, /** @type {string} */ one, /** @type {string} */ many = one) =>
    counters[name] ? counted(counters[name], one, many) : "";
  return [
    counted(found.rows, "row"), of("CREATED_OBJECTS", "created"), of("UPDATED_OBJECTS", "updated"),
    of("ASSOCIATIONS_CREATED", "association", "associations"), found.errors ? counted(found.errors, "error") : "",
    of("MAPPED_COLUMNS", "mapped column", "mapped columns"), `app ${found.app}`, `id ${found.id}`,
    `started ${ago(found.created_at)}`, realAge(found),
  ].filter(Boolean).join(" · ");
}

const WORDS = /** @type {Record<string, string>} */ ({
  begin: "began", defer: "found no slot", finish: "read its last row", fail: "failed", cancel: "was cancelled",
  revert: "was undone", hold: "held", release: "released",
});

/** The states that an import has been in, with their times and who moved it.
 * @param {Import} found
 */
function way(found) {
  const steps = [{ event: "start", state: "STARTED", at: found.created_at, by: "client" }, ...found.happened];
  return h("ol", { class: "way", "aria-label": "States" }, steps.map((step, at) => h("li", { key: String(at) },
    step.event === "hold" || step.event === "release" ? h("b", null, WORDS[step.event]) : chip(step.state),
    h("span", null, h("time", { datetime: step.at, title: dayAndTime(step.at) }, clockTime(step.at)), h("small", null, ` by the ${step.by === "control" ? "control API" : step.by}`)))),
    found.next_due ? h("li", { key: "next" }, h("small", null, `goes on at ${clockTime(found.next_due)}`)) : null);
}

/** @type {{ open: boolean, type: string, detail: string }} */
const failing = { open: false, type: "UNKNOWN_ERROR", detail: "" };

/** @param {Import} found */
function failForm(found) {
  return h("details", { class: "fail" }, h("summary", null, "Fail it …"),
    h("form", {
      class: "row",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        const said = { error_type: failing.type.trim(), ...(failing.detail ? { detail: failing.detail } : {}) };
        void act(() => change("POST", `/imports/${found.id}/fail`, here(), said), "Failed");
      },
    },
    field("errorType", h("input", { value: failing.type, list: "error-types", required: true, autocomplete: "off",
      onfocus: readTypes, oninput: (/** @type {any} */ event) => { failing.type = event.target.value; } })),
    h("datalist", { id: "error-types" }, errorTypes.map((name) => h("option", { value: name }))),
    field("Detail", h("input", { value: failing.detail, autocomplete: "off", oninput: (/** @type {any} */ event) => { failing.detail = event.target.value; } })),
    h("button", { type: "submit", class: "danger" }, "Fail it")));
}

/** @type {string[]} */
let errorTypes = [];

async function readTypes() {
  if (errorTypes.length) return;
  const rules = await get("/rules");
  errorTypes = rules.error_types.map((/** @type {{ name: string }} */ one) => one.name);
  draw();
}

/** @param {Import} found */
function exportTest(found) {
  void act(async () => {
    const answer = await send("GET", `/imports/${segment(found.id)}/test`, { query: here() });
    save(/filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "test_import.py", [await answer.text()], "text/x-python");
  }, "Saved");
}

// -- the file ----------------------------------------------------------------------------------------------------------

/** @type {RowError | null} the error that is explained below the grid */
let explained = null;

/** @param {any} data @param {Import} found */
function fileView(data, found) {
  const file = /** @type {FileColumns | undefined} */ (data.file);
  if (!file) return [empty("The import has no file")];
  const errors = /** @type {Errors} */ (data.errors), grid = /** @type {Grid | null} */ (data.grid);
  const query = state.route.query;
  const isHere = explained && (grid?.rows.some((row) => row.errors.some((one) => one.id === explained?.id)) || file.errors.some((one) => one.id === explained?.id));
  const shown = isHere ? explained : null;
  return [
    h("div", { class: "toolbar" },
      data.files.length > 1 ? select(file.id, data.files.map((/** @type {FileColumns} */ one) => [one.id, one.name]), (id) => refine({ file: id, after: "", line: "", column: "" }), { "aria-label": "File" }) : h("b", null, file.name),
      h("span", { class: "note" }, howRead(file)),
      h("span", { class: "push" }),
      typeSelect(errors),
      errors.total ? button("Next error ↓", () => void nextError(found, file), { class: "main", accesskey: "n", title: "The next cell that is wrong" }) : null),
    ...file.errors.map((one) => h("div", { class: "problem", key: `e${one.id}` }, h("p", null, h("b", null, one.error_type), " ", one.message, " ", one.hint))),
    file.problem ? h("p", { class: "note" }, file.problem) : null,
    grid?.problem ? h("p", { class: "note" }, grid.problem) : null,
    grid && !grid.problem && grid.rows.length ? gridTable(file, grid, query.get("type")) : null,
    grid && !grid.rows.length && !grid.problem ? h("p", { class: "note" }, "The file has no rows here.") : null,
    grid ? pager({
      text: grid.rows.length ? `Lines ${number(grid.rows[0].line)} to ${number(grid.rows[grid.rows.length - 1].line)} of ${number(file.lines)}${columnsShown(file)}` : "",
      more: grid.after ? () => refine({ after: grid.after, line: "" }) : null,
      first: query.get("after") || query.get("line") ? () => refine({ after: "", line: "" }) : null,
    }) : null,
    file.columns.length > MOST_COLUMNS ? h("div", { class: "pager" }, button("‹ Columns", () => refine({ column: Math.max(1, firstColumn() - MOST_COLUMNS) }), { disabled: firstColumn() <= 1 }),
      button("Columns ›", () => refine({ column: firstColumn() + MOST_COLUMNS }), { disabled: firstColumn() + MOST_COLUMNS > file.columns.length })) : null,
    h("div", { class: "explained", id: "explained", role: "status" }, shown ? explanation(shown) : null),
  ];
}

function firstColumn() {
  return Number(state.route.query.get("column") ?? 1) || 1;
}

/** @param {FileColumns} file */
function columnsShown(file) {
  if (file.columns.length <= MOST_COLUMNS) return "";
  return `, columns ${firstColumn()} to ${Math.min(file.columns.length, firstColumn() + MOST_COLUMNS - 1)} of ${number(file.columns.length)}`;
}

const DELIMITERS = /** @type {Record<string, string>} */ ({ ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe" });

/** @param {FileColumns} file */
function howRead(file) {
  return [file.format, file.sheet ? `sheet ${file.sheet}` : null, file.delimiter ? DELIMITERS[file.delimiter] ?? file.delimiter : null,
    file.encoding?.toUpperCase(), counted(file.lines, "line"), ...file.notes].filter(Boolean).join(", ");
}

/** @param {Errors} errors */
function typeSelect(errors) {
  const types = Object.entries(errors.types);
  if (!types.length) return null;
  return select(state.route.query.get("type") ?? "", [["", "all errors"], ...types.map(([name, count]) => /** @type {[string, string]} */ ([name, `${name} ${number(count)}`]))],
    (type) => refine({ type, after: "", line: "" }), { "aria-label": "errorType" });
}

/** @param {FileColumns} file @param {Grid} grid @param {string | null} type */
function gridTable(file, grid, type) {
  const from = firstColumn() - 1;
  const columns = file.columns.slice(from, from + MOST_COLUMNS);
  return h("div", { class: "scroller grid", tabindex: "0", role: "region", "aria-label": `Rows of ${file.name}`, key: `grid ${file.id} ${from}` },
    h("table", null,
      h("thead", null, h("tr", null, h("th", { scope: "col", class: "line" }, "line"), columns.map((column) =>
        h("th", { scope: "col" }, h("span", { class: "header", title: column.header ?? "" }, column.header ?? `column ${column.number}`),
          h("span", { class: "mapped" }, short(column)),
          column.warnings.map((warning) => h("span", { class: "caution", title: warning.hint }, "⚠ ", warning.rule)))))),
      h("tbody", null, grid.rows.map((row) => h("tr", { key: String(row.line), class: row.errors.length ? "wrong" : null },
        lineHead(row.line, row.errors.filter((one) => one.column === null), type),
        columns.map((column, at) => {
          const errors = row.errors.filter((one) => one.column === column.number);
          return errors.length ? h("td", { class: "bad" }, badCell(errors, row.cells[at] ?? "", type)) : h("td", null, h("span", { class: "value", title: long(row.cells[at]) }, row.cells[at] ?? ""));
        }))))));
}

/** The head of a row: it is marked where the whole row is wrong, and not a cell of it.
 * @param {number} line @param {RowError[]} errors @param {string | null} type
 */
function lineHead(line, errors, type) {
  return h("th", { scope: "row", class: errors.length ? "line bad" : "line" }, errors.length ? badCell(errors, number(line), type) : number(line));
}

/** @param {string | undefined} text */
function long(text) {
  return text && text.length > 24 ? text : null;
}

/**
 * A value that is wrong: it can be focused, and says what is wrong.
 * @param {RowError[]} errors
 * @param {string} text
 * @param {string | null} type
 */
function badCell(errors, text, type) {
  const error = errors.find((one) => one.error_type === type) ?? errors[0];
  const explain = () => { if (explained?.id !== error.id) { explained = error; draw(); } };
  return h("span", {
    class: "value bad-value", tabindex: "0", role: "button", "aria-describedby": "explained", "data-line": error.line, "data-error": error.id, "data-type": errors.map((one) => one.error_type).join(" "),
    "aria-label": `${text || "empty"}: ${errors.map((one) => one.error_type).join(", ")}`,
    onfocus: explain, onmouseenter: explain, onclick: explain,
  }, text || "\u00a0");
}

/** @param {RowError} error */
function explanation(error) {
  const place = [error.line ? `line ${number(error.line)}` : "the whole file", error.column ? `column ${error.column} ${error.column_name ?? ""}`.trim() : null].filter(Boolean).join(", ");
  return h("div", null,
    h("p", null, h("b", { class: "bad" }, error.error_type), ` ${place}: `, error.hint),
    h("p", { class: "note" }, error.message, " · ", evidenceOf(error.evidence, error.source), " · ",
      h("a", { href: link(`rules/${encodeURIComponent(error.error_type)}`) }, "rule")));
}

/** Brings the next cell that is wrong into view and puts the focus on it.
 * @param {Import} found
 * @param {FileColumns} file
 */
async function nextError(found, file) {
  const type = state.route.query.get("type");
  const cells = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".grid .bad-value")].filter((one) => !type || /** @type {HTMLElement} */ (one).dataset.type?.split(" ").includes(type)));
  const at = cells.findIndex((one) => one.dataset.error === String(explained?.id));
  const next = cells[at + 1];
  if (next) return focusCell(next);
  const lines = [...document.querySelectorAll(".grid tbody th.line")].map((one) => Number(one.textContent?.replaceAll(",", "")));
  const last = lines.length ? Math.max(...lines) : 0;
  const { line } = await get(`/imports/${segment(found.id)}/errors/next`, here({ file: file.id, after_line: at < 0 && !cells.length && !lines.length ? 0 : last, type }));
  const target = line ?? (await get(`/imports/${segment(found.id)}/errors/next`, here({ file: file.id, after_line: 0, type }))).line;
  if (target === null) return say("No row of this file is wrong.");
  if (line === null) flash("Again from the first error");
  explained = null;
  refine({ line: target, after: "" });
  await appears(`.grid .bad-value[data-line="${target}"]`);
}

/** @param {HTMLElement} target */
function focusCell(target) {
  target.focus();
  target.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** @param {string} selector */
async function appears(selector) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const found = /** @type {HTMLElement | null} */ (document.querySelector(selector));
    if (found) return focusCell(found);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// -- the other parts ---------------------------------------------------------------------------------------------------

/** @param {Column} column */
function short(column) {
  if (!column.mapped) return column.property_name || column.object_type ? "ignored" : "not mapped";
  return [column.object_type, column.property_name, column.column_type === "STANDARD" || !column.column_type ? column.property_type?.split(",")[0] : words(column.column_type),
    column.to_object_type ? `→ ${column.to_object_type}` : null].filter(Boolean).join(" · ");
}

const COLUMN_TYPES = /** @type {Record<string, string>} */ ({
  STANDARD: "value", HUBSPOT_OBJECT_ID: "record id", HUBSPOT_ALTERNATE_ID: "identifier",
  FLEXIBLE_ASSOCIATION_LABEL: "association label", ASSOCIATION_KEYS: "association keys", EVENT_TIMESTAMP: "event time",
});

/** @param {string} type */
function words(type) {
  return COLUMN_TYPES[type] ?? type;
}

/** @param {FileColumns} file */
function mapping(file) {
  return h("section", { key: file.id },
    h("h2", null, file.name), h("p", { class: "note" }, howRead(file)),
    file.problem ? h("p", { class: "note" }, file.problem) : null,
    mappingTable(file.columns.slice(0, 200)));
}

/** @param {Column[]} columns */
export function mappingTable(columns) {
  return table("Mapping", [{ text: "#", class: "number" }, "Column", "Values", "Object", "Property", "Type", "Column type", "Association"],
    columns.flatMap((column) => [
      h("tr", { key: `c${column.number}`, class: column.mapped ? null : "faint" },
        cell(number(column.number), "number"), h("th", { scope: "row" }, column.header ?? "(no header)"),
        cell(h("span", { class: "value", title: column.samples.join("\n") }, column.samples.join(", ")), "samples"),
        cell(column.mapped ? column.object_type : "not imported", "still"),
        cell(column.property_name ? h("span", null, h("code", null, column.property_name), column.property_label ? h("small", null, ` ${column.property_label}`) : null) : ""),
        cell(column.property_type, "still"), cell(column.column_type ? h("span", { title: column.column_type }, words(column.column_type)) : "", "still"),
        cell(column.to_object_type || column.association ? `→ ${[column.to_object_type, column.association].filter(Boolean).join(", ")}` : "")),
      ...column.warnings.map((warning, at) => h("tr", { key: `w${column.number}.${at}`, class: "cautioned" }, h("td", null), h("td", { colspan: "7" },
        h("b", null, "⚠ ", h("a", { href: link(`rules/${encodeURIComponent(warning.rule)}`) }, warning.rule)), ` ${warning.got}. ${warning.hint}`))),
    ]));
}

/** @param {Errors} errors @param {Import} found */
function errorsView(errors, found) {
  const query = state.route.query;
  if (!Object.keys(errors.types).length) return [empty("No error", h("p", null, ACTIVE.includes(found.state) ? "None so far." : "Every row was imported."))];
  return [
    h("div", { class: "toolbar" }, typeSelect(errors), h("span", { class: "push" }),
      button("Save as CSV", () => void act(() => saveCsv(found), "Saved"), { class: "quiet" })),
    table("Row errors", [{ text: "Line", class: "number" }, "Column", "errorType", "Value", "What is wrong"], errors.results.map((one) =>
      h("tr", { key: one.id },
        cell(one.line ? h("a", { href: link(`imports/${found.id}`, { file: one.file_id, line: one.line }) }, number(one.line)) : "all", "number"),
        cell(one.column ? `${one.column} ${one.column_name ?? ""}` : ""),
        h("th", { scope: "row" }, h("a", { href: link(`rules/${encodeURIComponent(one.error_type)}`) }, one.error_type)),
        cell(one.value === null ? "" : h("code", { class: "value", title: long(one.value) }, one.value)),
        cell(h("span", { class: "prose" }, one.hint), "prose")))),
    pager({
      text: `${counted(errors.total, "error")}`,
      more: errors.after ? () => refine({ after: errors.after }) : null,
      first: query.get("after") ? () => refine({ after: "" }) : null,
    }),
  ];
}

/** @param {Import} found */
async function saveCsv(found) {
  const parts = [], type = state.route.query.get("type");
  let after = /** @type {string | null} */ ("");
  while (after !== null) {
    const answer = await send("GET", `/imports/${segment(found.id)}/errors.csv`, { query: here({ type, after, limit: 100 }) });
    parts.push(await answer.text());
    after = answer.headers.get("X-Hubspot-Mock-After");
  }
  save(`errors-${found.id}.csv`, parts, "text/csv");
}

/** @param {{ sent: string | null, entry: number | null, warnings: import("./api.js").Diagnosis[], internal: unknown }} request */
function requestView(request) {
  return [
    ...request.warnings.map((warning) => diagnosisOf(warning, "HubSpot accepts this, but it is probably a mistake")),
    h("div", { class: "beside" },
      request.sent === null ? h("p", { class: "note" }, "The journal no longer has the request as it was sent.")
        : sourceText("importRequest, as it was sent", request.sent, request.warnings.map((one) => one.pointer)),
      jsonTree("HubSpot's internal form (importRequestJson)", request.internal)),
    request.entry ? h("p", null, h("a", { href: link(`journal/${request.entry}`) }, "The request in the journal")) : null,
  ];
}

/** @param {{ results: { id: string, object_type: string, object_type_id: string, created: boolean, label: string }[], list_id: string | null, after: string | null }} written @param {Import} found */
function writtenView(written, found) {
  if (!written.results.length && !state.route.query.get("after")) return [empty("It has written no record", h("p", null, ACTIVE.includes(found.state) ? "None so far." : "The records may also have been deleted since."))];
  const associations = found.counters.ASSOCIATIONS_CREATED ?? 0;
  return [
    h("p", { class: "summary" }, [counted(found.counters.UNIQUE_OBJECTS_WRITTEN ?? written.results.length, "record"), associations ? counted(associations, "association") : ""].filter(Boolean).join(" · "),
      written.list_id ? h("span", null, " · ", h("a", { href: link(`records/lists/${written.list_id}`) }, `list ${written.list_id}`)) : null),
    table("Records that the import wrote", ["Record", "Type", "Id", "Written"], written.results.map((one) => h("tr", { key: one.id, class: "row" },
      h("th", { scope: "row" }, h("a", { class: "open", href: link(`records/${encodeURIComponent(one.object_type)}/${one.id}`) }, one.label || one.id)),
      cell(one.object_type), cell(h("code", null, one.id)), cell(one.created ? "created" : "updated")))),
    pager({
      text: "", more: written.after ? () => refine({ after: written.after }) : null,
      first: state.route.query.get("after") ? () => refine({ after: "" }) : null,
    }),
  ];
}
