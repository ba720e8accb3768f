/** The rules that were met, with what they say. */

import { el, keyed, say, set } from "./dom.js";
import { ask } from "./api.js";

/** @type {Record<string, {statement: string, source: string}>} */
let catalogue = {};

/** Read the catalogue, which is another one when the server is another one. */
export async function readCatalogue() {
  catalogue = await ask("GET", "/rules").catch(() => catalogue);
}

/** @typedef {{rule: string, passed?: boolean}} Rule whether a request has passed it, where there is one */

/** @param {Rule} item */
function row(item) {
  const mark = el("span", { class: "mark" });
  mark.hidden = item.passed === undefined;
  const id = el("code", {}, item.rule);
  const statement = el("span", { class: "statement" });
  const source = el("span", { class: "source" });
  const node = el("li", {}, mark, " ", id, " ", statement, " ", source);

  /** @param {Rule} met */
  function update({ rule, passed }) {
    set(node, "data-passed", String(passed));
    say(mark, passed ? "passed" : "refused");
    say(statement, catalogue[rule]?.statement ?? "");
    say(source, catalogue[rule]?.source ?? "");
  }
  return { node, update };
}

/**
 * Rules in a list, those that refused first.
 * @param {HTMLElement} list
 * @returns {(met: readonly Rule[]) => void}
 */
export function rules(list) {
  const update = keyed(list, ({ rule, passed }) => `${rule} ${passed}`, row);
  return (met) => {
    const once = new Map(met.map((one) => [`${one.rule} ${one.passed}`, one]));
    update([...once.values()].sort((one, other) => Number(one.passed) - Number(other.passed)));
  };
}
