// The frame of the page: the bar with the clock, the list of views, and the view that the address names.

import { askAgain, get, Refused, useTokenDialog } from "./api.js";
import * as clock from "./clock.js";
import { byId, h, say, show } from "./dom.js";
import * as faults from "./faults.js";
import * as imports from "./imports.js";
import * as journal from "./journal.js";
import { follow } from "./live.js";
import { ask, button, counted, dayAndTime, group, number, problem, select, tell, wording } from "./parts.js";
import * as portals from "./portals.js";
import * as records from "./records.js";
import * as rules from "./rules.js";
import * as scenario from "./scenario.js";
import { draw, link, onDraw, readPortal, readRoute, state } from "./state.js";
import * as trial from "./try.js";

/** @type {Record<string, [name: string, view: View, count?: "imports" | "journal" | "records" | "faults"]>} */
const VIEWS = {
  imports: ["Imports", imports, "imports"],
  journal: ["Journal", journal, "journal"],
  records: ["Records", records, "records"],
  faults: ["Faults", faults, "faults"],
  clock: ["Clock", clock],
  scenario: ["Scenario", scenario],
  rules: ["Rules", rules],
  try: ["Try a file", trial],
  portals: ["Portals", portals],
};

/** @type {{ address: string, view: View | null, data: unknown, fault: Refused | null }} */
const shown = { address: "", view: null, data: null, fault: null };
/** @type {AbortController | null} */
let loading = null;
let isReading = false;
let isAskedAgain = false;

/** Reads and shows what the address names. */
async function go() {
  state.route = readRoute();
  const address = location.hash, view = VIEWS[state.route.view]?.[1] ?? null;
  const isOther = shown.address.split("?")[0] !== address.split("?")[0];
  loading?.abort();
  const mine = loading = new AbortController();
  if (isOther) state.problem = null;
  try {
    const [data] = await Promise.all([view?.load(mine.signal), readPortal()]);
    if (mine.signal.aborted) return;
    Object.assign(shown, { address, view, data, fault: null });
    connected(true);
  } catch (fault) {
    if (mine.signal.aborted) return;
    if (!(fault instanceof Refused)) throw fault;
    if (fault.status === 0) connected(false);
    else await readPortal().catch(() => { state.portal = null; });
    if (fault.status === 0 && !isOther) return; // what is shown stays until the server answers
    Object.assign(shown, { address, view, fault });
  } finally {
    if (loading === mine) loading = null;
  }
  drawPage();
  if (isOther) {
    for (const one of document.querySelectorAll("nav [aria-current]")) one.scrollIntoView({ block: "nearest", inline: "nearest" });
    window.scrollTo(0, 0);
    if (document.activeElement === document.body || byId("main").contains(document.activeElement)) focusHeading();
    say(document.title);
  }
}

/** Reads what is shown again: once more afterwards, if it is asked for meanwhile. */
async function refresh() {
  if (isReading) { isAskedAgain = true; return; }
  if (loading) return;
  if (shown.address !== location.hash) return void go();
  isReading = true;
  try {
    do {
      isAskedAgain = false;
      const { address, view } = shown;
      const [data] = await Promise.all([view?.load(new AbortController().signal), readPortal()]);
      if (address === location.hash) Object.assign(shown, { data, fault: null });
      connected(true);
    } while (isAskedAgain && !loading);
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    if (fault.status === 0) connected(false);
    else if (fault.status === 404) void go();
  } finally {
    isReading = false;
  }
  drawPage();
}

function focusHeading() {
  byId("main").querySelector("h1")?.focus({ preventScroll: true });
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
  const focused = document.activeElement;
  const parts = shown.fault ? [refusal(shown.fault)] : view ? view.view(shown.data) : [h("h1", { tabindex: "-1" }, "There is no such view")];
  show(byId("main"), state.isConnected ? null : h("p", { class: "offline", role: "status" },
    "The server does not answer. This page goes on by itself as soon as it does."), problem(), parts);
  if (focused !== document.body && document.activeElement === document.body) focusHeading(); // what had the focus is gone
  document.body.dataset.shown = shown.address; // for those who wait until a view is there
  const title = shown.fault || !view ? "" : view.title?.(shown.data) || VIEWS[state.route.view][0];
  document.title = [title, state.route.portal, "hubspot-mock"].filter(Boolean).join(" · ");
}

/** @param {Refused} fault */
function refusal(fault) {
  const isGone = fault.status === 404 && fault.body.message?.includes("no portal"), isClosed = fault.body.rule === "control-token";
  return h("div", { class: "empty" },
    h("h1", { tabindex: "-1" }, isGone ? `There is no portal ${state.route.portal}` : isClosed ? "The page needs the control token" : wording(fault)),
    isGone ? h("p", null, "It was dropped, or the server was started again.") : null,
    isClosed ? h("p", null, button("Give the token", () => { askAgain(); void go(); }, { class: "main" }))
      : h("p", null, h("a", { href: link("portals", {}, "default") }, "All portals")));
}

function bar() {
  const portal = state.portal, key = state.route.portal;
  return [
    h("a", { class: "brand", href: link("imports") }, h("span", { class: "dot" + (state.isConnected ? "" : " off"),
      role: "img", "aria-label": state.isConnected ? "connected" : "not connected" }), h("b", null, "hubspot-mock")),
    h("div", { class: "group" },
      select(key, state.keys.length ? state.keys : [key], (chosen) => { location.hash = link(state.route.view in VIEWS ? state.route.view : "imports", {}, chosen); },
        { "aria-label": "Portal", class: "portal" }),
      portal ? h("a", { class: "scenario", href: link("scenario"), title: `Scenario ${portal.scenario}` }, `scenario ${portal.scenario}`) : null),
    portal ? group("bar", "group time",
      h("time", { datetime: portal.clock.now, "aria-label": `The portal's time: ${dayAndTime(portal.clock.now)}` }, dayAndTime(portal.clock.now)),
      select(portal.clock.pace, clock.PACES, (pace) => tell("/clock", { pace }, `Pace: ${pace}`), { "aria-label": "Pace of the clock" }),
      h("span", { class: "steps" },
        button("+1 s", () => tell("/clock/advance", { seconds: 1 }), { "aria-label": "+1 s: advance the clock by one second" }),
        button("+1 min", () => tell("/clock/advance", { seconds: 60 }), { "aria-label": "+1 min: advance the clock by one minute" }),
        button("next ▸", () => tell("/clock", { now: state.portal?.clock.next_due }), {
          "aria-label": "next: advance the clock to the next event", disabled: !portal.clock.next_due,
          title: portal.clock.next_due ? `Next: ${dayAndTime(portal.clock.next_due)}` : "Nothing is due",
        }))) : null,
  ];
}

function views() {
  const counts = state.portal?.counts;
  return [h("ul", null, Object.entries(VIEWS).map(([id, [name, , count]]) => h("li", { key: id },
    h("a", { href: link(id), "aria-current": state.route.view === id ? "page" : null }, h("span", null, name),
      counts && count ? h("span", { class: "count", "aria-label": counted(counts[count], "entry", "entries") }, number(counts[count])) : null))))];
}

useTokenDialog((isWrong) => ask("Control token", isWrong ? "That token is wrong. The server was started with another one."
  : "This server was started with a control token. The page keeps it in memory until it is closed.", "Continue", "Token"));

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
