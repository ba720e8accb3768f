// A program with the types that openapi-typescript has generated, and openapi-fetch.
import createClient from "openapi-fetch";
import type { components, paths } from "./voipbin.js";

type Body = components["schemas"]["ProviderCallRequest"];
type Call = components["schemas"]["Call"];

const UNKNOWN_ID = "f1f2f3f4-0000-4000-8000-00000000dead";
const { VOIPBIN_BASE_URL, VOIPBIN_TOKEN, VOIPBIN_PROVIDER_ID } = process.env as Record<string, string>;

const client = createClient<paths>({
  baseUrl: VOIPBIN_BASE_URL,
  headers: { Authorization: `Bearer ${VOIPBIN_TOKEN}` },
});

function request(provider: string): Body {
  return {
    provider_id: provider,
    source: { type: "tel", target: "+12025550100" },
    destinations: [{ type: "tel", target: "+12025550143" }],
  };
}

function must<T>(data: T | undefined): T {
  if (data === undefined) throw new Error("the request was refused");
  return data;
}

async function place(provider: string) {
  return must((await client.POST("/providercalls", { body: request(provider) })).data);
}

async function getCall(id: string): Promise<Call> {
  return must((await client.GET("/calls/{id}", { params: { path: { id } } })).data);
}

async function listIds(): Promise<string[]> {
  const ids: string[] = [];
  for (let token = ""; ; ) {
    const query = { page_size: 1, page_token: token };
    const page = must((await client.GET("/providercalls", { params: { query } })).data);
    if (page.result.length === 0) return ids;
    ids.push(...page.result.map((one) => one.id));
    token = page.next_page_token;
  }
}

const placed = [];
for (let number = 0; number < 3; number++) placed.push(await place(VOIPBIN_PROVIDER_ID));
const id = placed[2].call_ids[0];
const statuses: Call["status"][] = [(await getCall(id)).status];
while (statuses.at(-1) !== "progressing") statuses.push((await getCall(id)).status);
must((await client.POST("/calls/{id}/hangup", { params: { path: { id } } })).data);
let call = await getCall(id);
while (call.status !== "hangup") call = await getCall(id);
const refused = await client.POST("/providercalls", { body: request(UNKNOWN_ID) });
console.log(
  JSON.stringify({
    placed: placed.map((one) => one.id),
    listed: await listIds(),
    statuses,
    hangup: [call.hangup_reason, call.hangup_by],
    refused: refused.response.status,
  }),
);
