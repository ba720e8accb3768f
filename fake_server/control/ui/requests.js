/** The list of requests, newest first, and its filter by method, path and outcome. */

import { send } from "./api.js";
import { byId, el, keyedChildren, setAttribute, setText, setVisible } from "./dom.js";
import { timeOfDay } from "./format.js";
import { mark } from "./list_navigation.js";

/**
 * @typedef {import("./api.js").RequestSummary} RequestSummary
 * @typedef {import("./api.js").Overview} Overview
 */

/** The number of requests in one response of the control API. */
const BATCH = 1000;
/** The number of rows that are added when the end of the list is reached. */
const ROWS = 200;
/** How close to the end of the list, in pixels, more rows are added. */
const NEAR_END = 600;

/** @param {RequestSummary} request */
export const outcome = ({ status, refused_by: rule, fault }) =>
  [status ? `${status}` : "no response", rule && "refused", fault && "fault"].filter(Boolean).join(", ");

/** @param {string} url */
const shortUrl = (url) => url.replace(/^\/v1\.0(?=\/)/, "");

/** @type {Record<string, (request: RequestSummary) => boolean>} */
const OUTCOMES = {
  "": () => true,
  succeeded: ({ status }) => status > 0 && status < 400,
  refused: ({ refused_by: rule }) => Boolean(rule),
  failed: ({ status }) => status === 0 || status >= 400,
  fault: ({ fault }) => Boolean(fault),
};

// the requests

/** All requests in order: request number n is at index n - 1. @type {RequestSummary[]} */
let known = [];

/** @param {RequestSummary | undefined} one @param {RequestSummary | undefined} other */
const isSame = (one, other) =>
  one?.at === other?.at && one?.method === other?.method && one?.url === other?.url && one?.status === other?.status;

/**
 * Bring `known` up to date with an overview, which has the newest requests. Returns whether requests are missing.
 * @param {Overview} overview
 */
function merge({ requests, counts }) {
  // An earlier state was restored: other requests have the same numbers.
  if (counts.requests < known.length || requests.some((one) => known[one.number - 1] && !sameRequest(one))) known = [];
  for (const one of [...requests].reverse()) {
    if (one.number > known.length + 1) return true;
    if (!isSame(known[one.number - 1], one)) known[one.number - 1] = one;
  }
  return false;
}

/** @param {RequestSummary} one whether it is the request that is known under its number, perhaps before its response */
const sameRequest = (one) => {
  const before = known[one.number - 1];
  return isSame({ ...before, status: one.status }, one) && (before.status === one.status || before.status === 0);
};

let loading = false;

/**
 * Load the missing requests.
 * @param {() => void} onLoaded is called after each batch
 */
async function load(onLoaded) {
  if (loading) return;
  loading = true;
  try {
    for (let more = true; more; ) {
      const into = known;
      const first = into.length + 1;
      const batch = await send("GET", `/requests?after=${first - 1}&before=${first + BATCH}&limit=${BATCH}`);
      // If an earlier state was restored in between, load its requests from the beginning.
      if (into !== known) continue;
      // The newest comes first, and no number may be left out.
      for (const one of batch.reverse()) known[one.number - 1] ??= one;
      more = batch.length === BATCH;
      onLoaded();
    }
  } catch {
    // Offline: all requests are loaded again after the connection is restored.
  } finally {
    loading = false;
  }
}

/** Forget all requests, so that they are loaded again. */
export function forgetRequests() {
  known = [];
}

// the list

/** @param {RequestSummary} request */
function requestRow({ number }) {
  const line = el("span", { class: "to" });
  const status = el("span", { class: "status" });
  const from = el("span", { class: "from" });
  const more = el("span", { class: "more" });
  const attributes = { "data-key": `request:${number}`, class: "row" };
  const button = el("button", attributes, el("span", { class: "dot" }), line, " ", status, " ", from, " ", more);

  /** @param {RequestSummary} request */
  function update(request) {
    setAttribute(button, "data-state", request.refused_by ? "failed" : request.fault ? "broken" : "fine");
    setText(line, `${request.method} ${shortUrl(request.url)}`);
    setText(status, outcome(request));
    setText(from, [`#${number}`, request.refused_by, request.fault].filter(Boolean).join("  "));
    setText(more, timeOfDay(request.at));
  }
  return { node: el("li", {}, button), update };
}

/** Return the filter that the form describes. */
function currentFilter() {
  const { method, text, result } = byId("request-filter").elements;
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const hasOutcome = OUTCOMES[result.value];
  /** @param {RequestSummary} request */
  return (request) =>
    (!method.value || request.method === method.value) &&
    hasOutcome(request) &&
    words.every((word) => `${request.url} ${request.status} ${request.refused_by ?? ""}`.toLowerCase().includes(word));
}

/** @returns {(overview: Overview, shownKey: string) => void} */
export function requestList() {
  const list = byId("requests-list");
  const form = byId("request-filter");
  const keyOf = (request) => `${request.number} ${request.at}`;
  const update = keyedChildren(list, keyOf, requestRow, byId("requests-head"));
  let [total, shownKey, limit] = [0, "", ROWS];
  /** @type {RequestSummary[]} */
  let matching = [];

  function render() {
    const matches = currentFilter();
    matching = known.filter(matches).reverse();
    showRows();
    const filtered = matching.length < known.length;
    setText(byId("requests-count"), filtered || known.length < total ? `${matching.length} of ${total}` : `${total}`);
    setVisible(byId("no-requests"), total === 0);
    setVisible(byId("no-match"), total > 0 && matching.length === 0);
    setVisible(form, total > 0, byId("requests-head"));
  }

  function showRows() {
    update(matching.slice(0, limit));
    mark(list, shownKey);
  }

  /** @param {number} count */
  function extend(count) {
    if (limit >= matching.length) return;
    limit += count;
    showRows();
  }

  form.addEventListener("input", () => {
    limit = ROWS;
    list.scrollTop = 0;
    render();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  list.addEventListener("scroll", () => {
    if (list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END) extend(ROWS);
  });
  // Before the list moves its selection to the last row.
  list.addEventListener("keydown", ({ key }) => key === "End" && extend(Infinity), true);

  return (overview, key) => {
    [total, shownKey] = [overview.counts.requests, key];
    if (merge(overview)) load(render);
    render();
  };
}
