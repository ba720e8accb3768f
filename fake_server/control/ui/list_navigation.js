/** Lists of rows, each a button: one of them is in the tab order, and the arrow keys, j and k walk through them. */

import { set } from "./dom.js";

const STEPS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };

/** @param {HTMLElement} list */
const buttons = (list) => /** @type {HTMLButtonElement[]} */ ([...list.querySelectorAll("button")]);

/** @param {HTMLElement} list */
const current = (list) => list.querySelector("button[tabindex='0']");

/**
 * Make a list one that is walked through.
 * @param {HTMLElement} list
 * @param {(key: string) => void} choose is told the `data-key` of the row that was come to
 * @param {(byKey: boolean) => void} enter is told when a row was chosen for itself: with Enter, or by pointing at it
 */
export function walkable(list, choose, enter) {
  list.addEventListener("click", (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest("button");
    if (!row) return;
    choose(row.dataset.key ?? "");
    enter(event.detail === 0);
  });
  list.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    walk(list, STEPS[event.key], choose);
  });
}

/**
 * Go so many rows on, and choose the one there.
 * @param {HTMLElement} list
 * @param {number} step
 * @param {(key: string) => void} choose
 */
export function walk(list, step, choose) {
  const rows = buttons(list);
  const from = rows.indexOf(/** @type {any} */ (current(list)));
  const to = rows[Math.max(0, Math.min(rows.length - 1, from + step))];
  to?.focus();
  if (to) choose(to.dataset.key ?? "");
}

/**
 * Put the focus on the current row of a list, if it has rows.
 * @param {HTMLElement} list
 */
export const enterList = (list) => /** @type {HTMLElement | null} */ (current(list))?.focus();

/**
 * Mark the row that is shown, and leave one row in the tab order: the focused one, else that, else the first.
 * @param {HTMLElement} list
 * @param {string} shown
 */
export function mark(list, shown) {
  const rows = buttons(list);
  const focused = rows.find((row) => row === document.activeElement);
  const reached = focused ?? rows.find((row) => row.dataset.key === shown) ?? rows[0];
  for (const row of rows) {
    set(row, "aria-current", row.dataset.key === shown && "true");
    set(row, "tabindex", row === reached ? "0" : "-1");
  }
}
