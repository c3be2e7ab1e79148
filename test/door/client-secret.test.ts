// Clients with secrets at the token endpoint: by either method, in either spelling, and never without.
import { beforeAll, describe, expect, test } from "vitest";
import { expectError, ownShop, tokensOf } from "./grant-visit.ts";
import { Client, Person, type Shop } from "./journey.ts";

let shop: Shop;
const person = new Person();
beforeAll(async () => {
  shop = await ownShop("code");
});

async function secretClient(method = "client_secret_post"): Promise<Client & { clientSecret: string }> {
  const client = await new Client(shop).register({ token_endpoint_auth_method: method });
  expect(client.clientSecret).toEqual(expect.any(String));
  return client as Client & { clientSecret: string };
}

const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });
/** Every character escaped: what a strict form encoding of RFC 6749 §2.3.1 may do at most. */
const escaped = (text: string) =>
  Array.from(text, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`).join("");

function redeem(client: Client, code: string, parameters: Record<string, string | null>, headers = {}) {
  const proof = { code, code_verifier: client.verifier, redirect_uri: client.redirectUri };
  return client.post("token", { grant_type: "authorization_code", ...proof, ...parameters }, headers);
}

type Sent = (client: Client & { clientSecret: string }) => [Record<string, string | null>, Record<string, string>?];

describe.each(["client_secret_post", "client_secret_basic"])("P-68 a client registered for %s", (method) => {
  test.each<[string, Sent]>([
    ["in the body", () => [{}]],
    ["in the header", (c) => [{ client_id: null, client_secret: null }, basic(c.clientId, c.clientSecret)]],
    [
      "in the header, escaped",
      (c) => [{ client_id: null, client_secret: null }, basic(escaped(c.clientId), escaped(c.clientSecret))],
    ],
    ["in the header, with the id in the body too", (c) => [{ client_secret: null }, basic(c.clientId, c.clientSecret)]],
    ["in the body, with the id alone in the header", (c) => [{ client_id: null }, basic(c.clientId, "")]],
  ])("is known by its secret %s", async (_, sent) => {
    const client = await secretClient(method);
    const code = await client.code(person);
    const tokens = await tokensOf(await redeem(client, code, ...sent(client)));
    const [parameters, headers] = sent(client);
    const refresh = { grant_type: "refresh_token", refresh_token: tokens.refresh_token };
    await tokensOf(await client.post("token", { ...refresh, ...parameters }, headers));
  });
});

describe("18 a secret client without its secret", () => {
  test.each<[string, Sent, number, string]>([
    ["none", () => [{ client_secret: null }], 401, "invalid_client"],
    ["an empty one", () => [{ client_secret: "" }], 401, "invalid_client"],
    ["a wrong one", () => [{ client_secret: "wrong" }], 401, "invalid_client"],
    [
      "a wrong one in the header",
      (c) => [{ client_id: null, client_secret: null }, basic(c.clientId, "no")],
      401,
      "invalid_client",
    ],
    ["two at once", (c) => [{}, basic(c.clientId, c.clientSecret)], 400, "invalid_request"],
    [
      "another id in the header",
      (c) => [{ client_secret: null }, basic("other", c.clientSecret)],
      400,
      "invalid_request",
    ],
    ["a header that is no Basic", () => [{}, { authorization: "Bearer x" }], 401, "invalid_client"],
  ])("sends %s", async (_, sent, status, error) => {
    const client = await secretClient();
    const code = await client.code(person);
    const [parameters, headers] = sent(client);
    const refused = await redeem(client, code, parameters, headers);
    const challenged = status === 401 && headers !== undefined;
    expect(refused.headers.get("www-authenticate") !== null).toBe(challenged);
    await expectError(refused, status, error);
    // Nothing was spent, and refreshing asks for the secret as well.
    const { refresh_token } = await tokensOf(await redeem(client, code, {}));
    const refresh = { grant_type: "refresh_token", refresh_token };
    await expectError(await client.post("token", { ...refresh, ...parameters }, headers), status, error);
    await tokensOf(await client.post("token", refresh));
  });

  test("a public client with the id of a secret one", async () => {
    const client = await secretClient();
    const code = await client.code(person);
    const thief = await new Client(shop).register();
    thief.verifier = client.verifier;
    await expectError(await thief.redeem(code, { client_id: client.clientId }), 401, "invalid_client");
    await expectError(await thief.redeem(code), 400, "invalid_grant");
    await tokensOf(await client.redeem(code));
  });

  test("P-69 an assertion that says nothing stands for no secret", async () => {
    const client = await secretClient();
    const code = await client.code(person);
    const assertion = {
      client_secret: null,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "eyJhbGciOiJub25lIn0.e30.",
    };
    await expectError(await redeem(client, code, assertion), 401, "invalid_client");
    await expectError(await redeem(client, code, { ...assertion, client_id: null }), 401, "invalid_client");
    await tokensOf(await client.redeem(code));
  });

  test("a public client that sends a secret all the same is what it was", async () => {
    const client = await new Client(shop).register();
    const code = await client.code(person);
    await tokensOf(await client.redeem(code, { client_secret: "whatever" }));
  });
});
