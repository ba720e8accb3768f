/** Format times, money, addresses, bodies and statuses. */

/**
 * Return the time of day of an RFC 3339 time, in milliseconds.
 * @param {string} time
 */
export const timeOfDay = (time) => time.slice(11, 19) + (time[19] === "." ? time.slice(19, 23) : ".000");

/**
 * Return the date and time of an RFC 3339 time, in seconds.
 * @param {string} time
 */
export const dateTime = (time) => `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;

/**
 * Return the number of seconds between two times.
 * @param {string} from
 * @param {string} to
 */
export const secondsBetween = (from, to) => Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);

/** @param {string} dollars */
export const money = (dollars) => `$${dollars.includes(".") ? dollars : `${dollars}.00`}`;

/** @param {import("./api.js").Address} address */
export const addressText = ({ target, target_name: name }) => (name ? `${name} <${target}>` : target);

/**
 * Return a JSON body with indentation, and any other body unchanged.
 * @param {string} body
 */
export function prettyBody(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/**
 * Return a short call status, and the state that selects its symbol and colour.
 * @param {import("./api.js").Call} call
 * @returns {{state: string, text: string}}
 */
export function callStatus(call) {
  if (call.status !== "hangup") return { state: call.status, text: call.status };
  const fine = ["normal", "cancel", "amd"].includes(call.hangup_reason);
  return { state: fine ? "ended" : "failed", text: `ended, ${call.hangup_reason}` };
}
