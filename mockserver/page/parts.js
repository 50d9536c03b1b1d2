// The pieces that several views are made of.

import { Refused } from "./api.js";
import { h, say } from "./dom.js";
import { draw, link, state } from "./state.js";

/** @typedef {import("./dom.js").Child} Child */

const SHAPES = /** @type {Record<string, string>} */ ({
  STARTED: "○", DEFERRED: "◌", PROCESSING: "◐", DONE: "●", FAILED: "✕", CANCELED: "⊘", REVERTED: "↺",
});

/** A state as a chip: a shape, a word and a colour.
 * @param {string} name
 * @param {boolean} [held]
 */
export function chip(name, held = false) {
  return h("span", { class: `chip ${name.toLowerCase()}` },
    h("span", { class: "shape", "aria-hidden": "true" }, SHAPES[name] ?? "·"), name, held ? h("span", { class: "held" }, "held") : null);
}

/** @param {number} status 0: the connection was ended without an answer */
export function statusChip(status) {
  const kind = status === 0 ? "cut" : status < 400 ? "ok" : status < 500 ? "refused" : "broken";
  return h("span", { class: `status ${kind}` }, status === 0 ? "no answer" : String(status));
}

const EVIDENCE = /** @type {Record<string, string>} */ ({
  recorded: "seen in recorded answers of HubSpot", spec: "stated by HubSpot's OpenAPI files",
  docs: "stated by HubSpot's guides", seen: "seen in answers that others quoted", inferred: "a guess",
});

/**
 * @param {string} evidence
 * @param {string} [source]
 */
export function evidenceOf(evidence, source) {
  return h("span", { class: "evidence", title: EVIDENCE[evidence] ?? "" }, h("b", null, evidence), source ? ` · ${source}` : "");
}

const LOCALE = "en-GB";
const DAY = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const NUMBER = new Intl.NumberFormat("en-US");

/** @param {number} count */
export function number(count) {
  return NUMBER.format(count);
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many) {
  return `${number(count)} ${count === 1 ? one : many ?? one + "s"}`;
}

/** @param {string} iso */
export function clockTime(iso) {
  return iso.slice(11, 19);
}

/** @param {string} iso */
export function dayAndTime(iso) {
  return `${DAY.format(new Date(iso))} ${clockTime(iso)}`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 0) return "0 s";
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return counted(Math.floor(seconds / 86_400), "day");
}

/** How long ago something was, by the portal's clock.
 * @param {string} iso
 */
export function ago(iso) {
  const now = state.portal?.clock.millis ?? Date.parse(iso);
  return `${duration((now - Date.parse(iso)) / 1000)} ago`;
}

/** How long ago an import was created in real time, where that is known.
 * @param {{ real_created_at: string | null }} one
 */
export function realAge({ real_created_at: at }) {
  return at ? `${duration((Date.now() - Date.parse(at)) / 1000)} in real time` : "";
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/**
 * @param {string} text
 * @param {(event: Event) => void} onclick
 * @param {import("./dom.js").Props} [more]
 */
export function button(text, onclick, more = {}) {
  return h("button", { type: "button", ...more, onclick }, text);
}

/** A button that copies a text.
 * @param {string} text
 * @param {string | (() => string)} copied
 * @param {import("./dom.js").Props} [more]
 */
export function copyButton(text, copied, more = {}) {
  return h("button", {
    type: "button", class: "quiet", ...more,
    onclick: async () => {
      await copy(typeof copied === "string" ? copied : copied());
      say(`${text}: copied`);
      flash("Copied");
    },
  }, text);
}

/** @param {string} text */
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = h("textarea", { class: "unseen", "aria-hidden": "true" }, text);
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  /** @type {HTMLTextAreaElement} */ (area).select();
  document.execCommand("copy"); // where the page is not on localhost and without TLS
  area.remove();
}

let flashed = 0;

/** Shows a word for a moment.
 * @param {string} text
 */
export function flash(text) {
  document.querySelector(".flash")?.remove();
  const note = h("div", { class: "flash", "aria-hidden": "true" }, text);
  document.body.append(note);
  const mine = ++flashed;
  setTimeout(() => mine === flashed && note.remove(), 1500);
}

/** Lets a person save a file.
 * @param {string} name
 * @param {BlobPart[]} content
 * @param {string} type
 */
export function save(name, content, type) {
  const url = URL.createObjectURL(new Blob(content, { type }));
  const anchor = /** @type {HTMLAnchorElement} */ (h("a", { href: url, download: name }));
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * A table that scrolls within its frame.
 * @param {string} label
 * @param {(Child | { text: Child, class?: string })[]} head
 * @param {Child[]} rows
 * @param {import("./dom.js").Props} [more]
 */
export function table(label, head, rows, more = {}) {
  return h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": label, ...more },
    h("table", null,
      h("thead", null, h("tr", null, head.map((one) => {
        const { text, class: name } = one !== null && typeof one === "object" && !(one instanceof Node)
          ? /** @type {{ text: Child, class?: string }} */ (one) : { text: /** @type {Child} */ (one), class: undefined };
        return h("th", { scope: "col", class: name }, text);
      }))),
      h("tbody", null, rows)));
}

