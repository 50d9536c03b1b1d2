// The pieces that several views are made of.

import { change, Refused } from "./api.js";
import { h, oneLine, say } from "./dom.js";
import { draw, FIRST_PAGE, here, link, refine, state } from "./state.js";

export const SHAPES = /** @type {Words} */ ({
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

const EVIDENCE = /** @type {Words} */ ({
  recorded: "seen in recorded answers of HubSpot", spec: "stated by HubSpot's OpenAPI files",
  docs: "stated by HubSpot's guides", seen: "seen in answers that others quoted", inferred: "a guess",
});

/** @param {string} evidence @param {string} [source] */
export function evidenceOf(evidence, source) {
  return h("span", { class: "evidence", title: EVIDENCE[evidence] ?? "" }, h("b", null, evidence), source ? ` · ${source}` : "");
}

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
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

/** A moment, with day and time where one points at it.
 * @param {string} iso @param {(iso: string) => string} shown @param {...Child} children
 */
export function when(iso, shown, ...children) {
  return h("time", { datetime: iso, title: dayAndTime(iso) }, shown(iso), ...children);
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

/** @param {string} text @param {(event: Event) => void} onclick @param {Props} [more] */
export function button(text, onclick, more = {}) {
  return h("button", { type: "button", ...more, onclick }, text);
}

let usedPlace = ""; // where something was pressed, chosen or dropped last
for (const type of ["click", "change", "drop"]) {
  document.addEventListener(type, ({ target }) => {
    usedPlace = target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest("[data-place]"))?.dataset.place ?? "" : "";
  }, true);
}

/** Buttons, and what one of them said when it was refused.
 * @param {string} place a name that no other group of the view has
 * @param {string} name its class
 * @param {...(Child | Child[])} children
 */
export function group(place, name, ...children) {
  return h("div", { class: name, "data-place": place }, ...children, state.problem?.place === place ? problem(place) : null);
}

/** A button that copies a text.
 * @param {string} text
 * @param {string | (() => string)} copied
 * @param {Props} [more]
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

const KINDS = /** @type {Words} */ ({ "#": "number", "@": "time", "~": "narrow", "!": "buttons" });

/** A table that scrolls within its frame; where there is little space, each row is a list of its cells.
 * @param {string} label
 * @param {string[]} head what the columns hold: after "#" numbers, after "@" times, after "~" little, after "!" buttons
 * @param {HTMLElement[]} rows
 * @param {Props} [more]
 */
export function table(label, head, rows, more = {}) {
  const columns = head.map((one) => (one[0] in KINDS ? { text: one.slice(1), kind: KINDS[one[0]] } : { text: one, kind: "" }));
  for (const row of rows) {
    [...row.children].forEach((one, at) => { if (columns[at].kind !== "buttons" && !one.hasAttribute("colspan")) /** @type {HTMLElement} */ (one).dataset.label = columns[at].text; });
  }
  return h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": label, ...more },
    h("table", null,
      h("thead", null, h("tr", null, columns.map(({ text, kind }) => h("th", { scope: "col", class: kind || null }, kind === "buttons" ? h("span", { class: "unseen" }, text) : text)))),
      h("tbody", null, rows)));
}

/** A row that is a link: Enter opens it, a click anywhere on it too, and the arrow keys move between such rows.
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
  before,
  rowLink(address, title),
  cells);
}

/** The head of a row, which is a link.
 * @param {string} address @param {Child} text
 */
export function rowLink(address, text) {
  return h("th", { scope: "row" }, h("a", { class: "open", href: address }, text));
}

/** @param {...(Child | Child[])} children */
export function note(...children) {
  return h("p", { class: "note" }, ...children);
}

/** @param {string} text @param {...Child} children */
export function prose(text, ...children) {
  return cell(h("div", { class: "prose" }, long(text), ...children), "prose");
}

/** Says that a list may go on.
 * @param {unknown[]} all @param {number} most that are shown
 */
export function theFirst(all, most) {
  return all.length < most ? null : note(`The first ${most} are shown.`);
}

/** @param {number} count */
export function num(count) {
  return cell(number(count), "number");
}

/** @param {Child} text @param {string} [name] */
export function cell(text, name) {
  return h("td", { class: name ?? null }, text);
}

/** The buttons of a list in pages.
 * @param {string} text
 * @param {Query} next what the address of the next page says; nothing at the last page
 * @param {string} [word]
 */
export function pager(text, next, word = "Next page") {
  const isFurther = Object.keys(FIRST_PAGE).some((name) => state.route.query.get(name));
  return h("div", { class: "pager" },
    h("span", null, text),
    isFurther ? button("First page", () => refine(FIRST_PAGE)) : null,
    Object.values(next).some((one) => one !== null) ? button(word, () => refine({ ...FIRST_PAGE, ...next })) : null);
}

/** The buttons that show other columns of a wide file.
 * @param {number} first the number of the first column that is shown
 * @param {number} most how many are shown at a time
 * @param {number} count of all columns
 * @param {(column: number) => void} to
 */
export function columnsPager(first, most, count, to) {
  return count <= most ? null : h("div", { class: "pager" }, h("span", null, `Columns ${number(first)} to ${number(Math.min(count, first + most - 1))} of ${number(count)}`),
    button("‹ Columns", () => to(first - most), { disabled: first <= 1 }), button("Columns ›", () => to(first + most), { disabled: first + most > count }));
}

/** The heading of a view with what stands beside it.
 * @param {string} text
 * @param {...Child} beside
 */
export function heading(text, ...beside) {
  return h("div", { class: "head" }, h("h1", { tabindex: "-1", title: text.length > 80 ? text : null }, text), beside);
}

/** @param {string} path @param {string} text */
export function back(path, text) {
  return h("p", { class: "back" }, h("a", { href: link(path) }, `‹ ${text}`));
}

/** @param {string} label @param {...Child} children */
export function filters(label, ...children) {
  return h("div", { class: "filters", role: "search", "aria-label": label }, children);
}

/** A choice that the address keeps.
 * @param {string} name the parameter of the address
 * @param {string} label
 * @param {Options} options
 */
export function choice(name, label, options) {
  return select(state.route.query.get(name) ?? "", options, (value) => refine({ ...FIRST_PAGE, [name]: value }), { "aria-label": label });
}

/** A text to search for, which the address keeps.
 * @param {string} name the parameter of the address
 * @param {string} label
 * @param {string} placeholder
 */
export function searchBox(name, label, placeholder) {
  return textInput(state.route.query.get(name) ?? "", (value) => refine({ ...FIRST_PAGE, [name]: value }), { type: "search", placeholder, "aria-label": label });
}

/** @param {string} type @param {string} id */
export function recordLink(type, id) {
  return link(`records/${encodeURIComponent(type)}/${id}`);
}

/** @param {string} id */
export function ruleLink(id) {
  return h("a", { href: link(`rules/${encodeURIComponent(id)}`) }, id);
}

/** A value in one line, cut where there is no space.
 * @param {string} text
 * @param {string} [tag]
 */
export function value(text, tag = "span") {
  const line = oneLine(text);
  return line && h(tag, { class: "value", title: text.length > 24 ? line : null }, line);
}

/** A text, of which only the beginning is shown at first if it is long.
 * @param {string} text
 */
export function long(text) {
  if (text.length <= MOST_TEXT) return text;
  return h("details", { class: "long" }, h("summary", null, h("span", null, `${text.slice(0, MOST_TEXT - 100)}… `), h("small", null, `all ${number(text.length)} characters`)), text);
}

const MOST_TEXT = 300;

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
    .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, typeof value === "string" ? long(value) : value))));
}

