// What the page knows, where it is, and how a change gets onto it.

import { get } from "./api.js";

export const state = {
  /** @type {Route} */
  route: { portal: "default", view: "imports", rest: [], query: new URLSearchParams() },
  /** @type {Portal | null} */
  portal: null,
  /** @type {string[]} */
  keys: [],
  isConnected: true,
  /** @type {{ place: string, field: string, text: string } | null} what the last action said when it failed, and where */
  problem: null,
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

/** Returns the address of a view.
 * @param {string} path "imports/55000001", below the portal; "" is its first view
 * @param {Query} [query]
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

/** The parameters of an address that say which page of a list is shown. */
export const FIRST_PAGE = { before: "", after: "", line: "", cell: "" };

/** Changes a parameter of the address without a new entry in the browser's history.
 * @param {Query} changed
 */
export function refine(changed) {
  const { view, rest, query } = state.route;
  const all = { ...Object.fromEntries(query), ...changed };
  history.replaceState(null, "", link([view, ...rest].map(encodeURIComponent).join("/"), all));
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** Returns a query that names the portal that is shown.
 * @param {Query} [query]
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
