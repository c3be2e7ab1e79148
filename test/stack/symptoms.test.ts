// What usually goes wrong, provoked at the demo's own authorization server: each is named with what to change.
import { expect, inject, test } from "vitest";

const stack = inject("stack");
const base = `${stack.gateway}/api/v1/organizations/${stack.organizationId}`;

interface Finding {
  check: string;
  status: string;
  expected: string | null;
  seen: string | null;
  field: string | null;
  fix: string | null;
  diagnosis?: string | null;
}

async function api(method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${stack.apiToken}`, "content-type": "application/json" };
  const response = await fetch(`${base}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
}

/** The doctor's findings for a new profile that is right but for these fields. */
async function findings(fields: object): Promise<{ callbackUrl: string; failed: Map<string, Finding> }> {
  const right = {
    name: `symptom ${crypto.randomUUID()}`,
    providerType: "manual",
    authorizationServerUrl: stack.provider,
    clientId: "support-gateway",
    resource: stack.api,
    scopes: ["openid", "profile", "email"],
  };
  const made = await api("POST", "/gateways", { ...right, ...fields });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const checked = await api("POST", `/gateways/${made.body.id}/check`, {});
  expect(checked.status, JSON.stringify(checked.body)).toBe(200);
  await api("DELETE", `/gateways/${made.body.id}`);
  const bad: Finding[] = checked.body.findings.filter(({ status }: Finding) => status === "fail");
  return { callbackUrl: made.body.callbackUrl, failed: new Map(bad.map((finding) => [finding.check, finding])) };
}

test("a callback URL that is not registered", async () => {
  // The demo's client has one callback, that of its own profile; a new profile has another one.
  const { callbackUrl, failed } = await findings({});
  const finding = failed.get("authorize");
  expect(finding).toMatchObject({ diagnosis: "REDIRECT_URI_MISMATCH", field: "callbackUrl" });
  expect(JSON.stringify(finding)).toContain(callbackUrl);
});

test.each([
  ["a resource that the provider does not know", { resource: "https://wrong.example" }, "authorize", "resource"],
])("%s", async (_, wrong, check, field) => {
  // The seeded profile, whose callback is registered; it is put right again whatever happens.
  const profile = `/gateways/${stack.gatewayId}`;
  const { body: before } = await api("GET", profile);
  try {
    expect((await api("PATCH", profile, wrong)).status).toBe(200);
    const { body } = await api("POST", `${profile}/check`, {});
    const finding = body.findings.find((one: Finding) => one.check === check);
    expect(finding).toMatchObject({ field, status: expect.stringMatching(/^(?:fail|warn)$/) });
    expect(finding.fix).toBeTruthy();
    expect(finding.seen).toBeTruthy();
  } finally {
    await api("PATCH", profile, { resource: before.resource });
  }
});

test("metadata that is not there", async () => {
  const { failed } = await findings({ authorizationServerUrl: `${stack.provider}/nowhere` });
  expect(failed.get("discovery")).toMatchObject({ field: "authorizationServerUrl" });
  expect(failed.get("discovery")?.seen).toContain("404");
});

test("an embedded app on an origin that is not on its agent's list", async () => {
  const response = await fetch(`${stack.gateway}/s/support-api/embedded/exchange`, {
    method: "POST",
    headers: { origin: "https://elsewhere.example", "content-type": "application/json" },
    body: JSON.stringify({ apiKey: stack.publishableKey, agentId: "ag_support", token: "any" }),
  });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({
    reason: "agent_origin_refused",
    field: "allowedOrigins",
    seen: "https://elsewhere.example",
  });
});
