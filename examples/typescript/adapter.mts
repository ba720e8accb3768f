/** Adapts the dialer for `providercalls conform`: one line of JSON per operation, and one per result. */

import { createInterface } from "node:readline";
import { Dialer, type ProviderCall, Refused } from "./dialer.mts";

type Message = { operation: string; body?: unknown; placed?: ProviderCall; id?: string };

const dialer = new Dialer(process.env.VOIPBIN_BASE_URL!, process.env.VOIPBIN_TOKEN!);

const operations: Record<string, (message: Message) => Promise<unknown>> = {
  place: ({ body }) => dialer.place(body),
  get_record: ({ id }) => dialer.getRecord(id!),
  list_records: () => dialer.listRecords(),
  get_call: ({ id }) => dialer.getCall(id!),
  wait_until_done: ({ placed }) => dialer.waitUntilDone(placed!),
  delete_record: ({ id }) => dialer.deleteRecord(id!),
  hang_up: ({ id }) => dialer.hangUp(id!),
};

async function respond(message: Message): Promise<unknown> {
  if (message.operation === "operations") return { ok: true, value: Object.keys(operations) };
  try {
    return { ok: true, value: await operations[message.operation]!(message) };
  } catch (error) {
    const { name, message } = error as Error;
    const status = error instanceof Refused ? error.status : null;
    return { ok: false, error: error instanceof Refused ? "Refused" : name === "Error" ? "OutcomeUnknown" : name, status, message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await respond(JSON.parse(line) as Message)));
}
