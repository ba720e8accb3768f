/** Lists of rules with their statements. */

import { el, keyedChildren, setAttribute, setText } from "./dom.js";
import { send } from "./api.js";

/** @type {Record<string, {statement: string, source: string}>} */
let catalogue = {};

/** Load the rule catalogue. Another server may have another one. */
export async function loadCatalogue() {
  catalogue = await send("GET", "/rules").catch(() => catalogue);
}

/** @typedef {{rule: string, passed?: boolean}} Rule `passed` is set if the rule was checked for a request */

/** @param {Rule} item */
function ruleRow(item) {
  const mark = el("span", { class: "mark" });
  mark.hidden = item.passed === undefined;
  const id = el("code", {}, item.rule);
  const statement = el("span", { class: "statement" });
  const source = el("span", { class: "source" });
  const node = el("li", {}, mark, " ", id, " ", statement, " ", source);

  /** @param {Rule} rule */
  function update({ rule, passed }) {
    setAttribute(node, "data-passed", String(passed));
    setText(mark, passed ? "passed" : "refused");
    setText(statement, catalogue[rule]?.statement ?? "");
    setText(source, catalogue[rule]?.source ?? "");
  }
  return { node, update };
}

/**
 * Show rules as a list without duplicates, rules that refused the request first.
 * @param {HTMLElement} list
 * @returns {(rules: readonly Rule[]) => void}
 */
export function ruleList(list) {
  const keyOf = ({ rule, passed }) => `${rule} ${passed}`;
  const update = keyedChildren(list, keyOf, ruleRow);
  return (rules) => {
    const unique = new Map(rules.map((one) => [keyOf(one), one]));
    update([...unique.values()].sort((one, other) => Number(one.passed) - Number(other.passed)));
  };
}
