// The frame of the page: the bar with the clock, the list of views, and the view that the address names.

import { askAgain, change, get, Refused, useTokenDialog } from "./api.js";
import { byId, h, say, show } from "./dom.js";
import { follow } from "./live.js";
import { act, button, counted, dayAndTime, number, problem, select } from "./parts.js";
import { draw, here, link, onDraw, readPortal, readRoute, state } from "./state.js";

/**
 * @typedef {{ load: (signal: AbortSignal) => Promise<unknown>, view: (data: any) => import("./dom.js").Child[],
 *   title: (data: any) => string }} View
 */

/** @type {Record<string, { name: string, count?: "imports" | "journal" | "records" | "faults", module: () => Promise<View> }>} */
const VIEWS = {
  imports: { name: "Imports", count: "imports", module: () => import("./imports.js") },
  journal: { name: "Journal", count: "journal", module: () => import("./journal.js") },
  records: { name: "Records", count: "records", module: () => import("./records.js") },
  faults: { name: "Faults", count: "faults", module: () => import("./faults.js") },
  clock: { name: "Clock", module: () => import("./clock.js") },
  scenario: { name: "Scenario", module: () => import("./scenario.js") },
  rules: { name: "Rules", module: () => import("./rules.js") },
  try: { name: "Try a file", module: () => import("./try.js") },
  portals: { name: "Portals", module: () => import("./portals.js") },
};

/** @type {{ address: string, view: View | null, data: unknown, fault: Refused | null }} */
const shown = { address: "", view: null, data: null, fault: null };
/** @type {AbortController | null} */
let loading = null;
let isLoading = false;
let isAskedAgain = false;

async function go() {
  state.route = readRoute();
  const address = location.hash;
  const isOther = shown.address.split("?")[0] !== address.split("?")[0];
  loading?.abort();
  const mine = loading = new AbortController();
  if (isOther) state.problem = "";
  try {
    const row = VIEWS[state.route.view];
    const view = row ? await row.module() : null;
    const [data] = await Promise.all([view?.load(mine.signal), readPortal()]);
    if (mine.signal.aborted) return;
    Object.assign(shown, { address, view, data, fault: null });
  } catch (fault) {
    if (mine.signal.aborted) return;
    if (!(fault instanceof Refused)) throw fault;
    if (fault.status === 0) { connected(false); if (!isOther) return; }
    Object.assign(shown, { address, fault });
    if (isOther) shown.view = null;
    if (fault.status !== 0) await readPortal().catch(() => { state.portal = null; });
  }
  drawPage();
  if (isOther) {
    for (const one of document.querySelectorAll("nav [aria-current]")) one.scrollIntoView({ block: "nearest", inline: "nearest" });
    window.scrollTo(0, 0);
    const heading = byId("main").querySelector("h1");
    if (document.activeElement === document.body || byId("main").contains(document.activeElement)) heading?.focus();
    say(document.title);
  }
}

/** Reads what is shown again: once more afterwards, if it is asked for meanwhile. */
async function refresh() {
  if (isLoading) { isAskedAgain = true; return; }
  isLoading = true;
  try {
    do {
      isAskedAgain = false;
      const { address, view } = shown;
      if (address !== location.hash || !loading) break;
      const [data] = await Promise.all([view?.load(loading.signal), readPortal()]);
      if (address === location.hash) Object.assign(shown, { data, fault: null });
      connected(true);
    } while (isAskedAgain);
  } catch (fault) {
    if (fault instanceof Refused && fault.status === 0) connected(false);
    else if (fault instanceof Refused && fault.status === 404) void go();
    else if (!(fault instanceof Refused) && !(fault instanceof DOMException)) throw fault;
  } finally {
    isLoading = false;
  }
  drawPage();
}

/** @param {boolean} isConnected */
function connected(isConnected) {
  if (state.isConnected === isConnected) return;
  state.isConnected = isConnected;
  say(isConnected ? "The server answers again." : "The server does not answer.");
  drawPage();
}

function drawPage() {
  show(byId("bar"), ...bar());
  show(byId("views"), ...views());
  if (shown.address !== location.hash) return; // what the address names is being read
  const view = shown.view;
  const parts = shown.fault ? [refusal(shown.fault)] : view ? view.view(shown.data) : [h("h1", { tabindex: "-1" }, "There is no such view")];
  show(byId("main"), state.isConnected ? null : h("p", { class: "offline", role: "status" },
    "The server does not answer. This page goes on by itself as soon as it does."), problem(), parts);
  document.body.dataset.shown = shown.address; // for those who wait until a view is there
  const title = shown.fault || !view ? "" : view.title(shown.data);
  document.title = [title, state.route.portal, "hubspot-mock"].filter(Boolean).join(" · ");
}

