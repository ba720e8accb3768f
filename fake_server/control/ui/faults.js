/** The form that breaks the next request. */

import { byId, el, keyed, show } from "./dom.js";

/**
 * What can go wrong, when, and what has to be said about it; as in fake_server/faults.py.
 * @type {Record<string, {says: string, when: string[], takes: string[]}>}
 */
const KINDS = {
  answer: { says: "an error is answered", when: ["before", "after"], takes: ["status", "retry_after"] },
  delay: { says: "the answer is slow", when: ["after"], takes: ["seconds"] },
  time_out: { says: "no answer comes", when: ["after", "before", "connect"], takes: [] },
  drop: { says: "the connection is closed", when: ["after", "before", "connect"], takes: [] },
  reset: { says: "the connection is reset", when: ["after", "before"], takes: [] },
  truncate: { says: "half of the body is lost", when: ["after"], takes: [] },
  garble: { says: "the body is another one", when: ["after"], takes: [] },
};
const MOMENTS = {
  after: "after VoIPbin has acted",
  before: "before VoIPbin acts",
  connecting: "while connecting",
};
const NUMBERS = ["status", "seconds"];

/**
 * Set the form up.
 * @param {(fault: object) => void} add
 */
export function faultForm(add) {
  const form = byId("break");
  const { kind, when } = form.elements;
  kind.append(...Object.entries(KINDS).map(([value, { says }]) => el("option", { value }, `${value}: ${says}`)));
  const moments = keyed(when, String, (value) => {
    return { node: el("option", { value }, MOMENTS[value]), update: () => {} };
  });
  const adapt = () => {
    moments(KINDS[kind.value].when);
    when.selectedIndex = 0;
    for (const name of ["status", "retry_after", "seconds"]) {
      show(form.elements[name].closest("label"), KINDS[kind.value].takes.includes(name));
    }
  };
  kind.addEventListener("change", adapt);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add(faultOf(form.elements));
  });
  adapt();
}

/** @param {any} fields */
function faultOf(fields) {
  const fault = { kind: fields.kind.value, when: fields.when.value, method: fields.method.value, path: fields.path.value };
  for (const name of KINDS[fault.kind].takes) {
    const value = fields[name].value.trim();
    if (value) fault[name] = NUMBERS.includes(name) || /^\d+$/.test(value) ? Number(value) : value;
  }
  return fault;
}
