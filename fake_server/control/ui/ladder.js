/** The ladder of a call: who told whom what, and when, between three lifelines. */

import { el, keyed, say, set } from "./dom.js";

/**
 * From whom to whom a rung goes: `client  -> VoIPbin`, `VoIPbin <- carrier`, or `VoIPbin` by itself.
 * @param {string} who
 * @returns {[from: string, to: string]}
 */
function ends(who) {
  const [left, arrow, right] = who.split(/\s+/);
  if (!arrow) return [left, left];
  return arrow === "->" ? [left, right] : [right, left];
}

/**
 * Say a text that may be broken at the joints of an address, rather than anywhere.
 * @param {HTMLElement} node
 * @param {string} text
 */
function sayInParts(node, text) {
  if (node.textContent === text) return;
  node.replaceChildren(...text.split(/(?<=[@;/])/).flatMap((part) => [part, el("wbr")]));
}

function rung() {
  const at = el("span", { class: "at" });
  const way = el("span", { class: "heard" });
  const what = el("span", { class: "what" });
  const rule = el("span", { class: "rule" });
  const node = el("li", {}, at, el("div", { class: "lanes" }, el("p", { class: "step" }, way, what, " ", rule)));

  /** @param {import("./api.js").Rung} step */
  function update(step) {
    const [from, to] = ends(step.who);
    set(node, "data-way", `${from}-${to}`.toLowerCase());
    say(at, `${step.seconds.toFixed(3)} s`);
    say(way, from === to ? `${from}: ` : `${from} to ${to}: `);
    sayInParts(what, step.what);
    say(rule, step.rule);
  }
  return { node, update };
}

/**
 * A ladder in a list.
 * @param {HTMLElement} list
 * @returns {(rungs: readonly import("./api.js").Rung[]) => void}
 */
export const ladder = (list) => keyed(list, (_, index) => String(index), rung);
