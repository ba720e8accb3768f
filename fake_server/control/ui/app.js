/** The inspector: shows the event stream of the control API, and sends the user's actions to it. */

import { send, subscribe } from "./api.js";
import { callList } from "./calls.js";
import { credentials } from "./credentials.js";
import { detail } from "./detail.js";
import { byId, setAttribute, setText, setVisible } from "./dom.js";
import { faultForm } from "./faults.js";
import { callStatus, dateTime } from "./format.js";
import { focusList, moveSelection, navigable } from "./list_navigation.js";
import { forgetRequests, requestList } from "./requests.js";
import { loadCatalogue } from "./rules.js";
import { shortcuts } from "./shortcuts.js";
import { sidebar } from "./sidebar.js";
import { webhookFaultForm } from "./webhooks.js";

/**
 * @typedef {import("./api.js").Overview} Overview
 * @typedef {{call?: import("./api.js").CallDetail, request?: import("./api.js").Exchange}} Item
 */

const [updateCalls, updateRequests, updateDetail, updateSidebar] = [callList(), requestList(), detail(), sidebar()];
const updateCredentials = credentials(showError);
const narrow = matchMedia("(max-width: 760px)");

/** @type {Overview | null} */
let overview = null;
/** The user's selection: `call:ID` or `request:NUMBER`; empty to follow the newest item. */
let selected = location.hash.slice(1);
/** @type {Item} */
let item = {};
let list = byId("calls-list");
let live = false;

// rendering

/** Return the key of the item to show: the selection, else the newest call, else the newest request. */
function shownKey() {
  if (selected || !overview) return selected;
  const { calls, requests } = overview;
  return calls.length ? `call:${calls[0].id}` : requests.length ? `request:${requests[0].number}` : "";
}

function render() {
  if (!overview) return;
  const { clock, edition } = overview;
  setText(byId("edition"), edition);
  setText(byId("lifecycle"), clock.lifecycle);
  setText(byId("now"), dateTime(clock.now));
  updateCalls(overview, shownKey());
  updateRequests(overview, shownKey());
  updateSidebar(overview);
  updateCredentials(overview);
  setVisible(byId("follow"), selected !== "", byId("detail-head"));
  const ringing = overview.calls.filter(({ status }) => status === "ringing").length;
  setText(document.querySelector("title"), ringing ? `(${ringing} ringing) Fake VoIPbin` : "Fake VoIPbin");
}

/**
 * @param {string} key
 * @returns {Promise<Item>}
 */
async function fetchItem(key) {
  const [kind, id] = key.split(":");
  if (kind === "call") return { call: await send("GET", `/calls/${encodeURIComponent(id)}`) };
  if (kind !== "request") return {};
  const [request] = await send("GET", `/journal?before=${Number(id) + 1}&limit=1`);
  return { request };
}

/** @type {Promise<void> | null} */
let refreshing = null;
let stale = false;

/** Fetch the shown item, and fetch it again if it changes while a request is running. Does nothing while offline. */
function refresh() {
  stale = true;
  refreshing ??= refreshUntilCurrent().finally(() => (refreshing = null));
  return refreshing;
}

async function refreshUntilCurrent() {
  while (stale && live) {
    stale = false;
    const key = shownKey();
    const fetched = await fetchItem(key).catch(() => ({}));
    if (key === shownKey() && live) showItem(fetched);
  }
}

/**
 * Show an item. If the selected item no longer exists, clear the selection.
 * @param {Item} fetched
 */
function showItem(fetched) {
  if (selected && !fetched.call && !fetched.request) {
    select("");
    return;
  }
  const before = item;
  item = fetched;
  updateDetail(fetched);
  if (fetched.call && before.call?.id === fetched.call.id && before.call.status !== fetched.call.status) {
    const { destination } = fetched.call;
    setText(byId("announcement"), `Call to ${destination.target}: ${callStatus(fetched.call).text}`);
  }
}

/**
 * Show the beginning of the details, wherever the page and the panel have been scrolled to.
 * @param {boolean} withKeyboard
 */
function openDetail(withKeyboard) {
  if (withKeyboard || narrow.matches) byId("detail-head").focus({ preventScroll: true });
  const { top } = byId("detail-top").getBoundingClientRect();
  const hidden = top < Math.max(0, byId("detail").getBoundingClientRect().top);
  if (hidden || narrow.matches || top > innerHeight / 2) byId("detail-top").scrollIntoView();
}

/** @param {string} key */
function select(key) {
  selected = key;
  history.replaceState(null, "", key ? `#${key}` : location.pathname);
  render();
  return refresh();
}

// actions

/**
 * Send an action to the control API, and show the error message if it fails.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function act(method, path, body) {
  try {
    await send(method, path, body);
    setVisible(byId("error"), false);
  } catch (error) {
    showError(error);
  }
}

/** @param {Error} error */
function showError(error) {
  setText(byId("error-text"), `Failed: ${error.message}`);
  setVisible(byId("error"), true);
}

