/** Client of the control API of the fake that serves this page. */

/**
 * The fields of its models that the inspector uses; /_fake/docs documents all of them.
 * @typedef {{type: string, target: string, target_name: string}} Address
 * @typedef {{id: string, status: string, source: Address, destination: Address, provider_id: string, flow_id: string,
 *   parent_groupcall_id: string, hangup_by: string, hangup_reason: string, sip: number, said: string[], cost: string,
 *   tm_create: string, tm_progressing: string | null, tm_hangup: string | null, transitions: string[],
 *   hangup_reasons: string[]}} Call
 * @typedef {{uri: string, from_name: string, from_number: string, headers: Record<string, string>}} Invite
 * @typedef {{seconds: number, participants: string, event: string, rule: string}} LadderStep
 * @typedef {Call & {invite: Invite | null, invites: Invite[], ladder: LadderStep[]}} CallDetail
 * @typedef {{id: string, provider: string, destinations: Address[], call_ids: string[], groupcall_ids: string[],
 *   tm_create: string, tm_delete: string | null}} ProviderCall
 * @typedef {{rule: string, passed: boolean}} RuleOutcome
 * @typedef {{number: number, at: string, method: string, url: string, request_body: string, status: number,
 *   response_body: string, principal: string, rule_outcomes: RuleOutcome[], refused_by: string | null,
 *   explanation: string[], notes: string[], warnings: string[], fault: string}} Exchange
 * @typedef {{number: number, at: string, method: string, url: string, status: number, refused_by: string | null,
 *   fault: string}} RequestSummary
 * @typedef {{name: string, username: string, permission: string}} User
 * @typedef {{id: string, name: string, hostname: string, health_status: string, tm_delete: string | null,
 *   lines: string[], script_applies: boolean}} Carrier
 * @typedef {{number: number, at: string, type: string, url: string, attempt: number, status: number | null,
 *   error: string, delivered: boolean}} Delivery
 * @typedef {{due: string, type: string, url: string, attempt: number}} PendingWebhook
 * @typedef {{fault: Record<string, any>, description: string, seen: number, applied: number}} ArmedWebhookFault
 * @typedef {{delivered: number, failed: number, undeliverable: number, pending: number, due: number,
 *   deliveries: Delivery[], queue: PendingWebhook[], faults: ArmedWebhookFault[]}} Webhooks
 * @typedef {{number: number, opened: string, principal: string, topics: string[], close_code: number | null,
 *   closed_because: string, silent: boolean, message_count: number}} WebSocketConnection
 * @typedef {{websocket: number, number: number, at: string, topic: string, type: string}} SentMessage
 * @typedef {{opened: number, open: number, sent: number, pending: number, connections: WebSocketConnection[],
 *   messages: SentMessage[]}} WebSockets
 * @typedef {{fault: Record<string, any>, description: string, seen: number, triggered: number}} ArmedFault
 * @typedef {{call_id: string, status: string, seconds: number, units: number, cost: string}} LedgerLine
 * @typedef {{id: string, now: string}} Snapshot
 * @typedef {{edition: string, clock: {now: string, lifecycle: string},
 *   counts: {providercalls: number, calls: number, requests: number}, users: User[], carriers: Carrier[],
 *   providercalls: ProviderCall[], calls: Call[], requests: Exchange[], ledger: {cost: string, lines: LedgerLine[]},
 *   faults: ArmedFault[], webhooks: Webhooks, websockets: WebSockets, snapshots: Snapshot[]}} Overview
 */

const RECONNECT_MS = 500;

/**
 * Send a request to the control API.
 * @param {string} method
 * @param {string} path below `/_fake`
 * @param {object} [body]
 * @returns {Promise<any>} the parsed response; rejects with an Error whose message can be shown to the user
 */
export async function send(method, path, body) {
  const response = await fetch(`/_fake${path}`, { method, body: body && JSON.stringify(body) }).catch(() => null);
  if (response === null) throw new Error("the server does not respond");
  const result = await response.json();
  if (!response.ok) throw new Error(result.error.message);
  return result;
}

/**
 * Subscribe to the overview, and reconnect whenever the connection is lost.
 * @param {(overview: Overview) => void} onOverview
 * @param {(live: boolean) => void} onConnection
 */
export function subscribe(onOverview, onConnection) {
  const source = new EventSource("/_fake/stream");
  source.onopen = () => onConnection(true);
  source.onmessage = (event) => onOverview(JSON.parse(event.data));
  source.onerror = () => {
    // Browsers reconnect on their own, but late, and not after every kind of response.
    source.close();
    onConnection(false);
    setTimeout(subscribe, RECONNECT_MS, onOverview, onConnection);
  };
}
