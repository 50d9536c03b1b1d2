// The records of a portal by type, one record with where its values came from, and the lists.

import { get, segment } from "./api.js";
import { h } from "./dom.js";
import {
  ago, back, cell, codeBlock, counted, dayAndTime, empty, facts, filters, heading, linkRow, note, num, number, pager, prose, recordLink, rowLink,
  searchBox, select, table, theFirst, value, when,
} from "./parts.js";
import { here, link, state } from "./state.js";

const PAGE = 50;
const MOST_SHOWN = 4;
const MOST_ASKED = 100; // associations and writes of a record
/** Properties that HubSpot sets itself, and that say little about a record. */
const OWN = /^(hs_|createdate$|lastmodifieddate$|num_|notes_)/;

/** @param {AbortSignal} signal */
export async function load(signal) {
  const { rest: [type, id], query } = state.route;
  if (type === "lists") {
    return id ? get(`/lists/${segment(id)}`, here({ limit: PAGE, after: query.get("after") }), signal) : get("/lists", here({ limit: PAGE, after: query.get("after") }), signal);
  }
  if (type && id) return get(`/records/${segment(type)}/${segment(id)}`, here({ property: query.get("property") ?? "hs_object_id", limit: MOST_ASKED }), signal);
  const { counts } = await get("/records/counts", here(), signal);
  const chosen = type ?? Object.keys(counts)[0];
  const page = chosen ? await get("/records", here({ type: chosen, search: query.get("search"), limit: PAGE, after: query.get("after") }), signal) : null;
  return { counts, type: chosen, page };
}

/** @param {any} data */
export function title(data) {
  const [type, id] = state.route.rest;
  return id ? `${type} ${id}` : data.type;
}

/** @param {any} data */
export function view(data) {
  const [type, id] = state.route.rest;
  if (type === "lists") return id ? listView(data) : listsView(data);
  if (id) return recordView(data);
  const query = state.route.query, counts = /** @type {Record<string, number>} */ (data.counts);
  const types = [...new Set([...Object.keys(counts), ...(data.type ? [data.type] : [])])];
  if (!data.page) {
    return [heading("Records"), empty("No record yet",
      h("p", null, "Imports and HubSpot's object APIs write them; a scenario or a seed puts them here at once."),
      codeBlock(`curl --request POST '${location.origin}/_mock/seed?portal=${state.route.portal}' \\\n  --data '{"records": {"contacts": [{"email": "ada@example.com", "firstname": "Ada"}]}}'`, "Seed a contact"))];
  }
  const results = /** @type {any[]} */ (data.page.results);
  const columns = commonest(results);
  return [
    heading("Records", filters("Search records",
      select(data.type, types.map((one) => /** @type {[string, string]} */ ([one, `${one} ${number(counts[one] ?? 0)}`])), (one) => { location.hash = link(`records/${encodeURIComponent(one)}`); }, { "aria-label": "Object type" }),
      searchBox("search", "Search values", "search values"), h("a", { href: link("records/lists") }, "Lists"))),
    results.length
      ? table(`Records of ${data.type}`, ["Record", ...columns, "#Id", "@Changed"],
        results.map((one) => linkRow(one.id, recordLink(data.type, one.id), titleOf(one.properties) || one.id,
          [...columns.map((name) => cell(value(one.properties[name] ?? ""))), cell(h("code", null, one.id), "number"),
            cell(when(one.updated_at, ago), "time")])))
      : empty(query.get("search") ? (data.page.after ? "None among these" : "No record has such a value") : "No record of this type"),
    pager(query.get("search") && data.page.searched !== null ? `${counted(data.page.searched, "record")} searched, of ${number(data.page.total)}` : counted(data.page.total, "record"),
      { after: data.page.after }, query.get("search") ? "Search on" : undefined),
  ];
}

/** @param {Record<string, string>} properties */
function titleOf(properties) {
  return [properties.firstname, properties.lastname].filter(Boolean).join(" ") || properties.name || properties.dealname || properties.subject || properties.hs_name || properties.email || "";
}

const NAMING = new Set(["email", "domain", "amount", "dealstage", "pipeline"]);

