/** Keyboard shortcuts with a single key, the dialog that lists them, and the switch that disables them. */

import { byId, el } from "./dom.js";

const DISABLED = "providercalls-shortcuts-disabled";

/** @param {EventTarget | null} target */
const acceptsText = (target) => /** @type {Element} */ (target).matches?.("input, select, textarea");

/**
 * Set up the shortcuts.
 * @param {{key: string, text: string, run?: () => void}[]} actions actions without `run` are only listed
 */
export function shortcuts(actions) {
  const help = byId("help");
  const enabled = byId("shortcuts-enabled");
  const all = [...actions, { key: "?", text: "show this list", run: () => help.showModal() }];
  byId("shortcuts").append(
    ...all.map(({ key, text }) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, text))),
  );
  byId("show-help").addEventListener("click", () => help.showModal());
  enabled.checked = localStorage.getItem(DISABLED) === null;
  enabled.addEventListener("change", () => {
    if (enabled.checked) localStorage.removeItem(DISABLED);
    else localStorage.setItem(DISABLED, "true");
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || acceptsText(event.target)) return;
    if (!enabled.checked || document.querySelector("dialog[open]")) return;
    const action = all.find(({ key, run }) => run && key === event.key);
    if (!action) return;
    event.preventDefault();
    action.run?.();
  });
}
