/** The workbench: pending faults, carriers, the bill and snapshots. */

import { byId, el, keyed, say, set, show, texts } from "./dom.js";
import { money, moment } from "./format.js";

/** @typedef {import("./api.js").Overview} Overview */

function faultCard() {
  const says = el("p");
  const where = el("code");
  const node = el("li", {}, says, where);

  /** @param {import("./api.js").ArmedFault} armed */
  function update({ says: text, fault, struck }) {
    say(says, text);
    say(where, `${fault.method ?? "any"} ${fault.path ?? "*"}${struck ? `, struck ${struck} times` : ""}`);
  }
  return { node, update };
}

function carrierCard() {
  const name = el("strong");
  const health = el("span", { class: "health" });
  const host = el("code");
  const lines = el("ul", { class: "script" });
  const updateLines = texts(lines, "li");
  const node = el("li", {}, el("p", {}, name, " ", health), host, lines);

  /** @param {import("./api.js").Carrier} carrier */
  function update(carrier) {
    say(name, carrier.name);
    say(health, carrier.health_status);
    set(health, "data-health", carrier.health_status);
    say(host, carrier.hostname);
    updateLines(carrier.lines.length ? carrier.lines : ["no script: the number that is dialled decides"]);
  }
  return { node, update };
}

function billLine() {
  const [to, talked, charged, cost] = [el("td"), el("td"), el("td"), el("td")];

  /** @param {import("./api.js").BillLine & {to: string}} line */
  function update(line) {
    say(to, line.to);
    say(talked, line.status === "end" ? `${line.seconds} s` : "talking");
    say(charged, line.units ? `${line.units} min` : "");
    say(cost, money(line.cost));
  }
  return { node: el("tr", {}, to, talked, charged, cost), update };
}

/** @param {import("./api.js").Snapshot} snapshot */
function snapshotCard({ id, now }) {
  const restore = el("button", { "data-restore": id, "aria-label": `Restore snapshot ${id}` }, "Restore");
  const forget = el("button", { "data-forget": id, "aria-label": `Forget snapshot ${id}` }, "Forget");
  const node = el("li", {}, el("p", {}, `${id}: ${moment(now)}`), el("div", { class: "joined" }, restore, forget));
  return { node, update: () => {} };
}

/** @returns {(overview: Overview) => void} */
export function bench() {
  const faults = keyed(byId("faults"), (_, index) => String(index), faultCard, byId("faults-head"));
  const carriers = keyed(byId("carriers"), ({ id }) => id, carrierCard);
  const lines = keyed(document.querySelector("#bill tbody"), (line) => line.call_id, billLine);
  const snapshots = keyed(byId("snapshots"), ({ id, now }) => `${id} ${now}`, snapshotCard, byId("snapshots-head"));
  return (overview) => {
    const { bill, calls } = overview;
    const targets = new Map(calls.map((call) => [call.id, call.destination.target]));
    faults(overview.faults);
    show(byId("clear-faults"), overview.faults.length > 0, byId("faults-head"));
    carriers(overview.carriers);
    lines(bill.lines.map((line) => ({ ...line, to: targets.get(line.call_id) ?? line.call_id.slice(0, 8) })));
    say(byId("cost"), money(bill.cost));
    show(byId("bill"), bill.lines.length > 0);
    show(byId("no-bill"), bill.lines.length === 0);
    snapshots(overview.snapshots);
  };
}
