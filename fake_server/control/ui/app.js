/** The inspector: what the stream tells goes to the parts of the page, what is pressed goes to the control API. */

import { bench } from "./sidebar.js";
import { callList } from "./calls.js";
import { detail } from "./detail.js";
import { byId, say, set, show } from "./dom.js";
import { faultForm } from "./faults.js";
import { moment, standing } from "./format.js";
import { keys } from "./shortcuts.js";
import { requestList } from "./requests.js";
import { enterList, walk, walkable } from "./list_navigation.js";
import { readCatalogue } from "./rules.js";
import { ask, listen } from "./api.js";

/**
 * @typedef {import("./api.js").Overview} Overview
 * @typedef {{call?: import("./api.js").CallStory, request?: import("./api.js").Exchange}} Subject
 */

const [updateCalls, updateRequests, updateDetail, updateBench] = [callList(), requestList(), detail(), bench()];
const narrow = matchMedia("(max-width: 760px)");

/** @type {Overview | null} */
let overview = null;
/** What a person has chosen: `call:ID` or `request:NUMBER`; empty while the newest is followed. */
let chosen = location.hash.slice(1);
/** @type {Subject} */
let subject = {};
let list = byId("calls-list");
let live = false;

// showing

/** What is looked at: what was chosen, else the newest call, else the newest request. */
function shown() {
  if (chosen || !overview) return chosen;
  const { calls, requests } = overview;
  return calls.length ? `call:${calls[0].id}` : requests.length ? `request:${requests[0].number}` : "";
}

function render() {
  if (!overview) return;
  const { clock, edition } = overview;
  say(byId("edition"), edition);
  say(byId("lifecycle"), clock.lifecycle);
  say(byId("now"), moment(clock.now));
  updateCalls(overview, shown());
  updateRequests(overview, shown());
  updateBench(overview);
  show(byId("follow"), chosen !== "", byId("detail-head"));
  const ringing = overview.calls.filter(({ status }) => status === "ringing").length;
  say(document.querySelector("title"), ringing ? `(${ringing} ringing) Fake VoIPbin` : "Fake VoIPbin");
}

/**
 * @param {string} key
 * @returns {Promise<Subject>}
 */
async function lookedUp(key) {
  const [kind, id] = key.split(":");
  if (kind === "call") return { call: await ask("GET", `/calls/${encodeURIComponent(id)}`) };
  if (kind !== "request") return {};
  const [request] = await ask("GET", `/journal?after=${Number(id) - 1}&limit=1`);
  return { request };
}

/** @type {Promise<void> | null} */
let looking = null;
let again = false;

/** Look up what is shown, and once more if something has changed meanwhile. Without a server all stays as it was. */
function look() {
  again = true;
  looking ??= lookOn().finally(() => (looking = null));
  return looking;
}

async function lookOn() {
  while (again && live) {
    again = false;
    const key = shown();
    const found = await lookedUp(key).catch(() => ({}));
    if (key === shown() && live) tell(found);
  }
}

/**
 * Show what was found; what was chosen and is there no more is chosen no more.
 * @param {Subject} found
 */
function tell(found) {
  if (chosen && !found.call && !found.request) {
    choose("");
    return;
  }
  const before = subject;
  subject = found;
  updateDetail(found);
  if (found.call && before.call?.id === found.call.id && before.call.status !== found.call.status) {
    say(byId("told"), `Call to ${found.call.destination.target}: ${standing(found.call).says}`);
  }
}

/** @param {string} key */
function choose(key) {
  chosen = key;
  history.replaceState(null, "", key ? `#${key}` : location.pathname);
  render();
  return look();
}

// doing

/**
 * Have something done, and say why when it is not.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function act(method, path, body) {
  try {
    await ask(method, path, body);
    show(byId("refused"), false);
  } catch (why) {
    say(byId("refused-text"), `Not done: ${why.message}`);
    show(byId("refused"), true);
  }
}

/** @param {number} seconds */
const advance = (seconds) => act("POST", "/clock/advance", { seconds });

