/** The list of requests, the newest first. */

import { byId, el, keyed, say, set, show } from "./dom.js";
import { timeOfDay } from "./format.js";
import { mark } from "./list_navigation.js";

/** @typedef {import("./api.js").Exchange} Exchange */

/** @param {Exchange} exchange */
export const outcome = ({ status, refused_by: rule, fault }) =>
  [status ? `${status}` : "no answer", rule && "refused", fault && "fault"].filter(Boolean).join(", ");

/** @param {Exchange} exchange */
function row({ number }) {
  const line = el("span", { class: "to" });
  const status = el("span", { class: "status" });
  const from = el("span", { class: "from" });
  const more = el("span", { class: "more" });
  const key = { "data-key": `request:${number}`, class: "row" };
  const button = el("button", key, el("span", { class: "dot" }), line, " ", status, " ", from, " ", more);

  /** @param {Exchange} exchange */
  function update(exchange) {
    set(button, "data-state", exchange.refused_by ? "failed" : exchange.fault ? "broken" : "fine");
    say(line, `${exchange.method} ${exchange.url.replace(/^\/v1\.0(?=\/)/, "")}`);
    say(status, outcome(exchange));
    say(from, [`#${number}`, exchange.refused_by, exchange.fault].filter(Boolean).join("  "));
    say(more, timeOfDay(exchange.at));
  }
  return { node: el("li", {}, button), update };
}

/** @returns {(overview: import("./api.js").Overview, shown: string) => void} */
export function requestList() {
  const list = byId("requests-list");
  const update = keyed(list, (exchange) => `${exchange.number} ${exchange.at}`, row, byId("requests-head"));
  return ({ requests, counts }, shown) => {
    update(requests);
    mark(list, shown);
    const all = counts.requests;
    say(byId("requests-count"), requests.length < all ? `${requests.length} of ${all}` : `${all}`);
    show(byId("no-requests"), all === 0);
  };
}
