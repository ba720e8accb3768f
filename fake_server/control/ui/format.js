/** How times, money and the rest are written. */

/**
 * The time of day of an RFC 3339 time, to the millisecond.
 * @param {string} time
 */
export const timeOfDay = (time) => time.slice(11, 19) + (time[19] === "." ? time.slice(19, 23) : ".000");

/**
 * An RFC 3339 time in words, to the second.
 * @param {string} time
 */
export const moment = (time) => `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;

/**
 * The seconds from one time to another.
 * @param {string} from
 * @param {string} to
 */
export const secondsBetween = (from, to) => Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);

/** @param {string} dollars */
export const money = (dollars) => `$${dollars.includes(".") ? dollars : `${dollars}.00`}`;

/** @param {import("./api.js").Address} address */
export const person = ({ target, target_name: name }) => (name ? `${name} <${target}>` : target);

/**
 * A body to be read: JSON with one thing a line, anything else as it is.
 * @param {string} body
 */
export function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/**
 * How a call stands, in a word or two, and what sort of standing that is.
 * @param {import("./api.js").Call} call
 * @returns {{state: string, says: string}}
 */
export function standing(call) {
  if (call.status !== "hangup") return { state: call.status, says: call.status };
  const fine = ["normal", "cancel", "amd"].includes(call.hangup_reason);
  return { state: fine ? "ended" : "failed", says: `ended, ${call.hangup_reason}` };
}
