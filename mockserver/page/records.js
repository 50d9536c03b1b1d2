// The records of a portal by type, one record with where its values came from, and the lists.

import { get, segment } from "./api.js";
import { h } from "./dom.js";
import { ago, cell, codeBlock, counted, dayAndTime, empty, facts, linkRow, number, pager, select, table, textInput } from "./parts.js";
import { here, link, refine, state } from "./state.js";

const PAGE = 50;
const MOST_SHOWN = 4;
/** Properties that HubSpot sets itself, and that say little about a record. */
const OWN = /^(hs_|createdate$|lastmodifieddate$|num_|notes_)/;

/** @param {AbortSignal} signal */
export async function load(signal) {
  const { rest: [type, id], query } = state.route;
  if (type === "lists") {
    return id ? get(`/lists/${segment(id)}`, here({ limit: PAGE, after: query.get("after") }), signal) : get("/lists", here({ limit: PAGE, after: query.get("after") }), signal);
  }
  if (type && id) return get(`/records/${segment(type)}/${segment(id)}`, here({ property: query.get("property") ?? "hs_object_id", limit: 100 }), signal);
  const { counts } = await get("/records/counts", here(), signal);
  const chosen = type ?? Object.keys(counts)[0];
  const page = chosen ? await get("/records", here({ type: chosen, search: query.get("search"), limit: PAGE, after: query.get("after") }), signal) : null;
  return { counts, type: chosen, page };
}

/** @param {any} data */
export function title(data) {
  const [type, id] = state.route.rest;
  return id ? `${type} ${id}` : data.type ?? "Records";
}

