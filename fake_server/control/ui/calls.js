/** The list of calls: below each POST /providercalls those that it has placed, and below them the others. */

import { byId, el, keyed, say, set, show } from "./dom.js";
import { money, person, secondsBetween, standing, timeOfDay } from "./format.js";
import { mark } from "./list_navigation.js";

/**
 * @typedef {import("./api.js").Call} Call
 * @typedef {import("./api.js").ProviderCall} ProviderCall
 * @typedef {{key: string, call?: Call, record?: ProviderCall, title?: string, now: string}} Row
 */

const NIL = "00000000-0000-0000-0000-000000000000";
const OLDER = "Calls of earlier providercalls";
const OTHERS = "Other calls";

/**
 * The rows in their order, the newest first.
 * @param {import("./api.js").Overview} overview
 * @returns {Row[]}
 */
function rowsOf({ providercalls, calls, clock: { now } }) {
  const places = new Map(providercalls.flatMap((one) => one.call_ids.concat(one.groupcall_ids).map((id) => [id, one.id])));
  /** @type {Map<string, Row[]>} */
  const groups = new Map([...providercalls.map(({ id }) => id), OLDER, OTHERS].map((id) => [id, []]));
  for (const call of calls) {
    const place = places.get(call.id) ?? places.get(call.parent_groupcall_id);
    groups.get(place ?? (call.provider_id === NIL ? OTHERS : OLDER))?.push({ key: `call:${call.id}`, call, now });
  }
  return [
    ...providercalls.flatMap((record) => [{ key: record.id, record, now }, ...(groups.get(record.id) ?? [])]),
    ...[OLDER, OTHERS].flatMap((title) => titled(title, groups.get(title) ?? [], now)),
  ];
}

/**
 * @param {string} title
 * @param {Row[]} rows
 * @param {string} now
 */
const titled = (title, rows, now) => (rows.length ? [{ key: title, title, now }, ...rows] : []);

function heading() {
  const title = el("span");
  const id = el("code");
  const more = el("span", { class: "more" });
  const node = el("li", { class: "group" }, el("h3", {}, title, " ", id, " ", more));

  /** @param {Row} row */
  function update({ record, title: text }) {
    say(title, record ? record.provider : text ?? "");
    say(id, record ? record.id.slice(0, 8) : "");
    say(more, record ? about(record) : "");
  }
  return { node, update };
}

/** @param {ProviderCall} record */
function about(record) {
  const placed = record.call_ids.length + record.groupcall_ids.length;
  const dropped = record.destinations.length - placed;
  const says = [timeOfDay(record.tm_create)];
  if (dropped > 0) says.push(`${dropped} of ${record.destinations.length} not dialled`);
  if (record.tm_delete) says.push("deleted");
  return says.join(", ");
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
    const { state, says } = standing(call);
    set(button, "data-state", state);
    say(to, person(call.destination));
    say(status, says);
    say(from, `from ${person(call.source)}`);
    say(more, call.tm_progressing ? talked(call, now) : "");
  }
  return { node: el("li", {}, button), update };
}

/**
 * @param {Call} call
 * @param {string} now
 */
function talked(call, now) {
  const seconds = secondsBetween(call.tm_progressing ?? now, call.tm_hangup ?? now);
  return `${seconds.toFixed(0)} s, ${money(call.cost)}`;
}

/** @returns {(overview: import("./api.js").Overview, shown: string) => void} */
export function callList() {
  const list = byId("calls-list");
  const update = keyed(list, (row) => row.key, (row) => (row.call ? callRow(row) : heading()), byId("calls-head"));
  return (overview, shown) => {
    const { calls, counts } = overview;
    update(rowsOf(overview));
    mark(list, shown);
    say(byId("calls-count"), calls.length < counts.calls ? `${calls.length} of ${counts.calls}` : `${counts.calls}`);
    show(byId("no-calls"), counts.calls === 0 && counts.providercalls === 0);
  };
}