/** @param {Refused} fault */
function refusal(fault) {
  const isGone = fault.status === 404 && fault.body.message?.includes("no portal");
  return h("div", { class: "empty" },
    h("h1", { tabindex: "-1" }, isGone ? `There is no portal ${state.route.portal}` : fault.message),
    h("p", null, isGone ? "It was dropped, or the server was started again." : fault.body.hint ?? ""),
    fault.body.rule === "control-token" ? h("p", null, button("Give the token", () => { askAgain(); void go(); }, { class: "main" }))
      : h("p", null, h("a", { href: link("portals", {}, "default") }, "All portals")));
}

// -- the bar -----------------------------------------------------------------------------------------------------------

const PACES = ["instant", "polls", "realtime", "manual"];

function bar() {
  const portal = state.portal, key = state.route.portal;
  return [
    h("a", { class: "brand", href: link("imports") }, h("span", { class: "dot" + (state.isConnected ? "" : " off"),
      role: "img", "aria-label": state.isConnected ? "connected" : "not connected" }), h("b", null, "hubspot-mock")),
    h("div", { class: "group" },
      select(key, state.keys.length ? state.keys : [key], (chosen) => { location.hash = link(state.route.view in VIEWS ? state.route.view : "imports", {}, chosen); },
        { "aria-label": "Portal", class: "portal" }),
      portal ? h("a", { class: "scenario", href: link("scenario"), title: `Scenario ${portal.scenario}` }, `scenario ${portal.scenario}`) : null),
    portal ? h("div", { class: "group time" },
      h("time", { datetime: portal.clock.now, "aria-label": `The portal's time: ${dayAndTime(portal.clock.now)}` }, dayAndTime(portal.clock.now)),
      select(portal.clock.pace, PACES, (pace) => tell("/clock", { pace }, `Pace: ${pace}`), { "aria-label": "Pace of the clock" }),
      h("span", { class: "steps" },
        button("+1 s", () => tell("/clock/advance", { seconds: 1 }), { "aria-label": "+1 s: advance the clock by one second" }),
        button("+1 min", () => tell("/clock/advance", { seconds: 60 }), { "aria-label": "+1 min: advance the clock by one minute" }),
        button("next ▸", () => tell("/clock", { now: state.portal?.clock.next_due }), {
          "aria-label": "next: advance the clock to the next event", disabled: !portal.clock.next_due,
          title: portal.clock.next_due ? `Next: ${dayAndTime(portal.clock.next_due)}` : "Nothing is due",
        }))) : null,
  ];
}

/** @param {string} path @param {unknown} body @param {string} [done] */
function tell(path, body, done) {
  return act(() => change("POST", path, here(), body), done);
}

function views() {
  const counts = state.portal?.counts;
  return [h("ul", null, Object.entries(VIEWS).map(([id, { name, count }]) => h("li", { key: id },
    h("a", { href: link(id), "aria-current": state.route.view === id ? "page" : null }, h("span", null, name),
      counts && count ? h("span", { class: "count", "aria-label": counted(counts[count], "entry", "entries") }, number(counts[count])) : null))))];
}

// -- the control token -------------------------------------------------------------------------------------------------

useTokenDialog(() => new Promise((resolve) => {
  const dialog = /** @type {HTMLDialogElement} */ (byId("dialog"));
  const input = /** @type {HTMLInputElement} */ (h("input", { type: "password", autocomplete: "off", id: "token", required: true }));
  let given = /** @type {string | null} */ (null);
  show(dialog);
  dialog.append(h("form", {
    onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); given = input.value; dialog.close(); },
  },
  h("h2", { id: "dialog-title" }, "Control token"),
  h("p", null, "This server was started with HUBSPOT_MOCK_SERVER_CONTROL_TOKEN. The page keeps the token in memory until it is closed."),
  h("label", { for: "token" }, "Token"), input,
  h("div", { class: "actions" }, h("button", { type: "submit", class: "main" }, "Continue"))));
  dialog.onclose = () => resolve(given);
  dialog.showModal();
}));

// -- start -------------------------------------------------------------------------------------------------------------

async function readKeys() {
  const { results } = await get("/portals", { limit: 100 });
  state.keys = results.map((/** @type {{ key: string }} */ one) => one.key);
}

byId("skip").onclick = () => byId("main").focus();
onDraw(drawPage);
window.addEventListener("hashchange", () => void go());
window.addEventListener("mock-changed", () => void refresh());
window.addEventListener("focusin", (event) => {
  if (event.target instanceof HTMLSelectElement && event.target.classList.contains("portal")) void readKeys().then(draw, () => {});
});
follow({
  portal: () => state.route.portal,
  changed: () => void refresh(),
  connected,
  ticks: () => state.portal?.clock.pace === "realtime" || !state.isConnected,
});
void readKeys().catch(() => {}).then(go);
