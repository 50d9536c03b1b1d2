// The imports of a portal, and one of them.

import { get, segment } from "./api.js";
import { snippets } from "./code.js";
import { h } from "./dom.js";
import * as one from "./import.js";
import {
  ago, button, cell, chip, choice, codeBlock, counted, empty, filters, group, heading, linkRow, number, pager, realAge, searchBox, SHAPES, table,
  tell, when,
} from "./parts.js";
import { appNames, FIRST_PAGE, here, link, refine, state } from "./state.js";

export const ACTIVE = ["STARTED", "DEFERRED", "PROCESSING"];
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
  return state.route.rest.length ? one.title(data) : "";
}

/** @param {any} data */
export function view(data) {
  if (state.route.rest.length) return one.view(data);
  const { results, total, apps } = /** @type {{ results: Import[], total: number, apps: string[] }} */ (data);
  const query = state.route.query;
  const isFiltered = ["state", "app", "name", "before"].some((name) => query.get(name));
  const rows = [...results].reverse();
  if (!rows.length && !isFiltered) return [heading("Imports"), first()];
  return [
    heading("Imports", filters("Filter imports", searchBox("name", "Name", "name"), choice("state", "State", [["", "any state"], ...Object.keys(SHAPES)]),
      apps.length > 1 || query.get("app") ? choice("app", "App", [["", "any app"], ...apps]) : null)),
    rows.length
      ? table("Imports", ["~State", "Name", "#Rows", "#Errors", "App", "@Started", "!Actions"],
        rows.map(row))
      : empty("No import fits the filter", h("p", null, button("Show all", () => refine({ ...FIRST_PAGE, state: "", app: "", name: "" })))),
    pager(counted(total, "import"), { before: results.length === PAGE ? results[0].id : null }, "Older"),
  ];
}

/** @param {Import} row */
function row(row) {
  const isActive = ACTIVE.includes(row.state);
  return linkRow(row.id, link(`imports/${row.id}`), row.name || "(no name)", [
    cell(isActive ? progress(row) : `${number(row.rows_done)} of ${number(row.rows)}`, "number"),
    cell(row.errors ? h("b", { class: "bad" }, number(row.errors)) : "0", "number"),
    cell(row.app),
    cell(when(row.created_at, ago, h("small", null, realAge(row))), "time"),
    cell(isActive ? group(row.id, "inline", ...actions(row, true)) : "", "buttons"),
  ], [cell(chip(row.state, row.held), "narrow")]);
}

/** @param {Import} row */
export function progress(row) {
  const share = row.rows ? Math.min(1, row.rows_done / row.rows) : 0;
  return h("span", { class: "progress" },
    h("progress", { max: row.rows || 1, value: row.rows_done, "aria-label": `Rows of ${row.name}` }),
    h("span", null, `${Math.floor(share * 100)} %`, h("small", null, ` ${number(row.rows_done)}`)));
}

/** What can be done to an import that has not ended.
 * @param {Import} row
 * @param {boolean} isShort
 */
export function actions(row, isShort) {
  const to = (/** @type {string} */ what, /** @type {string} */ done) => () => tell(`/imports/${segment(row.id)}/${what}`, undefined, done);
  const of = (/** @type {string} */ word) => ({ "aria-label": `${word} ${row.name}` });
  return [
    row.held ? button("Release", to("release", "Released"), of("Release")) : button("Hold", to("hold", "Held"), of("Hold")),
    isShort ? null : button("Step", to("step", "One step on"), of("Step")),
    button("Finish", to("finish", "Finished"), of("Finish")),
    isShort ? null : button("Cancel", to("cancel", "Cancelled"), { ...of("Cancel"), class: "danger" }),
  ];
}

/** What a newcomer does first. */
function first() {
  const column = (/** @type {string} */ columnName, /** @type {string} */ propertyName, more = {}) => ({ columnObjectTypeId: "0-1", columnName, propertyName, ...more });
  const request = { name: "Leads", files: [{ fileName: "leads.csv", fileFormat: "CSV", fileImportPage: { hasHeader: true,
    columnMappings: [column("First Name", "firstname"), column("Email", "email", { columnType: "HUBSPOT_ALTERNATE_ID" })] } }] };
  const curl = "printf 'First Name,Email\\nAda,ada@example.com\\nNobody,not an address\\n' > leads.csv\n"
    + snippets({ url: location.origin, token: state.portal?.tokens[0] ?? "any-token", request, files: ["leads.csv"] })[3].code;
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
