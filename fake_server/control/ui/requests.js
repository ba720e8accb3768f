/** The list of requests, newest first. */

import { byId, el, keyedChildren, setAttribute, setText, setVisible } from "./dom.js";
import { timeOfDay } from "./format.js";
import { mark } from "./list_navigation.js";

/** @typedef {import("./api.js").Exchange} Exchange */

/** @param {Exchange} exchange */
export const outcome = ({ status, refused_by: rule, fault }) =>
  [status ? `${status}` : "no response", rule && "refused", fault && "fault"].filter(Boolean).join(", ");

/** @param {Exchange} exchange */
function requestRow({ number }) {
  const line = el("span", { class: "to" });
  const status = el("span", { class: "status" });
  const from = el("span", { class: "from" });
  const more = el("span", { class: "more" });
  const attributes = { "data-key": `request:${number}`, class: "row" };
  const button = el("button", attributes, el("span", { class: "dot" }), line, " ", status, " ", from, " ", more);

  /** @param {Exchange} exchange */
  function update(exchange) {
    setAttribute(button, "data-state", exchange.refused_by ? "failed" : exchange.fault ? "broken" : "fine");
    setText(line, `${exchange.method} ${exchange.url.replace(/^\/v1\.0(?=\/)/, "")}`);
    setText(status, outcome(exchange));
    setText(from, [`#${number}`, exchange.refused_by, exchange.fault].filter(Boolean).join("  "));
    setText(more, timeOfDay(exchange.at));
  }
  return { node: el("li", {}, button), update };
}

/** @returns {(overview: import("./api.js").Overview, shownKey: string) => void} */
export function requestList() {
  const list = byId("requests-list");
  const keyOf = (exchange) => `${exchange.number} ${exchange.at}`;
  const update = keyedChildren(list, keyOf, requestRow, byId("requests-head"));
  return ({ requests, counts }, shownKey) => {
    update(requests);
    mark(list, shownKey);
    const total = counts.requests;
    setText(byId("requests-count"), requests.length < total ? `${requests.length} of ${total}` : `${total}`);
    setVisible(byId("no-requests"), total === 0);
  };
}