/** @param {number} seconds */
const advance = (seconds) => act("POST", "/clock/advance", { seconds });

/** @param {string} transition */
async function submitTransition(transition) {
  // The item that was just selected may not be loaded yet.
  await select(shownKey());
  if (item.call?.transitions.includes(transition)) {
    document.querySelector(`[data-transition=${transition}]`).requestSubmit();
  }
}

/** @param {HTMLFormElement} form */
function driveCall(form) {
  const { sip, digits, reason } = /** @type {any} */ (form.elements);
  const body = {
    ...(sip && { sip: Number(sip.value) }),
    ...(digits && { digits: digits.value }),
    ...(reason && { reason: reason.value }),
  };
  act("POST", `/calls/${item.call?.id}/${form.dataset.transition}`, body);
}

// setup

for (const form of document.querySelectorAll("[data-transition]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    driveCall(/** @type {HTMLFormElement} */ (form));
  });
}
// The second click of a double click could hit a different button than the first.
byId("transitions").addEventListener("click", (event) => event.detail > 1 && event.preventDefault());
// A user who reaches for a button means the call that is shown now, not a newer one.
for (const type of ["pointerdown", "focusin"]) {
  byId("detail").addEventListener(type, (event) => {
    if (!selected && event.target.closest("#transitions")) select(shownKey());
  });
}
byId("advance").addEventListener("submit", (event) => {
  event.preventDefault();
  advance(Number(event.target.elements.seconds.value));
});
for (const button of document.querySelectorAll("[data-seconds]")) {
  button.addEventListener("click", () => advance(Number(button.dataset.seconds)));
}
faultForm((fault) => act("POST", "/faults", fault));
byId("clear-faults").addEventListener("click", () => act("DELETE", "/faults"));
webhookFaultForm((fault) => act("POST", "/webhooks/faults", fault));
byId("clear-webhook-faults").addEventListener("click", () => act("DELETE", "/webhooks/faults"));
byId("take").addEventListener("click", () => act("POST", "/snapshots"));
byId("snapshots").addEventListener("click", ({ target }) => {
  const { restoreId, deleteId } = target.dataset;
  if (restoreId) act("POST", `/snapshots/${restoreId}/restore`);
  if (deleteId) act("DELETE", `/snapshots/${deleteId}`);
});
byId("ask-reset").addEventListener("click", () => byId("reset-dialog").showModal());
byId("reset-dialog").addEventListener("close", ({ target }) => {
  if (target.returnValue) act("POST", "/reset");
  target.returnValue = "";
});
byId("follow").addEventListener("click", () => select(""));
byId("dismiss").addEventListener("click", () => setVisible(byId("error"), false, byId("detail-head")));
for (const one of [byId("calls-list"), byId("requests-list")]) {
  one.addEventListener("focusin", () => (list = one));
  navigable(one, select, openDetail);
}
shortcuts([
  { key: "j", text: "select the next call or request (or arrow down)", run: () => moveSelection(list, 1, select) },
  { key: "k", text: "select the previous call or request (or arrow up)", run: () => moveSelection(list, -1, select) },
  { key: "Enter", text: "open the selected call or request" },
  { key: "c", text: "go to the calls", run: () => focusList(byId("calls-list")) },
  { key: "q", text: "go to the requests", run: () => focusList(byId("requests-list")) },
  { key: "/", text: "filter the requests", run: () => byId("request-filter").elements.text.focus() },
  { key: "Escape", text: "follow the newest call or request", run: () => select("") },
  { key: "r", text: "ring", run: () => submitTransition("ring") },
  { key: "a", text: "answer the call", run: () => submitTransition("answer") },
  { key: "x", text: "reject the call", run: () => submitTransition("reject") },
  { key: "d", text: "go to the digits to press", run: () => document.querySelector("[name=digits]").focus() },
  { key: "h", text: "hang up", run: () => submitTransition("hangup") },
  { key: "1", text: "advance the clock by 1 s", run: () => advance(1) },
  { key: "2", text: "advance the clock by 10 s", run: () => advance(10) },
  { key: "3", text: "advance the clock by 60 s", run: () => advance(60) },
  { key: "f", text: "go to the faults", run: () => byId("fault-form").elements.kind.focus() },
  { key: "s", text: "take a snapshot", run: () => act("POST", "/snapshots") },
]);
setText(byId("base-url"), `${location.origin}/v1.0`);

let scheduled = false;
subscribe(
  (received) => {
    overview = received;
    if (!scheduled) requestAnimationFrame(draw);
    scheduled = true;
  },
  (connected) => {
    live = connected;
    // Another server may be running now.
    if (live) forgetRequests();
    setAttribute(byId("connection"), "data-live", String(live));
    setText(byId("connection"), live ? "live" : "offline");
    setText(byId("disconnected"), live ? "" : "Connection lost. Showing the last known state; reconnecting ...");
    if (live) loadCatalogue().then(refresh);
  },
);

function draw() {
  scheduled = false;
  render();
  refresh();
}
