// One import: its way, its files with what is wrong in them, its errors, what was asked for and what it wrote.

import { change, get, segment, send } from "./api.js";
import { h, oneLine, say } from "./dom.js";
import { ACTIVE, actions, progress } from "./imports.js";
import { jsonTree, sourceText } from "./json.js";
import {
  act, ago, back, button, cell, chip, choice, clockTime, columnsPager, confirmed, copyButton, counted, diagnosisOf, empty, evidenceOf, field, flash,
  form, group, heading, long, note, num, number, pager, prose, realAge, recordLink, rowLink, ruleLink, save, select, table, value, when,
} from "./parts.js";
import { draw, FIRST_PAGE, here, link, refine, state } from "./state.js";

const GRID_ROWS = 50;
const PAGE = 50;
/** @type {Record<string, number>} the columns that are shown at a time, by the part of the import */
const MOST_COLUMNS = { "": 40, mapping: 100 };
const TABS = /** @type {[string, string][]} */ ([
  ["", "File"], ["mapping", "Mapping"], ["errors", "Errors"], ["request", "Request"], ["written", "Written"],
]);

/** @type {Map<string, any>} the columns of imports that have ended: they do not change */
const kept = new Map();

/** @param {AbortSignal} signal */
export async function load(signal) {
  const { rest: [id, tab = ""], query } = state.route;
  const at = `/imports/${segment(id)}`;
  /** @type {Import} */
  const found = await get(at, here({ real_times: true }), signal);
  const isOver = !ACTIVE.includes(found.state);
  const shown = { first_column: firstColumn(tab), columns: MOST_COLUMNS[tab] ?? 1 };
  const key = JSON.stringify([state.route.portal, id, found.state, shown]);
  const columns = kept.get(key) ?? (await get(`${at}/columns`, here(shown), signal));
  if (isOver) {
    if (kept.size > 20) kept.clear();
    kept.set(key, columns);
  }
  const files = /** @type {FileColumns[]} */ (columns.files);
  const file = files.find((one) => one.id === query.get("file")) ?? files[0];
  const data = { found, files, file, tab };
  const isLed = query.get("cell") && arrived !== location.hash; // by a link to a cell
  if (isLed || explainedIn !== file?.id) explained = "";
  if (isLed) void appears(explainedPlace());
  explainedIn = file?.id ?? "";
  arrived = location.hash;
  if (tab === "") {
    const errors = await get(`${at}/errors`, here({ limit: 1, type: query.get("type") }), signal);
    const grid = file && !file.problem ? await get(`${at}/files/${segment(file.id)}/rows`,
      here({ ...shown, limit: GRID_ROWS, after: query.get("after"), line: query.get("line") }), signal) : null;
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
    back("imports", "Imports"),
    heading(found.name || "(no name)", chip(found.state, found.held),
      group("head", "actions",
        copyButton("Copy id", found.id),
        ACTIVE.includes(found.state) ? null : button("As a test", () => exportTest(found), { class: "quiet", title: "Save a pytest test that makes this import again" }),
        ...(ACTIVE.includes(found.state) ? actions(found, false) : []),
        found.state === "DONE" ? button("Revert", () => void act(() => confirmed(`Revert ${found.name || "the import"}?`, "The records that it created are deleted.", "Revert",
          () => change("POST", `/imports/${found.id}/revert`, here())), "Reverted"), { class: "danger" }) : null)),
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
    of("MAPPED_COLUMNS", "mapped column", "mapped columns"), found.app ? `app ${found.app}` : "no app", `id ${found.id}`,
    `started ${ago(found.created_at)}`, realAge(found),
  ].filter(Boolean).join(" · ");
}

/** The states that an import has been in, with their times and who moved it.
 * @param {Import} found
 */
function way(found) {
  const steps = [{ event: "start", state: "STARTED", at: found.created_at, by: "client" }, ...found.happened];
  return h("ol", { class: "way", "aria-label": "States" }, steps.map((step, at) => h("li", { key: String(at) },
    step.event === "hold" ? h("b", null, "held") : step.event === "release" ? h("b", null, "released") : chip(step.state),
    h("span", null, when(step.at, clockTime), h("small", null, ` by the ${step.by === "control" ? "control API" : step.by}`)))),
    found.next_due ? h("li", { key: "next" }, h("small", null, `goes on at ${clockTime(found.next_due)}`)) : null);
}

const failing = { type: "UNKNOWN_ERROR", detail: "" };

