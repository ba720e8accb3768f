/** What is looked at: a call with its ladder, or a request with the rules that it met. */

import { byId, el, facts, keyed, say, set, show, texts } from "./dom.js";
import { money, moment, person, pretty, standing, timeOfDay } from "./format.js";
import { ladder } from "./ladder.js";
import { outcome } from "./requests.js";
import { rules } from "./rules.js";

/**
 * @typedef {import("./api.js").CallStory} CallStory
 * @typedef {import("./api.js").Exchange} Exchange
 */

function callView() {
  const head = byId("detail-head");
  const forms = [...document.querySelectorAll("[data-move]")];
  const [about, steps, said, met] = [
    facts(byId("call-facts")), ladder(byId("ladder")), texts(byId("said"), "li"), rules(byId("call-rules")),
  ];
  const reasons = keyed(document.querySelector("[name=reason]"), String, (reason) => {
    return { node: el("option", {}, reason), update: () => {} };
  });

  /** @param {CallStory} call */
  return (call) => {
    const { state, says } = standing(call);
    set(head, "data-state", state);
    say(head, `Call to ${person(call.destination)}: ${says}`);
    for (const form of forms) show(form, call.moves.includes(form.dataset.move), head);
    show(byId("moves"), call.moves.length > 0);
    reasons(call.hangup_reasons);
    about(factsOf(call));
    steps(call.ladder);
    say(byId("invite"), call.invite ? inviteText(call.invite) : "none: this call never got as far as a carrier");
    said(call.said);
    show(byId("said-part"), call.said.length > 0);
    met(call.ladder.filter(({ rule }) => rule).map(({ rule }) => ({ rule })));
  };
}

/** @param {CallStory} call */
const factsOf = (call) => ({
  From: person(call.source),
  Cost: money(call.cost),
  Placed: moment(call.tm_create),
  Ended: call.tm_hangup ? `${call.hangup_reason}, by the ${call.hangup_by} side` : "",
  SIP: call.sip ? String(call.sip) : "",
  Call: call.id,
  Flow: call.flow_id,
});

/** @param {import("./api.js").Invite} invite */
const inviteText = (invite) =>
  [
    `INVITE ${invite.uri}`,
    `From: "${invite.from_name}" <${invite.from_number}>`,
    ...Object.entries(invite.headers).map(([name, value]) => `${name}: ${value}`),
  ].join("\n");

function requestView() {
  const head = byId("detail-head");
  const [about, why, notes, met] = [
    facts(byId("request-facts")), texts(byId("why"), "li"), texts(byId("notes"), "li"), rules(byId("request-rules")),
  ];

  /** @param {Exchange} exchange */
  return (exchange) => {
    set(head, "data-state", exchange.refused_by ? "failed" : "fine");
    say(head, `${exchange.method} ${exchange.url}: ${outcome(exchange)}`);
    about({ Number: `#${exchange.number}`, At: timeOfDay(exchange.at), "Asked by": exchange.asker, Fault: exchange.fault });
    why(exchange.why);
    show(byId("why-part"), exchange.why.length > 0);
    notes([...exchange.notes, ...exchange.advice]);
    show(byId("notes-part"), exchange.notes.length + exchange.advice.length > 0);
    say(byId("body"), pretty(exchange.body) || "none");
    say(byId("answer"), pretty(exchange.answer));
    show(byId("answer-part"), exchange.answer !== "");
    met(exchange.met);
  };
}

/** @returns {(subject: {call?: CallStory, request?: Exchange}) => void} */
export function detail() {
  const [showCall, showRequest] = [callView(), requestView()];
  return ({ call, request }) => {
    show(byId("call"), Boolean(call), byId("detail-head"));
    show(byId("request"), Boolean(request), byId("detail-head"));
    if (call) showCall(call);
    else if (request) showRequest(request);
    else say(byId("detail-head"), "Nothing to look at yet");
  };
}
