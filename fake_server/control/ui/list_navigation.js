/** Keyboard navigation in lists of buttons: one button is in the tab order, arrow keys, j and k move between them. */

import { setAttribute } from "./dom.js";

const STEPS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };

/** @param {HTMLElement} list */
const buttons = (list) => /** @type {HTMLButtonElement[]} */ ([...list.querySelectorAll("button")]);

/** @param {HTMLElement} list */
const current = (list) => list.querySelector("button[tabindex='0']");

/**
 * Make a list navigable.
 * @param {HTMLElement} list
 * @param {(key: string) => void} select is called with the `data-key` of the new row
 * @param {(withKeyboard: boolean) => void} open is called when a row is opened, with Enter or with the mouse
 */
export function navigable(list, select, open) {
  list.addEventListener("click", (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest("button");
    if (!row) return;
    select(row.dataset.key ?? "");
    open(event.detail === 0);
  });
  list.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    moveSelection(list, STEPS[event.key], select);
  });
}

/**
 * Move by a number of rows, and select the row there.
 * @param {HTMLElement} list
 * @param {number} step
 * @param {(key: string) => void} select
 */
export function moveSelection(list, step, select) {
  const rows = buttons(list);
  const from = rows.indexOf(/** @type {any} */ (current(list)));
  const to = rows[Math.max(0, Math.min(rows.length - 1, from + step))];
  to?.focus();
  if (to) select(to.dataset.key ?? "");
}

/**
 * Focus the current row of a list, if it has any rows.
 * @param {HTMLElement} list
 */
export const focusList = (list) => /** @type {HTMLElement | null} */ (current(list))?.focus();

/**
 * Mark the shown row, and keep one row in the tab order: the focused row, else the shown row, else the first.
 * @param {HTMLElement} list
 * @param {string} shownKey
 */
export function mark(list, shownKey) {
  const rows = buttons(list);
  const focused = rows.find((row) => row === document.activeElement);
  const reachable = focused ?? rows.find((row) => row.dataset.key === shownKey) ?? rows[0];
  for (const row of rows) {
    setAttribute(row, "aria-current", row.dataset.key === shownKey && "true");
    setAttribute(row, "tabindex", row === reachable ? "0" : "-1");
  }
}