/** @param {string} move */
async function press(move) {
  // What was chosen just now may not be shown yet.
  await choose(shown());
  if (subject.call?.moves.includes(move)) document.querySelector(`[data-move=${move}]`).requestSubmit();
}

/** @param {HTMLFormElement} form */
function move(form) {
  const { sip, digits, reason } = /** @type {any} */ (form.elements);
  const body = { ...(sip && { sip: Number(sip.value) }), ...(digits && { digits: digits.value }) };
  act("POST", `/calls/${subject.call?.id}/${form.dataset.move}`, { ...body, ...(reason && { reason: reason.value }) });
}

// setting up

for (const form of document.querySelectorAll("[data-move]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    move(/** @type {HTMLFormElement} */ (form));
  });
}
// The second click of two may meet another move than the first.
byId("moves").addEventListener("click", (event) => event.detail > 1 && event.preventDefault());
// Whoever reaches for a button means the call that is there now, not a newer one.
for (const type of ["pointerdown", "focusin"]) {
  byId("detail").addEventListener(type, (event) => {
    if (!chosen && event.target.closest("#moves")) choose(shown());
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
byId("take").addEventListener("click", () => act("POST", "/snapshots"));
byId("snapshots").addEventListener("click", ({ target }) => {
  const { restore, forget } = target.dataset;
  if (restore) act("POST", `/snapshots/${restore}/restore`);
  if (forget) act("DELETE", `/snapshots/${forget}`);
});
byId("ask-reset").addEventListener("click", () => byId("sure").showModal());
byId("sure").addEventListener("close", ({ target }) => {
  if (target.returnValue) act("POST", "/reset");
  target.returnValue = "";
});
byId("follow").addEventListener("click", () => choose(""));
byId("dismiss").addEventListener("click", () => show(byId("refused"), false, byId("detail-head")));
for (const one of [byId("calls-list"), byId("requests-list")]) {
  one.addEventListener("focusin", () => (list = one));
  walkable(one, choose, (byKey) => (byKey || narrow.matches) && byId("detail-head").focus());
}
keys([
  { key: "j", says: "the next call or request; so does the arrow down", does: () => walk(list, 1, choose) },
  { key: "k", says: "the one before; so does the arrow up", does: () => walk(list, -1, choose) },
  { key: "Enter", says: "on a call or request: go to what it is about" },
  { key: "c", says: "to the calls", does: () => enterList(byId("calls-list")) },
  { key: "q", says: "to the requests", does: () => enterList(byId("requests-list")) },
  { key: "Escape", says: "follow the newest", does: () => choose("") },
  { key: "r", says: "let the call ring", does: () => press("ring") },
  { key: "a", says: "answer it", does: () => press("answer") },
  { key: "x", says: "reject it", does: () => press("reject") },
  { key: "d", says: "to the digits to press", does: () => document.querySelector("[name=digits]").focus() },
  { key: "h", says: "hang up", does: () => press("hangup") },
  { key: "1", says: "let a second pass", does: () => advance(1) },
  { key: "2", says: "let ten seconds pass", does: () => advance(10) },
  { key: "3", says: "let a minute pass", does: () => advance(60) },
  { key: "f", says: "to the faults", does: () => byId("break").elements.kind.focus() },
  { key: "s", says: "take a snapshot", does: () => act("POST", "/snapshots") },
]);
say(byId("base-url"), `${location.origin}/v1.0`);

let drawing = false;
listen(
  (news) => {
    overview = news;
    if (!drawing) requestAnimationFrame(draw);
    drawing = true;
  },
  (now) => {
    live = now;
    set(byId("link"), "data-live", String(live));
    say(byId("link"), live ? "live" : "gone");
    say(byId("gone"), live ? "" : "The server is gone. What is shown is how it stood; this page goes on looking for it.");
    if (live) readCatalogue().then(look);
  },
);

function draw() {
  drawing = false;
  render();
  look();
}