/** @param {Import} found */
function failForm(found) {
  return h("details", { class: "fail" }, h("summary", null, "Fail it …"),
    form("fail", () => change("POST", `/imports/${found.id}/fail`, here(), { error_type: failing.type.trim(), ...(failing.detail ? { detail: failing.detail } : {}) }), "Failed",
      field("errorType", h("input", { name: "error_type", value: failing.type, list: "error-types", required: true, autocomplete: "off",
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

let explained = ""; // the place of the errors that are explained below the grid
let explainedIn = ""; // the file that it is in
let arrived = ""; // the address that was read last

/** The place that is explained: the one that was chosen last, or else the one that the address names. */
function explainedPlace() {
  const { query } = state.route;
  return explained || `${query.get("line")}:${query.get("cell")}`;
}

/** @param {{ line: number, column: number | null }} error */
function placeOf(error) {
  return `${error.line}:${error.column ?? 0}`;
}

/** @param {any} data @param {Import} found */
function fileView(data, found) {
  const file = /** @type {FileColumns | undefined} */ (data.file);
  if (!file) return [empty("The import has no file")];
  const errors = /** @type {Errors} */ (data.errors), grid = /** @type {Grid | null} */ (data.grid), rows = grid?.rows ?? [];
  return [
    h("div", { class: "toolbar" },
      data.files.length > 1 ? select(file.id, data.files.map((/** @type {FileColumns} */ one) => [one.id, one.name]), (id) => refine({ ...FIRST_PAGE, file: id, column: "" }), { "aria-label": "File" }) : h("b", { class: "clamp" }, file.name),
      h("span", { class: "note" }, howRead(file)),
      h("span", { class: "push" }),
      typeSelect(errors),
      errors.total ? button("Next error ↓", () => void nextError(found, file, grid), { class: "main", accesskey: "n", title: "The next cell that is wrong" }) : null),
    ...file.errors.map((one) => h("div", { class: "problem", key: `e${one.id}` }, h("div", null, h("b", null, one.error_type), " ", long(one.message), " ", one.hint))),
    file.problem ? note(file.problem) : null,
    grid?.problem ? note(grid.problem) : null,
    rows.length ? gridTable(file, rows) : null,
    grid && !rows.length && !grid.problem ? note("The file has no rows here.") : null,
    grid ? pager(rows.length ? `Lines ${number(rows[0].line)} to ${number(rows[rows.length - 1].line)}` : "", { after: grid.after }) : null,
    otherColumns(file, ""),
    h("div", { class: "explained", id: "explained", role: "status" },
      rows.flatMap((row) => row.errors.filter((one) => placeOf(one) === explainedPlace())).map(explanation)),
  ];
}

/** The number of the first column that is shown.
 * @param {string} tab the part of the import
 */
function firstColumn(tab) {
  const { query } = state.route, most = MOST_COLUMNS[tab] ?? 1;
  const wanted = Math.max(1, Math.floor(Number(query.get("column") || query.get("cell") || 1)) || 1);
  return wanted - (wanted - 1) % most;
}

/** @param {FileColumns} file @param {string} tab */
function otherColumns({ width }, tab) {
  return columnsPager(firstColumn(tab), MOST_COLUMNS[tab], width, (column) => refine({ column, cell: "" }));
}

const DELIMITERS = /** @type {Words} */ ({ ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe" });

/** @param {FileColumns} file */
function howRead(file) {
  return [file.format, file.sheet ? `sheet ${file.sheet}` : null, file.delimiter ? DELIMITERS[file.delimiter] ?? file.delimiter : null,
    file.encoding?.toUpperCase(), counted(file.lines, "row") + (file.has_header ? " with the header" : "")].filter(Boolean).join(", ") + sentences(file.notes);
}

/** @param {Errors} errors */
function typeSelect(errors) {
  const types = Object.entries(errors.types);
  if (!types.length) return null;
  return choice("type", "errorType", [["", "all errors"], ...types.map(([name, count]) => /** @type {[string, string]} */ ([name, `${name} ${number(count)}`]))]);
}

/** @param {FileColumns} file @param {Grid["rows"]} rows */
function gridTable(file, rows) {
  const { columns } = file, first = columns[0]?.number ?? 1;
  return h("div", { class: "scroller grid", tabindex: "0", role: "region", "aria-label": `Rows of ${file.name}`, key: `grid ${file.id} ${first}` },
    h("table", null,
      h("thead", null, h("tr", null, h("th", { scope: "col", class: "line" }, "line"), columns.map((column) =>
        h("th", { scope: "col" }, h("span", { class: "header", title: column.header ?? "" }, oneLine(column.header ?? `column ${column.number}`)),
          h("span", { class: "mapped" }, short(column)),
          column.warnings.map((warning) => h("span", { class: "caution", title: warning.hint }, "⚠ ", warning.rule)))))),
      h("tbody", null, rows.map((row) => h("tr", { key: String(row.line), class: row.errors.length ? "wrong" : null },
        lineHead(row, first, first + columns.length),
        columns.map((column, at) => {
          const errors = row.errors.filter((one) => one.column === column.number);
          return errors.length ? h("td", { class: "bad" }, badCell(errors, row.cells[at] ?? "")) : h("td", null, value(row.cells[at] ?? ""));
        }))))));
}

/** The head of a row: it is marked where the whole row is wrong, and leads to wrong cells in columns that are not shown.
 * @param {Grid["rows"][0]} row @param {number} first the first column that is shown
 * @param {number} end the column after the last one
 */
function lineHead({ line, errors }, first, end) {
  const whole = errors.filter((one) => one.column === null);
  const hidden = errors.filter((one) => one.column !== null && (one.column < first || one.column >= end));
  const words = `${counted(hidden.length, "error")} in columns that are not shown`;
  return h("th", { scope: "row", class: whole.length ? "line bad" : "line" }, whole.length ? badCell(whole, number(line)) : number(line),
    hidden.length ? button(`⚠ ${hidden.length}`, () => void goTo(hidden[0], false), { class: "beyond", title: words, "aria-label": `Line ${line}: ${words}` }) : null);
}

/** A value that is wrong: it can be focused, and says what is wrong.
 * @param {RowError[]} errors
 * @param {string} text
 */
function badCell(errors, text) {
  const place = placeOf(errors[0]);
  const explain = () => { if (explained !== place) { explained = place; draw(); } };
  const line = oneLine(text);
  return h("span", {
    class: "value bad-value", tabindex: "0", role: "button", "aria-describedby": "explained", "data-error": place, "data-line": errors[0].line,
    "aria-label": `${line || "empty"}: ${errors.map((one) => one.error_type).join(", ")}`,
    onfocus: explain, onmouseenter: explain, onclick: explain,
  }, line || "\u00a0");
}

/** @param {RowError} error */
function explanation(error) {
  const place = [error.line ? `line ${number(error.line)}` : "the whole file", error.column ? `column ${error.column} ${error.column_name ?? ""}`.trim() : null].filter(Boolean).join(", ");
  return h("div", null,
    h("div", null, h("b", { class: "bad" }, error.error_type), ` ${place}: `, long(error.hint)),
    h("div", { class: "note" }, long(error.message), " · ", evidenceOf(error.evidence, error.source), " · ",
      h("a", { href: link(`rules/${encodeURIComponent(error.error_type)}`) }, "rule")));
}

/** Brings the next cell that is wrong into view and puts the focus on it.
 * @param {Import} found
 * @param {FileColumns} file
 * @param {Grid | null} grid
 */
async function nextError(found, file, grid) {
  const type = state.route.query.get("type"), rows = grid?.rows ?? [];
  const errors = rows.flatMap((row) => row.errors.filter((one) => !type || one.error_type === type).sort((a, b) => (a.column ?? 0) - (b.column ?? 0)));
  const places = errors.map(placeOf);
  const next = errors[places.lastIndexOf(explainedPlace()) + 1];
  if (next) return goTo(next, false);
  const below = (/** @type {number} */ line) => get(`/imports/${segment(found.id)}/errors/next`, here({ file: file.id, after_line: line, type }));
  let target = await below(rows.length ? rows[rows.length - 1].line : 0);
  if (target.line === null) {
    target = await below(0);
    if (target.line === null) return say("No row of this file is wrong.");
    flash("Again from the first error");
  }
  await goTo(target, true);
}

/** Shows a wrong cell, and puts the focus on it.
 * @param {{ line: number, column: number | null }} error
 * @param {boolean} isElsewhere it is on another page
 */
async function goTo(error, isElsewhere) {
  const place = placeOf(error);
  if (isElsewhere || !document.querySelector(`[data-error="${place}"]`)) {
    explained = place;
    refine({ column: error.column ? "" : firstColumn(""), cell: error.column, ...(isElsewhere ? { line: error.line, after: "" } : {}) });
    arrived = location.hash;
  }
  await appears(place);
}

/** Puts the focus on a wrong cell, as soon as it is shown.
 * @param {string} place
 */
async function appears(place) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const found = /** @type {HTMLElement | null} */ (document.querySelector(`[data-error="${place}"]`));
    if (found) {
      found.focus();
      return found.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** @param {Column} column */
function short(column) {
  if (!column.mapped) return column.property_name || column.object_type ? "ignored" : "not mapped";
  return [column.object_type, column.property_name, column.column_type === "STANDARD" || !column.column_type ? column.property_type?.split(",")[0] : COLUMN_TYPES[column.column_type] ?? column.column_type,
    column.to_object_type ? `→ ${column.to_object_type}` : null].filter(Boolean).join(" · ");
}

export const COLUMN_TYPES = /** @type {Words} */ ({
  STANDARD: "value", HUBSPOT_ALTERNATE_ID: "identifier", HUBSPOT_OBJECT_ID: "record id",
  FLEXIBLE_ASSOCIATION_LABEL: "association label", ASSOCIATION_KEYS: "association keys", EVENT_TIMESTAMP: "event time",
});

/** @param {FileColumns} file */
function mapping(file) {
  return h("section", { key: file.id },
    h("h2", { class: "clamp" }, file.name), note(howRead(file)),
    file.problem ? note(file.problem) : null,
    table("Mapping", ["##", "Column", "Values", "Object", "Property", "Type", "Column type", "Association"],
      file.columns.flatMap((column) => [
        h("tr", { key: `c${column.number}`, class: column.mapped ? null : "faint" },
          num(column.number), h("th", { scope: "row" }, h("span", { class: "clamp" }, column.header ?? "(no header)")),
          cell(samples(column.samples), "samples"),
          cell(column.mapped ? column.object_type : "not imported", "still"),
          cell(column.property_name ? h("span", null, h("code", null, column.property_name), column.property_label ? h("small", null, ` ${column.property_label}`) : null) : ""),
          cell(column.property_type, "still"), cell(column.column_type ? h("span", { title: column.column_type }, COLUMN_TYPES[column.column_type] ?? column.column_type) : "", "still"),
          cell(column.to_object_type || column.association ? `→ ${[column.to_object_type, column.association].filter(Boolean).join(", ")}` : "")),
        ...column.warnings.map((warning, at) => h("tr", { key: `w${column.number}.${at}`, class: "cautioned" }, h("td", null), h("td", { colspan: "7" },
          h("b", null, "⚠ ", ruleLink(warning.rule)), ` ${warning.got}. ${warning.hint}`))),
      ])),
    otherColumns(file, "mapping"));
}

/** @param {string[]} notes */
export function sentences(notes) {
  return notes.map((one) => ` · ${one}`).join("");
}

/** Some values of a column.
 * @param {string[]} cells
 */
export function samples(cells) {
  return value(cells.map(oneLine).join(", "));
}

/** @param {Errors} errors @param {Import} found */
function errorsView(errors, found) {
  if (!Object.keys(errors.types).length) return [empty("No error", h("p", null, ACTIVE.includes(found.state) ? "None so far." : "Every row was imported."))];
  return [
    h("div", { class: "toolbar" }, typeSelect(errors), h("span", { class: "push" }),
      button("Save as CSV", () => void act(() => saveCsv(found), "Saved"), { class: "quiet" })),
    table("Row errors", ["#Line", "Column", "errorType", "Value", "What is wrong"], errors.results.map((one) =>
      h("tr", { key: one.id },
        cell(one.line ? h("a", { href: link(`imports/${found.id}`, { file: one.file_id, line: one.line, cell: one.column }) }, number(one.line)) : "all", "number"),
        cell(one.column ? h("span", { class: "clamp" }, `${one.column} ${one.column_name ?? ""}`) : ""),
        h("th", { scope: "row" }, ruleLink(one.error_type)),
        cell(one.value === null ? "" : value(one.value, "code")),
        prose(one.hint, " ", h("small", null, one.message))))),
    pager(counted(errors.total, "error"), { after: errors.after }),
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

/** @param {{ sent: string | null, entry: number | null, warnings: Diagnosis[], internal: unknown }} request */
function requestView(request) {
  return [
    ...request.warnings.map((warning) => diagnosisOf(warning, "HubSpot accepts this, but it is probably a mistake")),
    h("div", { class: "beside" },
      request.sent === null ? note("The journal no longer has the request as it was sent.")
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
      rowLink(recordLink(one.object_type, one.id), one.label || one.id),
      cell(one.object_type), cell(h("code", null, one.id)), cell(one.created ? "created" : "updated")))),
    pager("", { after: written.after }),
  ];
}
