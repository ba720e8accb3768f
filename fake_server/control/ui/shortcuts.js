/** Single keys that do things, the page that tells of them, and the switch that turns them off. */

import { byId, el } from "./dom.js";

const OFF = "providercalls-keys-off";

/** @param {EventTarget | null} target */
const takesText = (target) => /** @type {Element} */ (target).matches?.("input, select, textarea");

/**
 * Set the keys up.
 * @param {{key: string, says: string, does?: () => void}[]} known those without `does` are only told of
 */
export function keys(known) {
  const help = byId("help");
  const on = byId("keys-on");
  const all = [...known, { key: "?", says: "this page", does: () => help.showModal() }];
  byId("keys").append(...all.map(({ key, says }) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, says))));
  byId("ask-help").addEventListener("click", () => help.showModal());
  on.checked = localStorage.getItem(OFF) === null;
  on.addEventListener("change", () => (on.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "off")));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || takesText(event.target)) return;
    if (!on.checked || document.querySelector("dialog[open]")) return;
    const found = all.find(({ key, does }) => does && key === event.key);
    if (!found) return;
    event.preventDefault();
    found.does?.();
  });
}
