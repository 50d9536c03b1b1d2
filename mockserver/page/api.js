// Calls the control API. A call that only looks says so, and changes nothing on the server.

const BASE = new URL("./", location.href).pathname; // /_mock/
const TOKEN = "X-Hubspot-Mock-Control-Token";

let token = ""; // kept in memory alone
/** @type {((isWrong: boolean) => Promise<string | null>) | null} */
let askForToken = null;
/** @type {Promise<string | null> | null} */
let asking = null;
let isDeclined = false; // somebody closed the dialog: it is not opened again unasked

/** @param {(isWrong: boolean) => Promise<string | null>} ask asks a person for the control token, or for another one */
export function useTokenDialog(ask) {
  askForToken = ask;
}

/** Lets the dialog be opened again, after somebody has closed it. */
export function askAgain() {
  isDeclined = false;
}

/** A call that was refused, or that did not reach the server (status 0). */
export class Refused extends Error {
  /** @param {number} status @param {Partial<RefusalBody>} body */
  constructor(status, body) {
    super(body.message ?? `The server answered with status ${status}.`);
    this.status = status;
    this.body = body;
  }
}

/** @param {string} path below /_mock @param {Query} [query] */
export function address(path, query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return BASE + path.replace(/^\//, "") + (text ? `?${text}` : "");
}

/** Makes a call and returns the answer, whatever it holds.
 * @param {string} method
 * @param {string} path
 * @param {{ query?: Query, body?: BodyInit, type?: string, signal?: AbortSignal }} [more]
 * @returns {Promise<Response>}
 */
export async function send(method, path, more = {}) {
  for (;;) {
    /** @type {Record<string, string>} */
    const headers = {}, tried = token;
    if (tried) headers[TOKEN] = tried;
    if (method === "GET") headers["X-Hubspot-Mock-Observe"] = "true";
    if (more.type) headers["Content-Type"] = more.type;
    let answer;
    try {
      answer = await fetch(address(path, more.query), {
        method, headers, body: more.body, signal: more.signal, cache: "no-store", credentials: "omit", redirect: "error",
      });
    } catch (fault) {
      if (fault instanceof DOMException && fault.name === "AbortError") throw fault;
      throw new Refused(0, { message: "The server does not answer." });
    }
    if (answer.ok) return answer;
    const body = await answer.json().catch(() => ({}));
    if (answer.status === 401 && body.rule === "control-token" && askForToken && !isDeclined) {
      if (token !== tried) continue; // another one was given meanwhile
      asking ??= askForToken(tried !== "").finally(() => { asking = null; });
      const given = await asking;
      isDeclined = given === null;
      if (given !== null) {
        token = given.replace(/[^ -~]/g, "?"); // a header has no other characters
        continue;
      }
    }
    throw new Refused(answer.status, body);
  }
}

/** @param {string} path @param {Query} [query] @param {AbortSignal} [signal] @returns {Promise<any>} */
export async function get(path, query, signal) {
  return (await send("GET", path, { query, signal })).json();
}

/** Changes something on the server.
 * @param {string} method
 * @param {string} path
 * @param {Query} [query]
 * @param {unknown} [body] sent as JSON
 * @returns {Promise<any>}
 */
export async function change(method, path, query, body) {
  const said = body === undefined ? {} : { body: JSON.stringify(body), type: "application/json" };
  return (await send(method, path, { query, ...said })).json();
}

/** @param {string | number} part */
export function segment(part) {
  return encodeURIComponent(String(part));
}
