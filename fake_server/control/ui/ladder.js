/** The ladder of a call: every message with its direction, time and rule, between three lifelines. */

import { el, keyedChildren, setAttribute, setText } from "./dom.js";

/**
 * Return the sender and the receiver of a step: `client  -> VoIPbin`, `VoIPbin <- carrier`, or just `VoIPbin`.
 * @param {string} participants
 * @returns {[from: string, to: string]}
 */
function direction(participants) {
  const [left, arrow, right] = participants.split(/\s+/);
  if (!arrow) return [left, left];
  return arrow === "->" ? [left, right] : [right, left];
}

/**
 * Set a text that may only be broken after the separators of an address.
 * @param {HTMLElement} node
 * @param {string} text
 */
function setBreakableText(node, text) {
  if (node.textContent === text) return;
  node.replaceChildren(...text.split(/(?<=[@;/])/).flatMap((part) => [part, el("wbr")]));
}

function ladderStep() {
  const at = el("span", { class: "at" });
  const participants = el("span", { class: "visually-hidden" });
  const event = el("span", { class: "event" });
  const rule = el("span", { class: "rule" });
  const node = el("li", {}, at, el("div", { class: "lanes" }, el("p", { class: "step" }, participants, event, " ", rule)));

  /** @param {import("./api.js").LadderStep} step */
  function update(step) {
    const [from, to] = direction(step.participants);
    setAttribute(node, "data-direction", `${from}-${to}`.toLowerCase());
    setText(at, `${step.seconds.toFixed(3)} s`);
    setText(participants, from === to ? `${from}: ` : `${from} to ${to}: `);
    setBreakableText(event, step.event);
    setText(rule, step.rule);
  }
  return { node, update };
}

/**
 * Show a ladder as a list.
 * @param {HTMLElement} list
 * @returns {(steps: readonly import("./api.js").LadderStep[]) => void}
 */
export const ladder = (list) => keyedChildren(list, (_, index) => String(index), ladderStep);
