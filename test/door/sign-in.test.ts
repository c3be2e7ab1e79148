// The external door, end to end in workerd: discovery, registration, consent, sign-in, code, tokens, a call.
import { describe, expect, it } from "vitest";
import { Client, fetchUrl, openShop, Person, runtimeSaw } from "./journey.ts";

describe("a person signs in through a client", () => {
  it("ends with a call whose runtime acts as that person, and the client's token never arrives", async () => {
    const shop = await openShop();
    const client = await new Client(shop).register();
    const tokens = await client.signIn(new Person("user1"));
    expect(tokens).toMatchObject({ token_type: "Bearer", scope: "tickets.read", expires_in: 3600 });

    const answered = await client.call(tokens.access_token);
    expect(answered.status).toBe(200);
    const [hit] = await runtimeSaw(shop);
    const bearer = hit?.headers.authorization ?? "";
    expect(bearer).not.toContain(tokens.access_token);
    const [, claims = ""] = bearer.split(".");
    expect(JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")))).toMatchObject({
      sub: "user1",
      aud: "https://api.example.com",
    });
  });
});