/**
 * A row that is a link: Enter opens it, a click anywhere on it too, and the arrow keys move between such rows.
 * @param {string} key
 * @param {string} address
 * @param {Child} title the text of the link
 * @param {Child[]} cells
 * @param {Child[]} [before] cells left of the link
 */
export function linkRow(key, address, title, cells, before = []) {
  return h("tr", {
    key, class: "row",
    onclick: (/** @type {MouseEvent} */ event) => {
      const target = /** @type {Element} */ (event.target);
      if (!target.closest("a, button, input, select") && !String(getSelection())) location.hash = address;
    },
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const row = /** @type {HTMLElement} */ (event.currentTarget);
      const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
      const anchor = /** @type {HTMLElement | null} */ (next?.querySelector("a.open") ?? null);
      if (anchor) {
        anchor.focus();
        event.preventDefault();
      }
    },
  },
  before.map((cell) => asCell(cell)),
  h("th", { scope: "row" }, h("a", { class: "open", href: address }, title)),
  cells.map((cell) => asCell(cell)));
}

/** @param {Child} cell */
function asCell(cell) {
  return cell instanceof HTMLElement && (cell.tagName === "TD" || cell.tagName === "TH") ? cell : h("td", null, cell);
}

/**
 * @param {Child} text
 * @param {string} [name]
 */
export function cell(text, name) {
  return h("td", { class: name ?? null }, text);
}

/** The buttons of a list in pages.
 * @param {{ text: string, more: (() => void) | null, first: (() => void) | null, older?: string }} pages
 */
export function pager({ text, more, first, older = "Next page" }) {
  return h("div", { class: "pager" },
    h("span", null, text),
    first ? button("First page", first) : null,
    more ? button(older, more) : null);
}

/** What there is to do where nothing is to be seen yet.
 * @param {string} title
 * @param {...Child} children
 */
export function empty(title, ...children) {
  return h("div", { class: "empty" }, h("h2", null, title), children);
}

/** A block of code with a button that copies it.
 * @param {string} code
 * @param {string} label
 */
export function codeBlock(code, label) {
  return h("figure", { class: "code" },
    h("figcaption", null, label, copyButton("Copy", code, { "aria-label": `Copy: ${label}` })),
    h("pre", { tabindex: "0", "aria-label": label }, h("code", null, code)));
}

/** @param {[string, Child][]} pairs */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));
}

/** What is wrong, what was expected and what to do.
 * @param {import("./api.js").Diagnosis} diagnosis
 * @param {string} title
 */
export function diagnosisOf(diagnosis, title) {
  return h("section", { class: "diagnosis" },
    h("h2", null, title),
    facts([
      ["rule", h("a", { href: link(`rules/${encodeURIComponent(diagnosis.rule)}`) }, diagnosis.rule)],
      ["where", diagnosis.pointer ? h("code", null, diagnosis.pointer) : null],
      ["expected", diagnosis.expected],
      ["got", diagnosis.got],
      ["what to do", diagnosis.hint],
      ["evidence", diagnosis.evidence ? evidenceOf(diagnosis.evidence, diagnosis.source) : null],
    ]));
}

/** Does something on the server; a refusal is shown where the page shows problems.
 * @param {() => Promise<unknown>} work
 * @param {string} [done] said when it has worked
 */
export async function act(work, done) {
  state.problem = "";
  try {
    await work();
    if (done) {
      say(done);
      flash(done);
    }
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    const hint = fault.body.hint && !fault.message.includes(fault.body.hint) ? ` ${fault.body.hint}` : "";
    state.problem = `${fault.message}${/[.!?]$/.test(fault.message) ? "" : "."}${hint}`;
    say(state.problem);
  }
  window.dispatchEvent(new Event("mock-changed"));
  draw();
}

/** What the last action said when it was refused. */
export function problem() {
  if (!state.problem) return null;
  return h("div", { class: "problem", role: "alert" }, h("p", null, state.problem),
    button("Close", () => { state.problem = ""; draw(); }, { class: "quiet", "aria-label": "Close this message" }));
}

/**
 * A labelled field.
 * @param {string} label
 * @param {HTMLElement} input
 * @param {string} [hint]
 */
export function field(label, input, hint) {
  input.setAttribute("aria-label", label);
  const id = hint ? `hint-${label.replaceAll(/\W+/g, "-")}` : null;
  if (id) input.setAttribute("aria-describedby", id);
  return h("label", { class: "field" }, h("span", null, label), input, hint ? h("small", { id }, hint) : null);
}

/**
 * @param {string} value
 * @param {(string | [string, string])[]} options values, or values with their texts
 * @param {(value: string) => void} choose
 * @param {import("./dom.js").Props} [more]
 */
export function select(value, options, choose, more = {}) {
  const pairs = options.map((one) => (typeof one === "string" ? /** @type {[string, string]} */ ([one, one]) : one));
  if (!pairs.some(([known]) => known === value)) pairs.push([value, value]);
  return h("select", { ...more, onchange: (/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value) },
    pairs.map(([known, text]) => h("option", { value: known, selected: known === value }, text)));
}

/** @param {string} value @param {(value: string) => void} type @param {import("./dom.js").Props} [more] */
export function textInput(value, type, more = {}) {
  return h("input", {
    type: "text", autocomplete: "off", spellcheck: "false", ...more, value,
    oninput: (/** @type {Event} */ event) => type(/** @type {HTMLInputElement} */ (event.target).value),
  });
}
