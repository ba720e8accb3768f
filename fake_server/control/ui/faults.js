/** The form that injects a fault, and the progress of a pending one. */

import { byId, el, keyedChildren, setVisible } from "./dom.js";

/**
 * Each kind of fault: its label, when it can be applied, and its extra fields; as in fake_server/transports/faults.py.
 * @type {Record<string, {label: string, when: string[], fields: string[]}>}
 */
const KINDS = {
  error: { label: "error response", when: ["before", "after"], fields: ["status", "retry_after"] },
  delay: { label: "delayed response", when: ["after"], fields: ["seconds"] },
  timeout: { label: "no response", when: ["after", "before", "connect"], fields: [] },
  drop: { label: "connection closed", when: ["after", "before", "connect"], fields: [] },
  reset: { label: "connection reset", when: ["after", "before"], fields: [] },
  truncate: { label: "truncated body", when: ["after"], fields: [] },
  corrupt: { label: "corrupted body", when: ["after"], fields: [] },
};
const WHEN_LABELS = {
  after: "after processing",
  before: "before processing",
  connect: "while connecting",
};
const NUMBERS = ["status", "seconds"];

/**
 * Set up the form.
 * @param {(fault: object) => void} add
 */
export function faultForm(add) {
  const form = byId("fault-form");
  const { kind, when } = form.elements;
  kind.append(...Object.entries(KINDS).map(([value, { label }]) => el("option", { value }, `${value}: ${label}`)));
  const updateWhen = keyedChildren(when, String, (value) => {
    return { node: el("option", { value }, WHEN_LABELS[value]), update: () => {} };
  });
  const adapt = () => {
    updateWhen(KINDS[kind.value].when);
    when.selectedIndex = 0;
    for (const name of ["status", "retry_after", "seconds"]) {
      setVisible(form.elements[name].closest("label"), KINDS[kind.value].fields.includes(name));
    }
  };
  kind.addEventListener("change", adapt);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add(faultOf(form.elements));
  });
  adapt();
}

/** @param {any} inputs */
function faultOf(inputs) {
  const fault = { kind: inputs.kind.value, when: inputs.when.value, method: inputs.method.value, path: inputs.path.value };
  for (const name of KINDS[fault.kind].fields) {
    const value = inputs[name].value.trim();
    if (value) fault[name] = NUMBERS.includes(name) || /^\d+$/.test(value) ? Number(value) : value;
  }
  return fault;
}

/**
 * Describe what a pending fault still waits for, and how often it was triggered.
 * @param {Record<string, any>} fault
 * @param {number} seen
 * @param {number} triggered
 */
export function progress({ nth = 1, times = 1 }, seen, triggered) {
  const parts = [];
  if (seen < nth - 1) parts.push(`from match ${nth}, ${seen} so far`);
  if (triggered) parts.push(`triggered ${triggered} ${triggered === 1 ? "time" : "times"}`);
  if (times !== 1) parts.push(times === null ? "unlimited" : `at most ${times}`);
  return parts;
}
