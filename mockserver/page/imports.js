// The imports of a portal, and one of them.

import { change, get, segment } from "./api.js";
import { h } from "./dom.js";
import * as one from "./import.js";
import {
  act, ago, button, cell, chip, codeBlock, counted, empty, linkRow, number, pager, realAge, select, table, textInput,
} from "./parts.js";
import { appNames, here, link, refine, state } from "./state.js";

/**
 * @typedef {{ id: string, name: string, size: number, lines: number, kept: boolean }} ImportedFile
 * @typedef {{ id: string, name: string, app: string, app_id: number, state: string, held: boolean,
 *   hold_in: string | null, created_at: string, real_created_at: string | null, updated_at: string, next_due: string | null, rows: number,
 *   rows_done: number, errors: number, counters: Record<string, number>,
 *   happened: { event: string, state: string, at: string, by: string }[], files: ImportedFile[] }} Import
 */

export const ACTIVE = ["STARTED", "DEFERRED", "PROCESSING"];
const STATES = ["STARTED", "DEFERRED", "PROCESSING", "DONE", "FAILED", "CANCELED", "REVERTED"];
const PAGE = 50;

/** @param {AbortSignal} signal */
export async function load(signal) {
  const { rest, query } = state.route;
  if (rest.length) return one.load(signal);
  const wanted = { state: query.get("state"), app: query.get("app"), name: query.get("name"), before: query.get("before"), last: PAGE, real_times: true };
  const [imports, apps] = await Promise.all([get("/imports", here(wanted), signal), appNames(signal)]);
  return { ...imports, apps };
}

/** @param {any} data */
export function title(data) {
  return state.route.rest.length ? one.title(data) : "Imports";
}

/** @param {any} data */
export function view(data) {
  if (state.route.rest.length) return one.view(data);
  const { results, total, apps } = /** @type {{ results: Import[], total: number, apps: string[] }} */ (data);
  const query = state.route.query;
  const isFiltered = ["state", "app", "name", "before"].some((name) => query.get(name));
  const rows = [...results].reverse();
  if (!rows.length && !isFiltered) return [h("h1", { tabindex: "-1" }, "Imports"), first()];
  return [
    h("div", { class: "head" }, h("h1", { tabindex: "-1" }, "Imports"),
      h("div", { class: "filters", role: "search", "aria-label": "Filter imports" },
        textInput(query.get("name") ?? "", (name) => refine({ name, before: "" }), { type: "search", placeholder: "name", "aria-label": "Name" }),
        select(query.get("state") ?? "", [["", "any state"], ...STATES], (name) => refine({ state: name, before: "" }), { "aria-label": "State" }),
        apps.length > 1 || query.get("app") ? select(query.get("app") ?? "", [["", "any app"], ...apps], (app) => refine({ app, before: "" }), { "aria-label": "App" }) : null)),
    rows.length
      ? table("Imports", [{ text: "State", class: "narrow" }, "Name", { text: "Rows", class: "number" }, { text: "Errors", class: "number" }, "App", { text: "Started", class: "time" }, { text: h("span", { class: "unseen" }, "Actions"), class: "buttons" }],
        rows.map(row))
      : empty("No import fits the filter", h("p", null, button("Show all", () => refine({ state: "", app: "", name: "", before: "" })))),
    pager({
      text: counted(total, "import"),
      more: results.length === PAGE ? () => refine({ before: results[0].id }) : null,
      first: query.get("before") ? () => refine({ before: "" }) : null,
      older: "Older",
    }),
  ];
}

/** @param {Import} row */
function row(row) {
  const isActive = ACTIVE.includes(row.state);
  return linkRow(row.id, link(`imports/${row.id}`), row.name || "(no name)", [
    cell(isActive ? progress(row) : `${number(row.rows_done)} of ${number(row.rows)}`, "number"),
    cell(row.errors ? h("b", { class: "bad" }, number(row.errors)) : "0", "number"),
    cell(row.app),
    cell(h("time", { datetime: row.created_at, title: row.created_at }, ago(row.created_at), h("small", null, realAge(row))), "time"),
    cell(isActive ? h("span", { class: "inline" }, actions(row, true)) : "", "buttons"),
  ], [cell(chip(row.state, row.held), "narrow")]);
}

/** @param {Import} row */
export function progress(row) {
  const share = row.rows ? Math.min(1, row.rows_done / row.rows) : 0;
  return h("span", { class: "progress" },
    h("progress", { max: row.rows || 1, value: row.rows_done, "aria-label": `Rows of ${row.name}` }),
    h("span", null, `${Math.floor(share * 100)} %`, h("small", null, ` ${number(row.rows_done)}`)));
}

/**
 * What can be done to an import that has not ended.
 * @param {Import} row
 * @param {boolean} isShort
 */
export function actions(row, isShort) {
  const tell = (/** @type {string} */ what, /** @type {string} */ done, /** @type {unknown} */ body = undefined) =>
    () => void act(() => change("POST", `/imports/${segment(row.id)}/${what}`, here(), body), done);
  const of = (/** @type {string} */ word) => ({ "aria-label": `${word} ${row.name}` });
  return [
    row.held ? button("Release", tell("release", "Released"), of("Release")) : button("Hold", tell("hold", "Held"), of("Hold")),
    isShort ? null : button("Step", tell("step", "One step on"), of("Step")),
    button("Finish", tell("finish", "Finished"), of("Finish")),
    isShort ? null : button("Cancel", tell("cancel", "Cancelled"), { ...of("Cancel"), class: "danger" }),
  ];
}

/** What a newcomer does first. */
function first() {
  const token = state.portal?.tokens[0] ?? "any-token";
  const url = `${location.origin}/crm/v3/imports`;
  const curl = [
    `printf 'First Name,Email\\nAda,ada@example.com\\nNobody,not an address\\n' > leads.csv`,
    `curl '${url}' \\`,
    `  --header 'Authorization: Bearer ${token}' \\`,
    `  --form 'importRequest={"name": "Leads", "files": [{"fileName": "leads.csv", "fileFormat": "CSV",`,
    `    "fileImportPage": {"hasHeader": true, "columnMappings": [`,
    `      {"columnObjectTypeId": "0-1", "columnName": "First Name", "propertyName": "firstname"},`,
    `      {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email",`,
    `       "columnType": "HUBSPOT_ALTERNATE_ID"}]}}]}' \\`,
    `  --form files=@leads.csv`,
  ].join("\n");
  const fixture = [
    "def test_leads_are_imported(hubspot, tmp_path):",
    "    client = hubspot.client()  # httpx, with the URL and the token of a fresh portal",
    `    # the code under test imports leads.csv; then`,
    `    assert [one.state for one in hubspot.imports.list()] == ["DONE"]`,
  ].join("\n");
  return empty("No import yet",
    h("p", null, "Send one to this portal and it appears here at once. ",
      h("a", { href: link("try") }, "Try a file"), " makes the request for a file of yours."),
    codeBlock(curl, "With curl, from any shell"), codeBlock(fixture, "In a test with pytest"));
}