/** What is wrong, what was expected and what to do.
 * @param {Diagnosis} diagnosis
 * @param {string} title
 */
export function diagnosisOf(diagnosis, title) {
  return h("section", { class: "diagnosis" },
    h("h2", null, title),
    facts([
      ["rule", ruleLink(diagnosis.rule)],
      ["where", diagnosis.pointer ? h("code", null, diagnosis.pointer) : null],
      ["expected", diagnosis.expected],
      ["got", diagnosis.got],
      ["what to do", diagnosis.hint],
      ["evidence", diagnosis.evidence ? evidenceOf(diagnosis.evidence, diagnosis.source) : null],
    ]));
}

/** @type {Set<string>} the places where something is being done */
const busy = new Set();

/** Does something on the server; a refusal is shown where the button is that was pressed.
 * @param {() => Promise<unknown>} work gives false if nothing was done after all
 * @param {string} [done] said when it has worked
 * @param {string} [place]
 */
export async function act(work, done, place = usedPlace) {
  state.problem = null;
  try {
    if (await work() !== false && done) {
      say(done);
      flash(done);
    }
  } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    const field = fault.body.pointer?.split("/")[1] ?? "";
    const isShown = document.querySelector(`[data-place="${CSS.escape(place)}"] [name="${CSS.escape(field)}"]`);
    state.problem = { place, field, text: wording(fault, isShown ? field : "") };
    say(state.problem.text);
  }
  window.dispatchEvent(new Event("mock-changed"));
  draw();
}

/** Posts to a path of the control API, for the portal that is shown.
 * @param {string} path @param {unknown} body @param {string} [done]
 */
export function tell(path, body, done) {
  return act(() => change("POST", path, here(), body), done);
}

/** Returns in a sentence why something was refused: without the control API's words, and with short lists.
 * @param {Refused} fault @param {string} [field] at which it is said
 */
