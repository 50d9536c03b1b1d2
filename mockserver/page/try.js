// Try a file: a mapping is proposed, can be edited, is checked at once, and the import can be started.

import { change, get, Refused, segment, send } from "./api.js";
import { snippets } from "./code.js";
import { h, say } from "./dom.js";
import { COLUMN_TYPES, samples, sentences } from "./import.js";
import {
  act, button, cell, chip, codeBlock, columnsPager, counted, diagnosisOf, evidenceOf, field, group, heading, long, note, prose, ruleLink, select,
  size, table, textInput, wording,
} from "./parts.js";
import { dropZone } from "./scenario.js";
import { draw, here, link, state } from "./state.js";

const MOST_BYTES = 12_000_000;
const MOST_COLUMNS = 100; // that are shown at a time
const DATE_FORMATS = ["MONTH_DAY_YEAR", "DAY_MONTH_YEAR", "YEAR_MONTH_DAY"];

/** What is being tried; it is kept while other views are looked at. */
const trial = {
  /** @type {File | null} */ file: null,
  /** @type {Proposal | null} */ proposal: null,
  /** @type {any} */ findings: null,
  /** @type {{ id: string, name: string }[]} */ types: [],
  /** @type {Property[]} */ properties: [],
  name: "", dateFormat: "", hasHeader: true, language: 0, isChecking: false, isStarting: false, problem: "",
  portal: "", first: 1,
};
let version = 0;
let waiting = 0;

export async function load() {
  if (trial.file && trial.portal !== state.route.portal) await propose(trial.file, ""); // another portal has other properties
}

export function view() {
  const { file, proposal } = trial;
  return [
    heading("Try a file",
      file ? h("div", { class: "actions" }, button("Another file", () => { Object.assign(trial, { file: null, proposal: null, findings: null, problem: "" }); draw(); })) : null),
    trial.problem ? h("div", { class: "problem", role: "alert" }, h("div", null, long(trial.problem))) : null,
    ...(proposal && file ? work(file, proposal) : [
      note("The page proposes a mapping for the file, checks it against this portal at once, and gives the importRequest and the code that sends it. Nothing is imported until you start the import."),
      dropZone("Drop a CSV or XLSX file here, or choose one", ".csv,.xlsx,.xls,.txt,.tsv", (chosen) => void take(chosen))]),
  ];
}

/** @param {File} file */
async function take(file) {
  trial.problem = "";
  if (file.size > MOST_BYTES) {
    trial.problem = `The file has ${size(file.size)}; here, up to ${size(MOST_BYTES)} can be tried. hubspot-mock check takes any size.`;
    return draw();
  }
  Object.assign(trial, { hasHeader: true, name: "", first: 1 });
  await propose(file, "");
}

/** @param {File} file @param {string} type */
async function propose(file, type) {
  trial.portal = state.route.portal;
  try {
    const answer = await send("POST", "/proposal", { query: here({ name: file.name, type, header: trial.hasHeader }), body: file, type: "application/octet-stream" });
    const proposal = /** @type {Proposal} */ (await answer.json());
    Object.assign(trial, { file, proposal, findings: null, problem: "", name: trial.name || proposal.request.name, dateFormat: proposal.request.dateFormat ?? "" });
    await readProperties(proposal.object_type, "");
    say(`${counted(proposal.columns.length, "column")}, mapped to ${proposal.object_type}`);
    check();
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    trial.problem = wording(fault);
  }
  draw();
}

/** @param {string} type @param {string} search */
async function readProperties(type, search) {
  const found = await get("/properties", here({ type, search, limit: 100 }));
  trial.properties = found.results;
  trial.types = found.object_types;
}

