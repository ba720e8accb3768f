/** Talks to the control API of the fake that has served this page. */

/**
 * What of its models is shown; /_fake/docs has all of them.
 * @typedef {{type: string, target: string, target_name: string}} Address
 * @typedef {{id: string, status: string, source: Address, destination: Address, provider_id: string, flow_id: string,
 *   parent_groupcall_id: string, hangup_by: string, hangup_reason: string, sip: number, said: string[], cost: string,
 *   tm_create: string, tm_progressing: string | null, tm_hangup: string | null, moves: string[],
 *   hangup_reasons: string[]}} Call
 * @typedef {{uri: string, from_name: string, from_number: string, headers: Record<string, string>}} Invite
 * @typedef {{seconds: number, who: string, what: string, rule: string}} Rung
 * @typedef {Call & {invite: Invite | null, ladder: Rung[]}} CallStory
 * @typedef {{id: string, provider: string, destinations: Address[], call_ids: string[], groupcall_ids: string[],
 *   tm_create: string, tm_delete: string | null}} ProviderCall
 * @typedef {{rule: string, passed: boolean}} Met
 * @typedef {{number: number, at: string, method: string, url: string, body: string, status: number, answer: string,
 *   asker: string, met: Met[], refused_by: string | null, why: string[], notes: string[], advice: string[],
 *   fault: string}} Exchange
 * @typedef {{id: string, name: string, hostname: string, health_status: string, lines: string[]}} Carrier
 * @typedef {{fault: Record<string, any>, says: string, seen: number, struck: number}} ArmedFault
 * @typedef {{call_id: string, status: string, seconds: number, units: number, cost: string}} BillLine
 * @typedef {{id: string, now: string}} Snapshot
 * @typedef {{edition: string, clock: {now: string, lifecycle: string},
 *   counts: {providercalls: number, calls: number, requests: number}, carriers: Carrier[],
 *   providercalls: ProviderCall[], calls: Call[], requests: Exchange[], bill: {cost: string, lines: BillLine[]},
 *   faults: ArmedFault[], snapshots: Snapshot[]}} Overview
 */

const RETRY_AFTER_MS = 500;

/**
 * Ask for something, or have something done.
 * @param {string} method
 * @param {string} path below `/_fake`
 * @param {object} [body]
 * @returns {Promise<any>} what was answered; fails with an Error that says for people why it was not done
 */
export async function ask(method, path, body) {
  const answer = await fetch(`/_fake${path}`, { method, body: body && JSON.stringify(body) }).catch(() => null);
  if (answer === null) throw new Error("the server does not answer");
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error.message);
  return said;
}

/**
 * Be told of everything that happens, from now on; a server that has gone is looked for until it is there again.
 * @param {(overview: Overview) => void} told
 * @param {(live: boolean) => void} linked
 */
export function listen(told, linked) {
  const source = new EventSource("/_fake/stream");
  source.onopen = () => linked(true);
  source.onmessage = (event) => told(JSON.parse(event.data));
  source.onerror = () => {
    // A browser tries again by itself, but late, and not at all after some answers.
    source.close();
    linked(false);
    setTimeout(listen, RETRY_AFTER_MS, told, linked);
  };
}
