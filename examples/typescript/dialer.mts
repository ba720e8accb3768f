/** A client that places provider calls, and never the same call twice. Needs Node 22.6 or newer. */

const TIMEOUT = 2000;
const POLL_INTERVAL = 50;
const TRIES = 3;

/** The response was not 200. With a status below 500, VoIPbin has placed no call. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`VoIPbin returned ${status}`);
    this.status = status;
  }
}

/** The response was lost: the call may have been placed. */
export class OutcomeUnknown extends Error {}

/** A provider call. It never changes: read the outcome from its calls. */
export type ProviderCall = { id: string; call_ids: string[] };
export type Call = { id: string; status: string; hangup_reason?: string | null };
type Page = { result: ProviderCall[]; next_page_token: string };

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Dialer {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  place(body: unknown): Promise<ProviderCall> {
    return this.#send("POST", "/providercalls", body);
  }

  getRecord(id: string): Promise<ProviderCall> {
    return this.#send("GET", `/providercalls/${encodeURIComponent(id)}`);
  }

  /** List every provider call, up to the empty page: a short page need not be the last one. */
  async listRecords(): Promise<ProviderCall[]> {
    const found: ProviderCall[] = [];
    for (let token = ""; ; ) {
      const query = new URLSearchParams({ page_size: "100", ...(token && { page_token: token }) });
      const page = await this.#send<Page>("GET", `/providercalls?${query}`);
      if (page.result.length === 0) return found;
      found.push(...page.result);
      token = page.next_page_token;
    }
  }

  getCall(id: string): Promise<Call> {
    return this.#send("GET", `/calls/${encodeURIComponent(id)}`);
  }

  /** Wait until every call of a record has ended, and return their hangup reasons by id. */
  async waitUntilDone(record: ProviderCall): Promise<Record<string, string>> {
    const reasons: Record<string, string> = {};
    for (const id of record.call_ids) {
      let call = await this.getCall(id);
      while (call.status !== "hangup") {
        await sleep(POLL_INTERVAL);
        call = await this.getCall(id);
      }
      reasons[id] = call.hangup_reason ?? "";
    }
    return reasons;
  }

  /** Delete the record, and leave its calls as they are. */
  async deleteRecord(id: string): Promise<void> {
    await this.#send("DELETE", `/providercalls/${encodeURIComponent(id)}`);
  }

  async hangUp(id: string): Promise<void> {
    await this.#send("POST", `/calls/${encodeURIComponent(id)}/hangup`);
  }

  /** Repeat a request after a 429 only: then VoIPbin has not processed it. */
  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#once(method, path, body);
      if (response.status === 429 && attempt < TRIES) {
        await sleep(1000 * Number(response.headers.get("Retry-After") ?? 1));
        continue;
      }
      if (response.status !== 200) throw new Refused(response.status);
      try {
        return (await response.json()) as T;
      } catch {
        throw new OutcomeUnknown(`no valid response to ${method} ${path}`);
      }
    }
  }

  async #once(method: string, path: string, body?: unknown): Promise<Response> {
    try {
      return await fetch(this.#base + path, {
        method,
        headers: { Authorization: `Bearer ${this.#token}`, "Content-Type": "application/json" },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT),
      });
    } catch {
      throw new OutcomeUnknown(`no response to ${method} ${path}`);
    }
  }
}
