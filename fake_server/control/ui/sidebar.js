/** The sidebar: users, pending faults, carriers, webhooks, WebSockets, the ledger and snapshots. */

import { byId, el, keyedChildren, setAttribute, setText, setVisible, textList } from "./dom.js";
import { progress } from "./faults.js";
import { dateTime, money } from "./format.js";
import { webhookSection } from "./webhooks.js";
import { webSocketSection } from "./websockets.js";

/** @typedef {import("./api.js").Overview} Overview */

function faultCard() {
  const text = el("p");
  const where = el("code");
  const node = el("li", {}, text, where);

  /** @param {import("./api.js").ArmedFault} armed */
  function update({ description, fault, seen, triggered }) {
    setText(text, description);
    setText(where, [`${fault.method ?? "any"} ${fault.path ?? "*"}`, ...progress(fault, seen, triggered)].join(", "));
  }
  return { node, update };
}

/**
 * Return the lines of a carrier's script, and whether they have an effect.
 * @param {import("./api.js").Carrier} carrier
 */
function scriptTexts({ lines, script_applies: applies }) {
  if (applies) return lines.length ? lines : ["No script; the dialled number determines the outcome"];
  const manual = "in the lifecycle manual, you control each call";
  return lines.length ? [`Not active: ${manual}`, ...lines] : [`No script; ${manual}`];
}

function carrierCard() {
  const name = el("strong");
  const health = el("span", { class: "health" });
  const host = el("code");
  const lines = el("ul", { class: "script" });
  const updateLines = textList(lines, "li");
  const node = el("li", {}, el("p", {}, name, " ", health), host, lines);

  /** @param {import("./api.js").Carrier} carrier */
  function update(carrier) {
    setText(name, carrier.name);
    const state = carrier.tm_delete ? "deleted" : carrier.health_status;
    setText(health, state);
    setAttribute(health, "data-health", state);
    setText(host, carrier.hostname);
    setAttribute(lines, "data-active", String(carrier.script_applies));
    updateLines(scriptTexts(carrier));
  }
  return { node, update };
}

function ledgerRow() {
  const [to, duration, billed, cost] = [el("td"), el("td"), el("td"), el("td")];

  /** @param {import("./api.js").LedgerLine & {to: string}} line */
  function update(line) {
    setText(to, line.to);
    setText(duration, line.status === "end" ? `${line.seconds} s` : "in progress");
    setText(billed, line.units ? `${line.units} min` : "");
    setText(cost, money(line.cost));
  }
  return { node: el("tr", {}, to, duration, billed, cost), update };
}

/** @param {import("./api.js").Snapshot} snapshot */
function snapshotCard({ id, now }) {
  const restore = el("button", { "data-restore-id": id, "aria-label": `Restore snapshot ${id}` }, "Restore");
  const remove = el("button", { "data-delete-id": id, "aria-label": `Delete snapshot ${id}` }, "Delete");
  const node = el("li", {}, el("p", {}, `${id}: ${dateTime(now)}`), el("div", { class: "joined" }, restore, remove));
  return { node, update: () => {} };
}

/** @returns {(overview: Overview) => void} */
export function sidebar() {
  const updateFaults = keyedChildren(byId("faults"), (_, index) => String(index), faultCard, byId("faults-head"));
  const updateCarriers = keyedChildren(byId("carriers"), ({ id }) => id, carrierCard);
  const updateLedger = keyedChildren(document.querySelector("#ledger tbody"), (line) => line.call_id, ledgerRow);
  const snapshotKey = ({ id, now }) => `${id} ${now}`;
  const updateSnapshots = keyedChildren(byId("snapshots"), snapshotKey, snapshotCard, byId("snapshots-head"));
  const [updateWebhooks, updateWebSockets] = [webhookSection(), webSocketSection()];
  return ({ calls, carriers, faults, ledger, snapshots, webhooks, websockets }) => {
    const targets = new Map(calls.map((call) => [call.id, call.destination.target]));
    updateFaults(faults);
    setVisible(byId("clear-faults"), faults.length > 0, byId("faults-head"));
    updateCarriers(carriers);
    updateWebhooks(webhooks);
    updateWebSockets(websockets);
    updateLedger(ledger.lines.map((line) => ({ ...line, to: targets.get(line.call_id) ?? line.call_id.slice(0, 8) })));
    setText(byId("cost"), money(ledger.cost));
    setVisible(byId("ledger"), ledger.lines.length > 0);
    setVisible(byId("no-ledger"), ledger.lines.length === 0);
    updateSnapshots(snapshots);
  };
}
