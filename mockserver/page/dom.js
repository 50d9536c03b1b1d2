// Makes elements, and brings the elements on the page up to date without replacing them. Values go in as text alone.

const HANDLERS = Symbol("handlers");

/** Makes an element. A prop that starts with "on" is an event handler, `key` tells an element from its siblings when the
 * page is brought up to date, and all others are attributes: false and null leave one out, true gives an empty one.
 * @param {string} tag
 * @param {Props | null} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) setHandler(element, name, value);
    else if (name === "key") element.dataset.key = String(value);
    else if (name === "value" && element instanceof HTMLInputElement) element.setAttribute("value", String(value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...nodes(children));
  if (element instanceof HTMLTextAreaElement && props?.value !== undefined) element.textContent = String(props.value);
  return element;
}

/** @param {(Child | Child[])[]} children @returns {(Node | string)[]} */
function nodes(children) {
  return children.flat().flatMap((child) => {
    if (child === null || child === undefined || child === false || child === "") return [];
    return [child instanceof Node ? child : visible(String(child))];
  });
}

/** Shows what has no shape of its own: control characters, and those that hide text or change its direction.
 * @param {string} text
 */
function visible(text) {
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (one) => {
    const code = one.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "␡" : `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›`;
  });
}

/** Returns a value in one line, with signs where its lines end and for tabs.
 * @param {string} text
 */
export function oneLine(text) {
  return text.replace(/\r?\n|\r/g, "↵").replaceAll("\t", "⇥");
}

/** @param {Element} element @param {string} name "onclick" @param {((event: any) => void) | null} handler */
function setHandler(element, name, handler) {
  const kept = /** @type {any} */ (element);
  kept[name] = handler;
  (kept[HANDLERS] ??= new Set()).add(name);
}

/** Makes the children of an element those that are given. Elements that are there already are kept and changed, so
 * that focus, scrolling, selections and what somebody is typing stay.
 * @param {Element} target
 * @param {...(Child | Child[])} children
 */
export function show(target, ...children) {
  const wanted = document.createElement("div");
  wanted.append(...nodes(children));
  patchChildren(target, wanted);
}

/** @param {Element} from @param {Element} to */
function patchChildren(from, to) {
  /** @type {Map<string, Element>} */
  const kept = new Map();
  for (const child of from.children) {
    const key = keyOf(child);
    if (key) kept.set(key, child);
  }
  const keys = new Set([...to.children].map(keyOf));
  for (const [key, child] of kept) if (!keys.has(key)) child.remove(); // those below stay, with the focus
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    const key = keyOf(next);
    const same = key ? kept.get(key) : null;
    if (same && isLike(same, next)) {
      kept.delete(/** @type {string} */ (key));
      if (same === at) at = at.nextSibling;
      else from.insertBefore(same, at);
      patch(same, /** @type {Element} */ (next));
      continue;
    }
    if (at && !key && !keyOf(at) && isLike(at, next)) {
      const current = at;
      at = at.nextSibling;
      if (current instanceof Element && next instanceof Element) patch(current, next);
      else if (current.nodeValue !== next.nodeValue) current.nodeValue = next.nodeValue;
      continue;
    }
    from.insertBefore(next, at);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

/** @param {Node} node */
function keyOf(node) {
  return node instanceof HTMLElement ? node.dataset.key : undefined;
}

/** @param {Node} one @param {Node} other */
function isLike(one, other) {
  return one.nodeName === other.nodeName && one.nodeType === other.nodeType;
}

/** @param {Element} from @param {Element} to */
function patch(from, to) {
  for (const { name } of [...from.attributes]) {
    const isOpened = (from.nodeName === "DETAILS" || from.nodeName === "DIALOG") && name === "open";
    if (!to.hasAttribute(name) && !isOpened) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  const old = /** @type {any} */ (from), fresh = /** @type {any} */ (to);
  for (const name of old[HANDLERS] ?? []) if (!fresh[HANDLERS]?.has(name)) old[name] = null;
  for (const name of fresh[HANDLERS] ?? []) setHandler(from, name, fresh[name]);
  if (from instanceof HTMLTextAreaElement || to.hasAttribute("data-own")) {
    const asked = to.textContent ?? "";
    if (from instanceof HTMLTextAreaElement && from.defaultValue !== asked) {
      from.defaultValue = asked;
      if (document.activeElement !== from) from.value = asked;
    }
    return;
  }
  if (from instanceof HTMLInputElement && to instanceof HTMLInputElement) {
    if (document.activeElement !== from && from.type !== "file") {
      if (from.value !== to.value) from.value = to.value;
      from.checked = to.hasAttribute("checked");
    }
    return;
  }
  patchChildren(from, to);
  if (from instanceof HTMLSelectElement && to instanceof HTMLSelectElement && document.activeElement !== from) {
    if (from.value !== to.value) from.value = to.value;
  }
}

/** Returns an element by its id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`there is no #${id}`);
  return found;
}

/** Tells screen readers what has happened.
 * @param {string} text
 */
export function say(text) {
  byId("said").textContent = text;
}
