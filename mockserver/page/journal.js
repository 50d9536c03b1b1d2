// The requests that the portal has received, and one of them with its answer and diagnosis.

import { get, segment } from "./api.js";
import { h } from "./dom.js";
import { jsonTree, sourceText } from "./json.js";
import {
  ago, back, cell, choice, clockTime, codeBlock, copyButton, counted, diagnosisOf, empty, facts, filters, heading, linkRow, long, note, number,
  pager, searchBox, statusChip, table, when,
} from "./parts.js";
import { curlOf } from "./code.js";
import { appNames, here, link, state } from "./state.js";

const PAGE = 50;
const CLASSES = /** @type {[string, string][]} */ ([["", "any status"], ["2xx", "2xx"], ["4xx", "4xx"], ["429", "429"], ["5xx", "5xx"], ["0", "no answer"]]);

/** @param {AbortSignal} signal */
export async function load(signal) {
  const { rest: [id], query } = state.route;
  if (id) return get(`/journal/${segment(id)}`, here(), signal);
  const wanted = Object.fromEntries(["status", "operation", "app", "text", "before"].map((name) => [name, query.get(name)]));
  const [journal, apps] = await Promise.all([get("/journal", here({ ...wanted, last: PAGE }), signal), appNames(signal)]);
  return { ...journal, apps };
}

/** @param {any} data */
export function title(data) {
  return state.route.rest.length ? `${data.method} ${data.path}` : "";
}

/** @param {any} data */
export function view(data) {
  if (state.route.rest.length) return entryView(data);
  const query = state.route.query;
  const entries = /** @type {Entry[]} */ ([...data.entries].reverse());
  const isFiltered = ["status", "operation", "app", "text", "before"].some((name) => query.get(name));
  if (!entries.length && !isFiltered) {
    return [heading("Journal"), empty("No request yet",
      h("p", null, "Every call of HubSpot's API appears here with its answer, and a refused one with what is wrong. Looking at this page leaves no entry."),
      codeBlock(`curl --header 'Authorization: Bearer ${state.portal?.tokens[0] ?? "any-token"}' '${location.origin}/crm/v3/imports'`, "A first request"))];
  }
  const apps = /** @type {string[]} */ (data.apps);
  return [
    heading("Journal", filters("Filter the journal", searchBox("text", "Text", "text"), choice("status", "Status", CLASSES),
      choice("operation", "Operation", [["", "any operation"], ...data.operations]),
      apps.length > 1 || query.get("app") ? choice("app", "App", [["", "any app"], ...apps]) : null)),
    entries.length
      ? table("Requests", ["~Status", "Request", "Operation", "App", "#Took", "@When"], entries.map(row))
      : empty("No request fits the filter"),
    pager(`${counted(data.total, "request")}${data.evicted ? `, of which the oldest ${number(data.evicted)} are no longer kept` : ""}`,
      { before: data.before }, "Older"),
  ];
}

/** @param {Entry} entry */
function row(entry) {
  const why = entry.diagnosis?.rule ?? entry.faults[0];
  return linkRow(String(entry.number), link(`journal/${entry.number}`), h("span", { class: "request", title: target(entry).length > 80 ? target(entry) : null },
    h("b", null, entry.method), " ", h("code", null, target(entry))), [
    cell(h("span", null, entry.operation ?? "", why ? h("small", { class: entry.diagnosis ? "bad" : "fault" }, ` ${why}`) : null,
      entry.warnings.length ? h("small", { class: "caution" }, ` ⚠ ${entry.warnings.length}`) : null)),
    cell(entry.app || h("small", null, "none")), cell(took(entry), "number"),
    cell(when(entry.at, clockTime), "time"),
  ], [cell(statusChip(entry.status), "narrow")]);
}

/** @param {Entry} entry */
function target(entry) {
  return entry.path + (entry.query ? `?${entry.query}` : "");
}

/** @param {Entry} entry */
function took(entry) {
  const milliseconds = entry.seconds * 1000;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : number(Math.round(milliseconds))} ms`;
}

/** @param {Entry} entry */
function entryView(entry) {
  const answer = parsed(entry.answer?.body), request = parsed(entry.request);
  const pointers = [entry.diagnosis, ...entry.warnings].flatMap((one) => (one?.pointer ? [one.pointer] : []));
  return [
    back("journal", "Journal"),
    h("div", { class: "head" }, h("h1", { tabindex: "-1", class: "request" }, entry.method, " ", h("code", null, long(target(entry)))),
      statusChip(entry.status),
      h("div", { class: "actions" }, copyButton("Copy as curl", () => curlOf(entry, location.origin, state.portal)))),
    h("p", { class: "summary" }, [`#${entry.number}`, entry.operation, entry.app ? `app ${entry.app}` : "no app", clockTime(entry.at), ago(entry.at), took(entry)].filter(Boolean).join(" · "),
      entry.import_id ? h("span", { class: "clamp" }, " · ", h("a", { href: link(`imports/${entry.import_id}`) }, `import ${entry.import_name ?? entry.import_id}`)) : null),
    entry.diagnosis ? diagnosisOf(entry.diagnosis, "Why it was refused") : null,
    ...entry.warnings.map((one) => diagnosisOf(one, "HubSpot accepts this, but it is probably a mistake")),
    entry.faults.length ? h("section", { class: "diagnosis" }, h("h2", null, "A fault hit it"),
      h("p", null, entry.faults.map((name) => h("a", { href: link("faults") }, name)))) : null,
    entry.notes.length ? h("ul", { class: "notes" }, entry.notes.map((note) => h("li", null, note))) : null,
    h("div", { class: "beside" },
      h("section", null, h("h2", null, "Request"),
        headers(entry.headers),
        entry.file_names.length ? facts([["files", entry.file_names.join(", ")]]) : null,
        entry.request ? (pointers.length || request === undefined ? sourceText(entry.operation === "imports.create" ? "importRequest" : "Body", entry.request, pointers) : jsonTree(entry.operation === "imports.create" ? "importRequest" : "Body", request)) : note("No body.")),
      h("section", null, h("h2", null, "Answer"),
        headers(entry.answer?.headers),
        answer !== undefined ? jsonTree("Body of the answer", answer) : entry.answer?.body ? codeBlock(entry.answer.body, "Body of the answer") : note("No body is kept."))),
    facts([["correlation id", entry.correlation_id ? h("code", null, entry.correlation_id) : null]]),
  ];
}

/** @param {Record<string, string> | null | undefined} given */
function headers(given) {
  const pairs = Object.entries(given ?? {});
  if (!pairs.length) return null;
  return h("details", { class: "headers" }, h("summary", null, counted(pairs.length, "header")),
    facts(pairs.map(([name, value]) => [name, h("code", null, long(value))])));
}

/** @param {string | undefined} text */
function parsed(text) {
  if (!text) return undefined;
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : undefined;
  } catch {
    return undefined;
  }
}
