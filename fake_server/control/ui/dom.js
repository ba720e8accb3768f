/** Few words for the DOM. Whatever is shown goes in as text: nothing that somebody has sent is ever read as HTML. */

/**
 * The element of the page with an id.
 * @param {string} id
 * @returns {any}
 */
export const byId = (id) => document.getElementById(id);

/**
 * A new element.
 * @param {string} tag
 * @param {Record<string, string | boolean>} [attributes]
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
  node.append(...children);
  return node;
}

/**
 * Set an attribute; false takes it away.
 * @param {Element} node
 * @param {string} name
 * @param {string | boolean} value
 */
export function set(node, name, value) {
  if (value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
}

/**
 * Have a node say a text. One that says it already is left alone, with whatever is selected in it.
 * @param {Node} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Show or hide an element. When the focus was in it, that goes where it is told to.
 * @param {HTMLElement} node
 * @param {boolean} shown
 * @param {HTMLElement} [fallback]
 */
export function show(node, shown, fallback) {
  if (node.hidden === !shown) return;
  const focused = node.contains(document.activeElement);
  node.hidden = !shown;
  if (!shown && focused) fallback?.focus();
}

/**
 * Keeps a parent's children in step with items: one each, by key. A child that stays is changed where it is, and never
 * moved or made anew, so that focus and selection stay in it.
 * @template T
 * @param {HTMLElement} parent
 * @param {(item: T, index: number) => string} keyOf
 * @param {(item: T) => {node: HTMLElement, update: (item: T) => void}} make
 * @param {HTMLElement} [fallback] gets the focus when the child that had it goes
 * @returns {(items: readonly T[]) => void}
 */
export function keyed(parent, keyOf, make, fallback) {
  /** @type {Map<string, ReturnType<typeof make>>} */
  const kept = new Map();
  return (items) => {
    const keys = items.map(keyOf);
    const wanted = new Set(keys);
    const focused = parent.contains(document.activeElement);
    for (const [key, { node }] of kept) {
      if (!wanted.has(key)) {
        node.remove();
        kept.delete(key);
      }
    }
    let next = parent.firstChild;
    items.forEach((item, index) => {
      const child = kept.get(keys[index]) ?? make(item);
      kept.set(keys[index], child);
      child.update(item);
      if (child.node === next) next = next.nextSibling;
      else parent.insertBefore(child.node, next);
    });
    if (focused && !parent.contains(document.activeElement)) fallback?.focus();
  };
}

/**
 * A parent's children as so many texts.
 * @param {HTMLElement} parent
 * @param {string} tag
 * @returns {(texts: readonly string[]) => void}
 */
export const texts = (parent, tag) =>
  keyed(
    parent,
    (_, index) => String(index),
    () => {
      const node = el(tag);
      return { node, update: (text) => say(node, text) };
    },
  );

/**
 * A list of names and values. One whose value is empty is left out.
 * @param {HTMLElement} parent
 * @returns {(facts: Record<string, string>) => void}
 */
export function facts(parent) {
  const update = keyed(
    parent,
    ([name]) => name,
    ([name]) => {
      const value = el("dd");
      return { node: el("div", {}, el("dt", {}, name), value), update: ([, text]) => say(value, text) };
    },
  );
  return (all) => update(Object.entries(all).filter(([, text]) => text));
}
