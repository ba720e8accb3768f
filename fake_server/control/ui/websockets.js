/** WebSockets: the connections of clients with their topics, and the messages that were sent to them. */

import { byId, el, keyedChildren, setAttribute, setText, setVisible, textList } from "./dom.js";
import { timeOfDay } from "./format.js";

/**
 * @typedef {import("./api.js").WebSocketConnection} WebSocketConnection
 * @typedef {import("./api.js").SentMessage} SentMessage
 */

/** @param {number} count */
const messages = (count) => `${count} ${count === 1 ? "message" : "messages"}`;

/** @param {WebSocketConnection} connection */
function state({ close_code: code, silent }) {
  if (code !== null) return `closed with ${code}`;
  return silent ? "open, silenced by a fault" : "open";
}

function connectionCard() {
  const [name, status, opened, topics, because] = [
    el("strong"), el("span", { class: "status" }), el("span", { class: "from" }), el("ul", { class: "script" }), el("p"),
  ];
  const updateTopics = textList(topics, "li");
  const node = el("li", {}, el("p", { class: "pair" }, name, " ", status), opened, topics, because);

  /** @param {WebSocketConnection} connection */
  function update(connection) {
    const open = connection.close_code === null;
    setText(name, `#${connection.number} of ${connection.principal}`);
    setText(status, state(connection));
    setText(opened, `opened ${timeOfDay(connection.opened)}, ${messages(connection.message_count)}`);
    setAttribute(topics, "data-active", String(open));
    updateTopics(connection.topics.length || !open ? connection.topics : ["No subscription yet"]);
    setText(because, connection.closed_because);
  }
  return { node, update };
}

function messageCard() {
  const [type, to, topic] = [el("code"), el("span", { class: "status" }), el("span", { class: "from" })];
  const node = el("li", {}, el("p", { class: "pair" }, type, " ", to), topic);

  /** @param {SentMessage} message */
  function update(message) {
    setText(type, message.type);
    setText(to, `to #${message.websocket}`);
    setText(topic, `${timeOfDay(message.at)} ${message.topic}`);
  }
  return { node, update };
}

/** @param {import("./api.js").WebSockets} websockets */
const summary = ({ opened, open, sent, pending }) =>
  `${opened} opened, ${open} open, ${messages(sent)} sent${pending ? `, ${pending} delayed by a fault` : ""}`;

/** @returns {(websockets: import("./api.js").WebSockets) => void} */
export function webSocketSection() {
  const head = byId("websockets-head");
  const updateConnections = keyedChildren(
    byId("websockets"), ({ number, opened }) => `${number} ${opened}`, connectionCard, head,
  );
  const updateMessages = keyedChildren(
    byId("sent-messages"), ({ websocket, number, at }) => `${websocket} ${number} ${at}`, messageCard, head,
  );
  return (websockets) => {
    setVisible(byId("websockets-summary"), websockets.opened > 0);
    setVisible(byId("no-websockets"), websockets.opened === 0);
    setText(byId("websockets-summary"), summary(websockets));
    updateConnections(websockets.connections);
    updateMessages(websockets.messages);
  };
}