/** The properties that most records of a page have.
 * @param {any[]} results
 */
function commonest(results) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const one of results) for (const name of Object.keys(one.properties)) if (!OWN.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => Number(NAMING.has(b[0])) - Number(NAMING.has(a[0])) || b[1] - a[1]).slice(0, MOST_SHOWN).map(([name]) => name);
}

const SOURCES = /** @type {Words} */ ({ IMPORT: "import", API: "API", INTEGRATION: "API", SCENARIO: "scenario" });

/** @param {{ source_type: string, source_id: string }} write */
function source(write) {
  return write.source_type === "IMPORT" ? h("a", { href: link(`imports/${write.source_id}`) }, `import ${write.source_id}`) : `${SOURCES[write.source_type] ?? write.source_type} ${write.source_id}`.trim();
}

/** @param {any} one */
function recordView(one) {
  const writes = /** @type {any[]} */ (one.history);
  const origin = (/** @type {string} */ name) => writes.find((write) => name in write.changes);
  const names = Object.keys(one.properties).sort((a, b) => Number(OWN.test(a)) - Number(OWN.test(b)) || a.localeCompare(b));
  return [
    back(`records/${encodeURIComponent(one.object_type)}`, one.object_type), heading(titleOf(one.properties) || `${one.object_type} ${one.id}`),
    h("p", { class: "summary" }, `${one.object_type} · id ${one.id} · created ${dayAndTime(one.created_at)} · changed ${ago(one.updated_at)}`),
    h("h2", null, "Properties"),
    table("Properties", ["Property", "Value", "Came from", "@When"], names.slice(0, 300).map((name) => {
      const write = origin(name);
      return h("tr", { key: name }, h("th", { scope: "row" }, h("code", null, name)), prose(one.properties[name]),
        cell(write ? source(write) : "HubSpot itself"), cell(write ? when(write.at, ago) : "", "time"));
    })),
    theFirst(names, 300), h("h2", null, "Associations"),
    one.associations.length ? table("Associations", ["Record", "Label", "Type"], one.associations.map((/** @type {any} */ to) => h("tr", { key: `${to.to_id} ${to.type_id} ${to.category}`, class: "row" },
      rowLink(recordLink(to.to_object_type, to.to_id), `${to.to_object_type} ${to.to_id}`),
      cell(to.label ?? ""), cell(h("code", null, `${to.category} ${to.type_id}`))))) : note("None."),
    theFirst(one.associations, MOST_ASKED), one.lists.length ? h("section", null, h("h2", null, "Lists"), h("ul", null, one.lists.map((/** @type {any} */ list) => h("li", null, h("a", { href: link(`records/lists/${list.id}`) }, list.name))))) : null,
    h("h2", null, "History"),
    h("ol", { class: "history" }, writes.map((write, at) => h("li", { key: String(at) }, h("p", null, h("time", { datetime: write.at }, dayAndTime(write.at)), " by ", source(write)),
      facts(Object.entries(write.changes).map(([name, value]) => [name, /** @type {string} */ (value) || h("i", null, "cleared")]))))),
    theFirst(writes, MOST_ASKED),
  ];
}

/** @param {any} data */
function listsView(data) {
  return [
    back("records", "Records"), heading("Lists"),
    data.results.length ? table("Lists", ["List", "Object type", "#Members"], data.results.map((/** @type {any} */ one) =>
      linkRow(one.id, link(`records/lists/${one.id}`), one.name, [cell(one.object_type_id), num(one.size)])))
      : empty("No list yet", h("p", null, "An import with createContactListFromImport makes one.")),
    pager("", { after: data.after }),
  ];
}

/** @param {any} data */
function listView(data) {
  return [
    back("records/lists", "Lists"), heading(data.name),
    h("p", { class: "summary" }, `${counted(data.size, "member")} · ${data.object_type_id} · id ${data.id}`),
    table("Members", ["Record", "@Added"], data.members.map((/** @type {any} */ one) =>
      linkRow(one.record_id, recordLink(data.object_type_id, one.record_id), one.record_id, [cell(ago(one.added_at), "time")]))),
    pager("", { after: data.after }),
  ];
}
