/** The details of the selected item: a call with its ladder, or a request with the rules that were checked. */

import { byId, el, factList, keyedChildren, setAttribute, setText, setVisible, textList } from "./dom.js";
import { addressText, callStatus, dateTime, money, prettyBody, timeOfDay } from "./format.js";
import { ladder } from "./ladder.js";
import { outcome } from "./requests.js";
import { ruleList } from "./rules.js";

/**
 * @typedef {import("./api.js").CallDetail} CallDetail
 * @typedef {import("./api.js").Exchange} Exchange
 */

function callView() {
  const head = byId("detail-head");
  const forms = [...document.querySelectorAll("[data-transition]")];
  const [updateFacts, updateLadder, updateSaid, updateRules] = [
    factList(byId("call-facts")), ladder(byId("ladder")), textList(byId("said"), "li"), ruleList(byId("call-rules")),
  ];
  const updateReasons = keyedChildren(document.querySelector("[name=reason]"), String, (reason) => {
    return { node: el("option", {}, reason), update: () => {} };
  });

  /** @param {CallDetail} call */
  return (call) => {
    const { state, text } = callStatus(call);
    setAttribute(head, "data-state", state);
    setText(head, `Call to ${addressText(call.destination)}: ${text}`);
    for (const form of forms) setVisible(form, call.transitions.includes(form.dataset.transition), head);
    setVisible(byId("transitions"), call.transitions.length > 0);
    updateReasons(call.hangup_reasons);
    updateFacts(factsOf(call));
    updateLadder(call.ladder);
    setText(byId("invite-head"), call.invites.length > 1 ? `INVITEs of ${call.invites.length} routes, in order` : "INVITE");
    setText(byId("invite"), call.invites.map(inviteText).join("\n\n") || "None: the call never reached a carrier");
    updateSaid(call.said);
    setVisible(byId("said-part"), call.said.length > 0);
    updateRules(call.ladder.filter(({ rule }) => rule).map(({ rule }) => ({ rule })));
  };
}

/** @param {CallDetail} call */
const factsOf = (call) => ({
  From: addressText(call.source),
  Cost: money(call.cost),
  Placed: dateTime(call.tm_create),
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
  const [updateFacts, updateExplanation, updateNotes, updateRules] = [
    factList(byId("request-facts")),
    textList(byId("explanation"), "li"),
    textList(byId("notes"), "li"),
    ruleList(byId("request-rules")),
  ];

  /** @param {Exchange} exchange */
  return (exchange) => {
    setAttribute(head, "data-state", exchange.refused_by ? "failed" : "fine");
    setText(head, `${exchange.method} ${exchange.url}: ${outcome(exchange)}`);
    const { number, at, principal, fault } = exchange;
    updateFacts({ Number: `#${number}`, Time: timeOfDay(at), User: principal, Fault: fault });
    updateExplanation(exchange.explanation);
    setVisible(byId("explanation-part"), exchange.explanation.length > 0);
    const notes = [...exchange.notes, ...exchange.warnings];
    updateNotes(notes);
    setVisible(byId("notes-part"), notes.length > 0);
    setText(byId("request-body"), prettyBody(exchange.request_body) || "none");
    setText(byId("response-body"), prettyBody(exchange.response_body));
    setVisible(byId("response-part"), exchange.response_body !== "");
    updateRules(exchange.rule_outcomes);
  };
}

/** @returns {(item: {call?: CallDetail, request?: Exchange}) => void} */
export function detail() {
  const [showCall, showRequest] = [callView(), requestView()];
  return ({ call, request }) => {
    setVisible(byId("call"), Boolean(call), byId("detail-head"));
    setVisible(byId("request"), Boolean(request), byId("detail-head"));
    if (call) showCall(call);
    else if (request) showRequest(request);
    else setText(byId("detail-head"), "Nothing selected");
  };
}