/** @param {any} data */
export function view(data) {
  const [type, id] = state.route.rest;
  if (type === "lists") return id ? listView(data) : listsView(data);
  if (id) return recordView(data);
  const query = state.route.query, counts = /** @type {Record<string, number>} */ (data.counts);
  const types = [...new Set([...Object.keys(counts), ...(data.type ? [data.type] : [])])];
  if (!data.page) {
    return [h("h1", { tabindex: "-1" }, "Records"), empty("No record yet",
      h("p", null, "Imports and HubSpot's object APIs write them; a scenario or a seed puts them here at once."),
      codeBlock(`curl --request POST '${location.origin}/_mock/seed?portal=${state.route.portal}' \\\n  --data '{"records": {"contacts": [{"email": "ada@example.com", "firstname": "Ada"}]}}'`, "Seed a contact"))];
  }
  const results = /** @type {any[]} */ (data.page.results);
  const columns = commonest(results);
  return [
    h("div", { class: "head" }, h("h1", { tabindex: "-1" }, "Records"),
      h("div", { class: "filters", role: "search", "aria-label": "Search records" },
        select(data.type, types.map((one) => /** @type {[string, string]} */ ([one, `${one} ${number(counts[one] ?? 0)}`])), (one) => { location.hash = link(`records/${encodeURIComponent(one)}`); }, { "aria-label": "Object type" }),
        textInput(query.get("search") ?? "", (search) => refine({ search, after: "" }), { type: "search", placeholder: "search values", "aria-label": "Search values" }),
        h("a", { href: link("records/lists") }, "Lists"))),
    results.length
      ? table(`Records of ${data.type}`, ["Record", ...columns.map((name) => ({ text: h("code", null, name) })), { text: "Id", class: "number" }, { text: "Changed", class: "time" }],
        results.map((one) => linkRow(one.id, link(`records/${encodeURIComponent(data.type)}/${one.id}`), titleOf(one.properties) || one.id,
          [...columns.map((name) => cell(h("span", { class: "value", title: one.properties[name]?.length > 24 ? one.properties[name] : null }, one.properties[name] ?? ""))), cell(h("code", null, one.id), "number"),
            cell(h("time", { datetime: one.updated_at, title: one.updated_at }, ago(one.updated_at)), "time")])))
      : empty(query.get("search") ? (data.page.after ? "None among these" : "No record has such a value") : "No record of this type"),
    pager({
      text: query.get("search") && data.page.searched !== null ? `${counted(data.page.searched, "record")} searched, of ${number(data.page.total)}` : counted(data.page.total, "record"),
      more: data.page.after ? () => refine({ after: data.page.after }) : null,
      first: query.get("after") ? () => refine({ after: "" }) : null,
      older: query.get("search") ? "Search on" : "Next page",
    }),
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

const SOURCES = /** @type {Record<string, string>} */ ({ IMPORT: "import", API: "API", INTEGRATION: "API", SCENARIO: "scenario" });

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
    h("p", { class: "back" }, h("a", { href: link(`records/${encodeURIComponent(one.object_type)}`) }, `‹ ${one.object_type}`)),
    h("div", { class: "head" }, h("h1", { tabindex: "-1" }, titleOf(one.properties) || `${one.object_type} ${one.id}`)),
    h("p", { class: "summary" }, `${one.object_type} · id ${one.id} · created ${dayAndTime(one.created_at)} · changed ${ago(one.updated_at)}`),
    h("h2", null, "Properties"),
    table("Properties", ["Property", "Value", "Came from", { text: "When", class: "time" }], names.slice(0, 300).map((name) => {
      const write = origin(name);
      return h("tr", { key: name }, h("th", { scope: "row" }, h("code", null, name)), cell(h("span", { class: "prose" }, one.properties[name]), "prose"),
        cell(write ? source(write) : "HubSpot itself"), cell(write ? h("time", { datetime: write.at, title: dayAndTime(write.at) }, ago(write.at)) : "", "time"));
    })),
    h("h2", null, "Associations"),
    one.associations.length ? table("Associations", ["Record", "Label", "Type"], one.associations.map((/** @type {any} */ to) => h("tr", { key: `${to.to_id} ${to.type_id} ${to.category}`, class: "row" },
      h("th", { scope: "row" }, h("a", { class: "open", href: link(`records/${encodeURIComponent(to.to_object_type)}/${to.to_id}`) }, `${to.to_object_type} ${to.to_id}`)),
      cell(to.label ?? ""), cell(h("code", null, `${to.category} ${to.type_id}`))))) : h("p", { class: "note" }, "None."),
    one.lists.length ? h("section", null, h("h2", null, "Lists"), h("ul", null, one.lists.map((/** @type {any} */ list) => h("li", null, h("a", { href: link(`records/lists/${list.id}`) }, list.name))))) : null,
    h("h2", null, "History"),
    h("ol", { class: "history" }, writes.map((write, at) => h("li", { key: String(at) }, h("p", null, h("time", { datetime: write.at }, dayAndTime(write.at)), " by ", source(write)),
      facts(Object.entries(write.changes).slice(0, 100).map(([name, value]) => [name, /** @type {string} */ (value) || h("i", null, "cleared")]))))),
  ];
}

/** @param {any} data */
function listsView(data) {
  return [
    h("p", { class: "back" }, h("a", { href: link("records") }, "‹ Records")), h("h1", { tabindex: "-1" }, "Lists"),
    data.results.length ? table("Lists", ["List", "Object type", { text: "Members", class: "number" }], data.results.map((/** @type {any} */ one) =>
      linkRow(one.id, link(`records/lists/${one.id}`), one.name, [cell(one.object_type_id), cell(number(one.size), "number")])))
      : empty("No list yet", h("p", null, "An import with createContactListFromImport makes one.")),
    pager({ text: "", more: data.after ? () => refine({ after: data.after }) : null, first: state.route.query.get("after") ? () => refine({ after: "" }) : null }),
  ];
}

/** @param {any} data */
function listView(data) {
  return [
    h("p", { class: "back" }, h("a", { href: link("records/lists") }, "‹ Lists")), h("h1", { tabindex: "-1" }, data.name),
    h("p", { class: "summary" }, `${counted(data.size, "member")} · ${data.object_type_id} · id ${data.id}`),
    table("Members", ["Record", { text: "Added", class: "time" }], data.members.map((/** @type {any} */ one) =>
      linkRow(one.record_id, link(`records/${encodeURIComponent(data.object_type_id)}/${one.record_id}`), one.record_id, [cell(ago(one.added_at), "time")]))),
    pager({ text: "", more: data.after ? () => refine({ after: data.after }) : null, first: state.route.query.get("after") ? () => refine({ after: "" }) : null }),
  ];
}
