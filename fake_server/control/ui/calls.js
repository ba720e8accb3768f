/** The list of calls: the calls of each POST /providercalls below its record, then all other calls. */

import { byId, el, keyedChildren, setAttribute, setText, setVisible } from "./dom.js";
import { addressText, callStatus, money, secondsBetween, timeOfDay } from "./format.js";
import { mark } from "./list_navigation.js";

/**
 * @typedef {import("./api.js").Call} Call
 * @typedef {import("./api.js").ProviderCall} ProviderCall
 * @typedef {{key: string, call?: Call, record?: ProviderCall, title?: string, now: string}} Row
 */

const NIL = "00000000-0000-0000-0000-000000000000";
const OLDER = "Calls from older providercalls";
const OTHERS = "Other calls";

/**
 * Return the rows in order, newest first.
 * @param {import("./api.js").Overview} overview
 * @returns {Row[]}
 */
function rowsOf({ providercalls, calls, clock: { now } }) {
  const recordIds = new Map(
    providercalls.flatMap((one) => one.call_ids.concat(one.groupcall_ids).map((id) => [id, one.id])),
  );
  /** @type {Map<string, Row[]>} */
  const groups = new Map([...providercalls.map(({ id }) => id), OLDER, OTHERS].map((id) => [id, []]));
  for (const call of calls) {
    const recordId = recordIds.get(call.id) ?? recordIds.get(call.parent_groupcall_id);
    groups.get(recordId ?? (call.provider_id === NIL ? OTHERS : OLDER))?.push({ key: `call:${call.id}`, call, now });
  }
  return [
    ...providercalls.flatMap((record) => [{ key: record.id, record, now }, ...(groups.get(record.id) ?? [])]),
    ...[OLDER, OTHERS].flatMap((title) => withTitle(title, groups.get(title) ?? [], now)),
  ];
}

/**
 * @param {string} title
 * @param {Row[]} rows
 * @param {string} now
 */
const withTitle = (title, rows, now) => (rows.length ? [{ key: title, title, now }, ...rows] : []);

function heading() {
  const title = el("span");
  const id = el("code");
  const more = el("span", { class: "more" });
  const node = el("li", { class: "group" }, el("h3", {}, title, " ", id, " ", more));

  /** @param {Row} row */
  function update({ record, title: text }) {
    setText(title, record ? record.provider : text ?? "");
    setText(id, record ? record.id.slice(0, 8) : "");
    setText(more, record ? recordSummary(record) : "");
  }
  return { node, update };
}

/** @param {ProviderCall} record */
function recordSummary(record) {
  const placed = record.call_ids.length + record.groupcall_ids.length;
  const dropped = record.destinations.length - placed;
  const parts = [timeOfDay(record.tm_create)];
  if (dropped > 0) parts.push(`${dropped} of ${record.destinations.length} not dialled`);
  if (record.tm_delete) parts.push("deleted");
  return parts.join(", ");
}

/** @param {Row} row */
function callRow({ key }) {
  const dot = el("span", { class: "dot" });
  const to = el("span", { class: "to" });
  const status = el("span", { class: "status" });
  const from = el("span", { class: "from" });
  const more = el("span", { class: "more" });
  const button = el("button", { "data-key": key, class: "row" }, dot, to, " ", status, " ", from, " ", more);

  /** @param {Row} row */
  function update({ call, now }) {
    if (!call) return;
    const { state, text } = callStatus(call);
    setAttribute(button, "data-state", state);
    setText(to, addressText(call.destination));
    setText(status, text);
    setText(from, `from ${addressText(call.source)}`);
    setText(more, call.tm_progressing ? durationAndCost(call, now) : "");
  }
  return { node: el("li", {}, button), update };
}

/**
 * @param {Call} call
 * @param {string} now
 */
function durationAndCost(call, now) {
  const seconds = secondsBetween(call.tm_progressing ?? now, call.tm_hangup ?? now);
  return `${seconds.toFixed(0)} s, ${money(call.cost)}`;
}

/** @returns {(overview: import("./api.js").Overview, shownKey: string) => void} */
export function callList() {
  const list = byId("calls-list");
  const create = (row) => (row.call ? callRow(row) : heading());
  const update = keyedChildren(list, (row) => row.key, create, byId("calls-head"));
  return (overview, shownKey) => {
    const { calls, counts } = overview;
    update(rowsOf(overview));
    mark(list, shownKey);
    const total = counts.calls;
    setText(byId("calls-count"), calls.length < total ? `${calls.length} of ${total}` : `${total}`);
    setVisible(byId("no-calls"), total === 0 && counts.providercalls === 0);
  };
}