export function wording({ message, body }, field) {
  const text = message.replace(/^the body is not JSON.*nor TOML: /, "The file is not TOML: ").replace("the control API has no", "There is no").replace(field ? `${field}: ` : "", "")
    .replace(/((?:[\w.-]+, ){2}[\w.-]+)((?:, [\w.-]+){3,})/g, (_all, first, rest) => `${first} and ${rest.split(", ").length - 1} more`);
  const hint = body.hint && !/\/_mock|^Did you mean/.test(body.hint) && !text.includes(body.hint) ? ` ${body.hint}` : "";
  return text.replace(/^[a-z]+(?= )/, (word) => word[0].toUpperCase() + word.slice(1)) + (/[.!?]$/.test(text) ? "" : ".") + hint;
}

/** What the last action said when it was refused, if it is not shown where that happened.
 * @param {string} [place]
 */
export function problem(place) {
  if (!state.problem || (place === undefined && document.querySelector(`[data-place="${CSS.escape(state.problem.place)}"]`))) return null;
  return h("div", { class: "problem", role: "alert" }, h("p", null, long(state.problem.text)),
    button("Close", () => { state.problem = null; draw(); }, { class: "quiet", "aria-label": "Close this message" }));
}

/** A form; what is wrong with it is shown at the field in question, or below all of them. It is sent once at a time.
 * @param {string} place a name that no other form of the view has
 * @param {() => Promise<unknown>} work
 * @param {string} done
 * @param {...(Child | Child[])} children
 */
export function form(place, work, done, ...children) {
  const made = h("form", { class: "row", "data-place": place, onsubmit: async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy.has(place)) return;
    busy.add(place);
    await act(work, done, place).finally(() => busy.delete(place));
    setTimeout(() => /** @type {HTMLElement | null} */ (document.querySelector("[aria-invalid]"))?.focus()); // once it is drawn
  } }, ...children);
  if (state.problem?.place === place) {
    const input = made.querySelector(`[name="${CSS.escape(state.problem.field)}"]`);
    const id = `wrong-${place}`;
    (input?.parentElement ?? made).append(h("small", { class: "mistake", id, role: "alert" }, long(state.problem.text)));
    input?.setAttribute("aria-invalid", "true");
    input?.setAttribute("aria-describedby", id);
    input?.closest("details")?.setAttribute("open", "");
  }
  return made;
}

/** Asks something in a dialog. Returns what was typed, or "" where there is nothing to type; null if it was declined.
 * @param {string} title
 * @param {string} text
 * @param {string} verb what the button says that agrees
 * @param {string} [label] of what is to be typed
 * @returns {Promise<string | null>}
 */
export function ask(title, text, verb, label) {
  const input = /** @type {HTMLInputElement} */ (h("input", { type: "password", autocomplete: "off", required: true }));
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog", { "aria-labelledby": "dialog-title", "aria-describedby": "dialog-text" },
    h("form", { method: "dialog" },
      h("h2", { id: "dialog-title" }, title), h("p", { id: "dialog-text" }, text), label ? field(label, input) : null,
      h("div", { class: "actions" }, h("button", { type: "button", autofocus: !label, onclick: () => dialog.close() }, "Cancel"),
        h("button", { value: "yes", class: label ? "main" : "main danger" }, verb)))));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes" ? input.value : null);
    };
  });
}

/** Does what cannot be undone, after asking; false if it was declined.
 * @param {string} title
 * @param {string} text
 * @param {string} verb
 * @param {() => Promise<unknown>} work
 */
export async function confirmed(title, text, verb, work) {
  return await ask(title, text, verb) !== null && work();
}

/** Resets a portal to its scenario, after asking.
 * @param {string} key
 */
export function reset(key) {
  return act(() => confirmed(`Reset ${key}?`, `The records, imports and journal of ${key} are lost. Its tokens stay.`, "Reset",
    () => change("POST", "/reset", { portal: key })), `${key} is as its scenario says`);
}

/** A labelled field.
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
 * @param {Options} options values, or values with their texts
 * @param {(value: string) => void} choose
 * @param {Props} [more]
 */
export function select(value, options, choose, more = {}) {
  const pairs = options.map((one) => (typeof one === "string" ? /** @type {[string, string]} */ ([one, one]) : one));
  if (!pairs.some(([known]) => known === value)) pairs.push([value, value]);
  return h("select", { ...more, onchange: (/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value) },
    pairs.map(([known, text]) => h("option", { value: known, selected: known === value }, text)));
}

/** @param {string} value @param {(value: string) => void} type @param {Props} [more] */
export function textInput(value, type, more = {}) {
  return h("input", {
    type: "text", autocomplete: "off", spellcheck: "false", ...more, value,
    oninput: (/** @type {Event} */ event) => type(/** @type {HTMLInputElement} */ (event.target).value),
  });
}