/** The importRequest, as it is edited. */
function request() {
  const proposal = /** @type {Proposal} */ (trial.proposal);
  const columnMappings = proposal.columns.map((column) => {
    if (!column.property_name) return { columnName: column.header, ignored: true };
    const mapping = { columnObjectTypeId: proposal.object_type_id, columnName: column.header, propertyName: column.property_name };
    return column.column_type === "STANDARD" ? mapping : { ...mapping, columnType: column.column_type };
  });
  return {
    name: trial.name,
    ...(trial.dateFormat ? { dateFormat: trial.dateFormat } : {}),
    files: [{ fileName: proposal.file_name, fileFormat: proposal.format, fileImportPage: { hasHeader: trial.hasHeader, columnMappings } }],
  };
}

function form() {
  const body = new FormData();
  body.append("importRequest", JSON.stringify(request()));
  body.append("files", /** @type {File} */ (trial.file), trial.proposal?.file_name);
  return body;
}

/** Checks what is asked for now, once nothing has been changed for a moment. */
function check() {
  version += 1;
  clearTimeout(waiting);
  waiting = window.setTimeout(() => void checkNow(version), 250);
}

/** @param {number} mine */
async function checkNow(mine) {
  if (!trial.file) return;
  trial.isChecking = true;
  draw();
  try {
    const answer = await send("POST", "/check", { query: here(), body: form() });
    const findings = await answer.json();
    if (mine !== version) return;
    trial.findings = findings;
    trial.problem = "";
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    trial.problem = wording(fault);
  }
  trial.isChecking = false;
  draw();
}

async function start() {
  trial.isStarting = true;
  draw();
  try {
    const sent = await (await send("POST", "/imports", { query: here(), body: form() })).json();
    if (!sent.import_id) throw new Refused(sent.status, { message: sent.diagnosis?.hint ?? `HubSpot's answer has status ${sent.status}.` });
    if (state.portal?.clock.pace === "instant") await change("POST", `/imports/${segment(sent.import_id)}/finish`, here());
    location.hash = link(`imports/${sent.import_id}`);
  } finally {
    trial.isStarting = false;
  }
}

/** @param {File} file @param {Proposal} proposal */
function work(file, proposal) {
  const url = location.origin, token = state.portal?.tokens[0] ?? "any-token";
  const codes = snippets({ url, token, request: request(), files: [proposal.file_name] });
  const chosen = codes[trial.language] ?? codes[0];
  const read = [proposal.format, proposal.encoding?.toUpperCase(), size(file.size)].filter(Boolean).join(", ") + sentences(proposal.notes);
  return [
    h("p", { class: "summary" }, h("b", { class: "clamp" }, file.name), ` ${read}`),
    h("div", { class: "row form" },
      field("Name of the import", textInput(trial.name, (name) => { trial.name = name; changed(); })),
      field("Object type", select(proposal.object_type, trial.types.map((one) => one.name), (type) => void propose(file, type))),
      field("Dates", select(trial.dateFormat, [["", "month, day, year (default)"], ...DATE_FORMATS], (order) => { trial.dateFormat = order; changed(); })),
      field("First row", select(trial.hasHeader ? "header" : "values", [["header", "is a header"], ["values", "has values"]], (kind) => { trial.hasHeader = kind === "header"; void propose(file, proposal.object_type); }))),
    h("datalist", { id: "properties" }, trial.properties.map((one) => h("option", { value: one.name }, `${one.label} (${one.type})`))),
    table("Mapping", ["Column", "Values", "Property", "Column type", "Why"], proposal.columns.slice(trial.first - 1, trial.first - 1 + MOST_COLUMNS).map((column, at) => h("tr", { key: String(trial.first + at), class: column.property_name ? null : "faint" },
      h("th", { scope: "row" }, h("span", { class: "clamp" }, column.header)),
      cell(samples(column.samples)),
      cell(h("input", { value: column.property_name ?? "", list: "properties", placeholder: "not imported", autocomplete: "off", spellcheck: "false", "aria-label": `Property of ${column.header}`,
        oninput: (/** @type {any} */ event) => { edit(column, event.target.value.trim()); } })),
      cell(column.property_name ? select(column.column_type, Object.entries(COLUMN_TYPES).slice(0, 3), (kind) => { column.column_type = kind; changed(); }, { "aria-label": `Column type of ${column.header}` }) : ""),
      cell(h("small", null, column.why)))), { class: "scroller mapping" }),
    columnsPager(trial.first, MOST_COLUMNS, proposal.columns.length, (column) => { trial.first = column; draw(); }),
    h("section", { class: "findings", "aria-live": "polite" }, ...findings(proposal)),
    group("start", "actions left", button("Start the import", (event) => { // not at the second click of a double click
      if (/** @type {MouseEvent} */ (event).detail < 2) void act(start, "Started");
    }, { class: "main", disabled: trial.isStarting })),
    h("div", { class: "beside" },
      h("section", null, codeBlock(JSON.stringify(request(), null, 2), "importRequest")),
      h("section", null,
        h("div", { class: "tabs", role: "tablist", "aria-label": "Code" }, codes.map(({ name }, at) => h("button", {
          type: "button", role: "tab", "aria-selected": String(codes[at] === chosen), onclick: () => { trial.language = at; draw(); },
        }, name))),
        codeBlock(chosen.code, chosen.name))),
  ];
}

