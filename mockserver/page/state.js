// What the page knows, where it is, and how a change gets onto it.

import { get } from "./api.js";

/**
 * @typedef {{ portal: string, view: string, rest: string[], query: URLSearchParams }} Route
 * @typedef {{ key: string, portal_id: number, scenario: string, pace: string, tokens: string[],
 *   apps: { name: string, token: string, kind: string, scopes: string[] | null }[],
 *   counts: { imports: number, journal: number, records: number, faults: number }, clock: Clock }} Portal
 * @typedef {{ now: string, millis: number, pace: string, speed: number, next_due: string | null }} Clock
 */

export const state = {
  /** @type {Route} */
  route: { portal: "default", view: "imports", rest: [], query: new URLSearchParams() },
  /** @type {Portal | null} */
  portal: null,
  /** @type {string[]} */
  keys: [],
  isConnected: true,
  /** @type {string} what the last action said when it failed */
  problem: "",
};

/** @type {() => void} */
let redraw = () => {};
let isDrawing = false;

/** @param {() => void} draw */
export function onDraw(draw) {
  redraw = draw;
}

/** Draws the page soon: once, however many changes ask for it. */
export function draw() {
  if (isDrawing) return;
  isDrawing = true;
  queueMicrotask(() => {
    isDrawing = false;
    redraw();
  });
}

/** @returns {Route} */
export function readRoute() {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [portal, view, ...rest] = path.split("/").filter(Boolean).map(decode);
  return { portal: portal || "default", view: view || "imports", rest, query: new URLSearchParams(query) };
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * Returns the address of a view.
 * @param {string} path "imports/55000001", below the portal; "" is its first view
 * @param {import("./api.js").Query} [query]
 * @param {string} [portal]
 */
export function link(path, query, portal) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  const key = encodeURIComponent(portal ?? state.route.portal);
  return `#/${key}/${path}${text ? `?${text}` : ""}`;
}

/**
 * Changes a parameter of the address without a new entry in the browser's history.
 * @param {import("./api.js").Query} changed
 */
export function refine(changed) {
  const { view, rest, query } = state.route;
  const all = { ...Object.fromEntries(query), ...changed };
  history.replaceState(null, "", link([view, ...rest].map(encodeURIComponent).join("/"), all));
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Returns a query that names the portal that is shown.
 * @param {import("./api.js").Query} [query]
 */
export function here(query) {
  return { ...query, portal: state.route.portal };
}

/** Reads the names of the portal's apps.
 * @param {AbortSignal} signal
 * @returns {Promise<string[]>}
 */
export async function appNames(signal) {
  const { results, created_by_calls: others } = await get("/apps", here(), signal);
  return [...results.map((/** @type {{ name: string }} */ app) => app.name), ...others];
}

/** Reads the portal that is shown: its clock and its counts. */
export async function readPortal() {
  state.portal = await get(`/portals/${encodeURIComponent(state.route.portal)}`);
}
