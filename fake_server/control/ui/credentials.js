/** The credentials of the users: copied to the clipboard on request, and never shown on the page. */

import { send } from "./api.js";
import { byId, el, keyedChildren, setText } from "./dom.js";

const LABELS = { token: "token", accesskey: "access key", username: "username", password: "password", url: "base URL" };

/**
 * Copy a text that is still being fetched.
 * @param {Promise<string>} text
 */
async function copy(text) {
  if (window.isSecureContext && navigator.clipboard) {
    // Safari requires that the click itself starts the copy, before the text is there.
    const blob = text.then((content) => new Blob([content], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  } else {
    // 127.0.0.1 is a secure context even without TLS, the other addresses of this machine are not.
    copyFromField(await text);
  }
}

/** @param {string} text */
function copyFromField(text) {
  const focused = /** @type {HTMLElement} */ (document.activeElement);
  const field = el("textarea", { class: "visually-hidden" });
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  if (!copied) throw new Error("this browser does not allow the page to copy text");
}

/**
 * Fetch a credential.
 * @param {string} user
 * @param {string} name
 * @returns {Promise<string>}
 */
async function fetchCredential(user, name) {
  if (name === "url") return `${location.origin}/v1.0`;
  const { identities } = await send("GET", "/info");
  return identities[user][name];
}

/**
 * Set up the buttons.
 * @param {(error: Error) => void} onError
 * @returns {(overview: import("./api.js").Overview) => void}
 */
export function credentials(onError) {
  const { user } = byId("credentials").elements;
  const update = keyedChildren(user, ({ name }) => name, userOption);

  /** @param {HTMLButtonElement} button */
  async function copyFor(button) {
    const name = button.dataset.copy ?? "";
    try {
      await copy(fetchCredential(user.value, name));
      const owner = name === "url" ? "" : ` of ${user.value}`;
      setText(byId("copied"), `Copied the ${LABELS[name]}${owner}`);
    } catch (error) {
      onError(error);
    }
  }
  byId("credentials").addEventListener("submit", (event) => {
    event.preventDefault();
    copyFor(event.submitter);
  });
  return ({ users }) => update(users);
}

/** @param {import("./api.js").User} item */
function userOption({ name }) {
  const node = el("option", { value: name });

  /** @param {import("./api.js").User} shown */
  const update = ({ permission }) => setText(node, name === permission ? name : `${name} (${permission})`);
  return { node, update };
}