/** @param {ProposedColumn} column @param {string} name */
function edit(column, name) {
  const known = trial.properties.find((one) => one.name === name);
  column.property_name = name || null;
  column.why = name ? "as you chose" : "not imported";
  if (known) column.column_type = known.identifies ? "HUBSPOT_ALTERNATE_ID" : "STANDARD";
  if (name === "hs_object_id") column.column_type = "HUBSPOT_OBJECT_ID";
  if (!known && name && trial.proposal) void readProperties(trial.proposal.object_type, name).then(draw);
  changed();
}

function changed() {
  check();
  draw();
}

/** @param {Proposal} proposal */
function findings({ columns }) {
  const found = trial.findings;
  if (!found) return [note(trial.problem ? "" : "Checking …")];
  const imported = found.imported;
  const all = Object.values(found.types).reduce((sum, one) => sum + one, 0);
  const isMapped = columns.some((one) => one.property_name), isGood = found.clean && isMapped;
  const words = isGood ? "Nothing is wrong with it." : found.diagnosis ? `HubSpot would refuse it with ${found.status}.` : all ? `${counted(all, "error")} in its rows.`
    : isMapped ? "HubSpot would accept it, with reservations." : "No column is mapped, so nothing would be imported: choose a property for at least one.";
  return [
    h("p", { class: `verdict ${isGood ? "good" : "bad"}` }, isGood ? "✓ " : "", words, imported ? h("span", null, " ", chip(imported.state), h("small", null, summary(imported.counters))) : null,
      trial.isChecking ? h("small", null, " checking …") : null),
    found.with_records ? null : note("The portal has many records: this was checked against its properties alone."),
    found.diagnosis ? diagnosisOf(found.diagnosis, "Why it would be refused") : null,
    ...found.warnings.map((/** @type {any} */ one) => diagnosisOf(one, "HubSpot accepts this, but it is probably a mistake")),
    found.errors.length ? table("Errors", ["#Line", "Column", "errorType", "What is wrong"], found.errors.map((/** @type {any} */ one) => h("tr", { key: one.id },
      cell(one.line || "all", "number"), cell(one.column ? `${one.column} ${one.column_name ?? ""}` : ""),
      h("th", { scope: "row" }, ruleLink(one.error_type)),
      prose(one.hint, " ", evidenceOf(one.evidence))))) : null,
    all > found.errors.length ? note(`and ${all - found.errors.length} more`) : null,
  ];
}

/** @param {Record<string, number>} counters */
function summary(counters) {
  const parts = [["CREATED_OBJECTS", "created"], ["UPDATED_OBJECTS", "updated"]].filter(([name]) => counters[name]).map(([name, word]) => `${counters[name]} ${word}`);
  return parts.length ? ` ${parts.join(", ")}` : "";
}

