// Shows JSON: folded, searchable, and with the place of a mistake marked.

import { h } from "./dom.js";
import { draw } from "./state.js";
import { copyButton, note, textInput } from "./parts.js";

/** @type {Map<string, string>} what is searched for, by the name of what is shown */
const searches = new Map();

/** Shows a value as a tree that can be folded and searched.
 * @param {string} name what this is, as a heading says it
 * @param {unknown} value
 */
export function jsonTree(name, value) {
  const wanted = (searches.get(name) ?? "").toLowerCase();
  const text = JSON.stringify(value, null, 2);
  const budget = { left: 2000 };
  return h("section", { class: "json" },
    h("div", { class: "tools" },
      h("b", null, name),
      text.length > 200 ? textInput(searches.get(name) ?? "", (typed) => { searches.set(name, typed); draw(); }, {
        type: "search", placeholder: "search", "aria-label": `Search in ${name}`,
      }) : null,
      copyButton("Copy", text, { "aria-label": `Copy ${name}` })),
    h("div", { class: "tree", tabindex: "0", role: "region", "aria-label": name }, node(value, "", wanted, 0, budget)),
    budget.left <= 0 ? note("The rest is not shown: copy it to see all of it.") : null);
}

/** @param {unknown} value @param {string} key @param {string} wanted @param {number} depth @param {{ left: number }} budget @returns {HTMLElement} */
function node(value, key, wanted, depth, budget) {
  budget.left -= 1;
  const label = key === "" ? null : h("span", { class: hits(key, wanted) ? "key hit" : "key" }, key, ": ");
  if (value === null || typeof value !== "object") {
    const text = typeof value === "string" ? JSON.stringify(value) : String(value);
    return h("div", { class: "leaf" }, label, h("span", { class: hits(text, wanted) ? `hit ${typeof value}` : typeof value }, text));
  }
  const entries = Array.isArray(value) ? value.map((one, at) => /** @type {[string, unknown]} */ ([String(at), one])) : Object.entries(value);
  const kind = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  if (!entries.length) return h("div", { class: "leaf" }, label, h("span", null, Array.isArray(value) ? "[]" : "{}"));
  const isOpen = depth < 3 || (wanted !== "" && JSON.stringify(value).toLowerCase().includes(wanted));
  return h("details", { open: isOpen }, h("summary", null, label, h("span", { class: "kind" }, kind)),
    entries.map(([name, one]) => (budget.left > 0 ? node(one, name, wanted, depth + 1, budget) : null)));
}

/** @param {string} text @param {string} wanted */
function hits(text, wanted) {
  return wanted !== "" && text.toLowerCase().includes(wanted);
}

/** Returns where a value is in the text of a JSON document: the lines from and to, from 0; null where it is not found.
 * @param {string} text
 * @param {string} pointer
 * @returns {[number, number] | null}
 */
export function linesOf(text, pointer) {
  const path = pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  /** @type {{ isArray: boolean, key: string | number | null, at: number }[]} the objects and arrays around a token */
  const around = [];
  let found = { depth: 0, from: 0, to: 0, isOpen: false }; // the value, or the one that it should be in
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const parent = around.at(-1);
    if (token === "}" || token === "]") {
      around.pop();
      if (found.isOpen && found.depth === around.length) found = { ...found, to: index, isOpen: false };
    } else if (token === "," && parent) {
      parent.key = parent.isArray ? Number(parent.key) + 1 : null;
    } else if (parent?.key === null) {
      try { parent.key = JSON.parse(token); } catch { parent.key = token; }
      parent.at = index;
    } else if (token !== ":") {
      if (parent && around.length > found.depth && around.every(({ key }, depth) => String(key) === path[depth])) {
        found = { depth: around.length, from: parent.isArray ? index : parent.at, to: index, isOpen: "{[".includes(token) };
      }
      if ("{[".includes(token)) around.push({ isArray: token === "[", key: token === "[" ? 0 : null, at: index });
    }
  }
  return path.length ? lineRange(text, found.from, found.depth === path.length ? found.to : found.from) : null;
}

/** @param {string} text @param {number} from @param {number} to @returns {[number, number]} */
function lineRange(text, from, to) {
  const count = (/** @type {number} */ end) => text.slice(0, end).split("\n").length - 1;
  return [count(from), count(Math.max(from, to))];
}

/** Shows the text of a request with line numbers, and marks the lines that some pointers lead to.
 * @param {string} name
 * @param {string} text
 * @param {string[]} pointers
 */
export function sourceText(name, text, pointers) {
  const pretty = oneLiner(text);
  /** @type {Set<number>} */
  const marked = new Set();
  for (const pointer of pointers) {
    const range = linesOf(pretty, pointer);
    for (let line = range?.[0] ?? 0; range && line <= Math.min(range[1], range[0] + 200); line += 1) marked.add(line);
  }
  return h("figure", { class: "code" },
    h("figcaption", null, name, copyButton("Copy", text, { "aria-label": `Copy ${name}` })),
    h("pre", { class: "numbered", tabindex: "0", "aria-label": name },
      pretty.split("\n").slice(0, 2000).map((line, at) => h("code", { class: marked.has(at) ? "marked" : null },
        h("span", { class: "line", "aria-hidden": "true" }, String(at + 1)),
        marked.has(at) ? h("span", { class: "unseen" }, "marked: ") : null, line, "\n"))));
}

/** A document in one line is laid out, because nobody reads it otherwise.
 * @param {string} text
 */
function oneLiner(text) {
  if (text.trim().includes("\n") || text.length < 80) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
