/** A few helpers for the DOM. All data is inserted as text, so nothing that a client has sent is parsed as HTML. */

/**
 * Return the element with this id.
 * @param {string} id
 * @returns {any}
 */
export const byId = (id) => document.getElementById(id);

/**
 * Create an element.
 * @param {string} tag
 * @param {Record<string, string | boolean>} [attributes]
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  node.append(...children);
  return node;
}

/**
 * Set an attribute, or remove it if the value is false.
 * @param {Element} node
 * @param {string} name
 * @param {string | boolean} value
 */
export function setAttribute(node, name, value) {
  if (value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
}

/**
 * Set the text of a node. If the text has not changed, the node is left alone, with any selection in it.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Show or hide an element. If a hidden element had the focus, the fallback gets it.
 * @param {HTMLElement} node
 * @param {boolean} visible
 * @param {HTMLElement} [fallback]
 */
export function setVisible(node, visible, fallback) {
  if (node.hidden === !visible) return;
  const focused = node.contains(document.activeElement);
  node.hidden = !visible;
  if (!visible && focused) fallback?.focus();
}

/**
 * Keep the children of a parent in sync with a list of items, one child per key. Existing children are updated in place
 * and never moved or recreated, so that they keep focus and selection.
 * @template T
 * @param {HTMLElement} parent
 * @param {(item: T, index: number) => string} keyOf
 * @param {(item: T) => {node: HTMLElement, update: (item: T) => void}} create
 * @param {HTMLElement} [fallback] gets the focus if the focused child is removed
 * @returns {(items: readonly T[]) => void}
 */
export function keyedChildren(parent, keyOf, create, fallback) {
  /** @type {Map<string, ReturnType<typeof create> & {item?: T}>} */
  const children = new Map();
  return (items) => {
    const keys = items.map(keyOf);
    const remaining = new Set(keys);
    const focused = parent.contains(document.activeElement);
    for (const [key, { node }] of children) {
      if (!remaining.has(key)) {
        node.remove();
        children.delete(key);
      }
    }
    let next = parent.firstChild;
    items.forEach((item, index) => {
      const child = children.get(keys[index]) ?? create(item);
      children.set(keys[index], child);
      // An item that is the same object has not changed.
      if (child.item !== item) child.update(item);
      child.item = item;
      if (child.node === next) next = next.nextSibling;
      else parent.insertBefore(child.node, next);
    });
    if (focused && !parent.contains(document.activeElement)) fallback?.focus();
  };
}

/**
 * Show a list of texts as the children of a parent.
 * @param {HTMLElement} parent
 * @param {string} tag
 * @returns {(texts: readonly string[]) => void}
 */
export const textList = (parent, tag) =>
  keyedChildren(
    parent,
    (_, index) => String(index),
    () => {
      const node = el(tag);
      return { node, update: (text) => setText(node, text) };
    },
  );

/**
 * Show a list of names and values. Empty values are omitted.
 * @param {HTMLElement} parent
 * @returns {(facts: Record<string, string>) => void}
 */
export function factList(parent) {
  const update = keyedChildren(
    parent,
    ([name]) => name,
    ([name]) => {
      const value = el("dd");
      return { node: el("div", {}, el("dt", {}, name), value), update: ([, text]) => setText(value, text) };
    },
  );
  return (facts) => update(Object.entries(facts).filter(([, text]) => text));
}
