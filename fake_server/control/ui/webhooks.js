/** Webhooks: deliveries, pending ones, and the form that injects a webhook fault. */

import { byId, el, keyedChildren, setAttribute, setText, setVisible } from "./dom.js";
import { progress } from "./faults.js";
import { timeOfDay } from "./format.js";

/**
 * @typedef {import("./api.js").Delivery} Delivery
 * @typedef {import("./api.js").PendingWebhook} PendingWebhook
 */

/** Each kind of webhook fault, as in fake_server/events/webhook_faults.py: its label, and whether it requires seconds. */
const KINDS = {
  drop: { label: "never sent", seconds: false },
  duplicate: { label: "sent twice", seconds: true },
  delay: { label: "sent later", seconds: true },
  jitter: { label: "sent up to some seconds later", seconds: true },
};

/** @param {Delivery} delivery */
const result = ({ attempt, status, delivered }) =>
  attempt === 0 ? "not sent" : `${status ?? "no response"}${delivered ? "" : ", failed"}`;

function deliveryCard() {
  const [type, status, url, error] = [el("code"), el("span", { class: "status" }), el("span", { class: "from" }), el("p")];
  const node = el("li", {}, el("p", { class: "pair" }, type, " ", status), url, error);

  /** @param {Delivery} delivery */
  function update(delivery) {
    const attempt = delivery.attempt > 1 ? `, attempt ${delivery.attempt}` : "";
    setAttribute(node, "data-state", delivery.delivered ? "fine" : "failed");
    setText(type, delivery.type);
    setText(status, result(delivery));
    setText(url, `#${delivery.number} ${timeOfDay(delivery.at)} to ${delivery.url}${attempt}`);
    setText(error, delivery.error);
  }
  return { node, update };
}

function pendingCard() {
  const [type, url] = [el("code"), el("span", { class: "from" })];
  const node = el("li", {}, el("p", { class: "pair" }, type, " ", el("span", { class: "status" }, "pending")), url);

  /** @param {PendingWebhook} webhook */
  function update({ type: name, due, url: to, attempt }) {
    setText(type, name);
    setText(url, `due ${timeOfDay(due)} to ${to}${attempt > 1 ? `, attempt ${attempt}` : ""}`);
  }
  return { node, update };
}

function faultCard() {
  const [text, where] = [el("p"), el("code")];

  /** @param {import("./api.js").ArmedWebhookFault} armed */
  function update({ description, fault, seen, applied }) {
    setText(text, description);
    setText(where, [fault.event ?? "*", ...progress(fault, seen, applied)].join(", "));
  }
  return { node: el("li", {}, text, where), update };
}

/** @param {import("./api.js").Webhooks} webhooks */
function summary({ delivered, failed, undeliverable, pending, due }) {
  const attempts = failed === 1 ? "failed attempt" : "failed attempts";
  const counts = [`${delivered} delivered`, `${failed} ${attempts}`, `${undeliverable} not sent`, `${pending} pending`];
  return counts.join(", ") + (due ? ` (${due} due: an event loop must deliver them with webhooks.flush())` : "");
}

/** @returns {(webhooks: import("./api.js").Webhooks) => void} */
export function webhookSection() {
  const head = byId("webhooks-head");
  const byIndex = (_, index) => String(index);
  const updateDeliveries = keyedChildren(byId("deliveries"), ({ number, at }) => `${number} ${at}`, deliveryCard, head);
  const updateQueue = keyedChildren(byId("queue"), byIndex, pendingCard, head);
  const updateFaults = keyedChildren(byId("webhook-faults"), byIndex, faultCard, head);
  return (webhooks) => {
    const any = webhooks.deliveries.length + webhooks.queue.length > 0;
    setVisible(byId("webhooks-summary"), any);
    setVisible(byId("no-webhooks"), !any);
    setText(byId("webhooks-summary"), summary(webhooks));
    updateQueue(webhooks.queue);
    updateDeliveries(webhooks.deliveries);
    updateFaults(webhooks.faults);
    setVisible(byId("clear-webhook-faults"), webhooks.faults.length > 0, head);
  };
}

/**
 * Set up the form.
 * @param {(fault: object) => void} add
 */
export function webhookFaultForm(add) {
  const form = byId("webhook-fault-form");
  const { kind, event, nth, seconds } = form.elements;
  kind.append(...Object.entries(KINDS).map(([value, { label }]) => el("option", { value }, `${value}: ${label}`)));
  const adapt = () => setVisible(seconds.closest("label"), KINDS[kind.value].seconds);
  kind.addEventListener("change", adapt);
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    const delay = KINDS[kind.value].seconds && seconds.value ? { seconds: Number(seconds.value) } : {};
    add({ kind: kind.value, event: event.value.trim(), nth: Number(nth.value), ...delay });
  });
  adapt();
}
