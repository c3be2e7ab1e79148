// An attempt, step by step: each step once, in order, in time, and in one browser.
import { describe, expect, test } from "vitest";
import { attemptLifetime, codeLifetime, replayWindow } from "../../src/worker/oauth/lifetimes.ts";
import * as attempt from "../../src/worker/store/grant-object/attempt.ts";
import { endsAt, type GrantRecord } from "../../src/worker/store/grant-object/record.ts";
import { departed, hashes, identified, lifetimes, opened, redeemed, start } from "./authorization-record.ts";

const approved = (changes: Partial<GrantRecord> = {}) =>
  opened({ state: "approved", approval: { at: start, browserHash: hashes.browser }, ...changes });
const arrived = () => departed({ state: "arrived" });
const over = () => departed({ state: "ended", ended: { at: start, reason: "consent_denied", published: true } });

describe("the ticket", () => {
  test.each<[string, GrantRecord | null, string, number, string]>([
    ["no such attempt", null, hashes.ticket, start, "attempt_unknown"],
    ["a wrong secret", opened(), hashes.wrong, start, "attempt_unknown"],
    ["an empty hash", opened(), "", start, "attempt_unknown"],
    ["too late to approve", opened(), hashes.ticket, start + attemptLifetime, "attempt_expired"],
    ["too late after departure", departed(), hashes.ticket, start + attemptLifetime, "attempt_expired"],
    ["an attempt that ended", over(), hashes.ticket, start, "attempt_finished"],
  ])("%s is refused", (_, record, hash, now, reason) => {
    expect(attempt.holdTicket(record, hash, now)).toMatchObject({ ok: false, reason });
  });

  test("it lives ten minutes, and ten more from departure", () => {
    expect(attempt.holdTicket(opened(), hashes.ticket, start + attemptLifetime - 1).ok).toBe(true);
    const late = departed({ departure: { at: start + 500, stateHash: "", cookieHash: "", sealed: "" } });
    expect(attempt.holdTicket(late, hashes.ticket, start + attemptLifetime).ok).toBe(true);
  });
});

describe("approval (P-55, P-59)", () => {
  test("binds the attempt to the browser that said yes", () => {
    const answer = attempt.approve(opened(), hashes.browser, start + 5);
    expect(answer).toMatchObject({
      ok: true,
      record: { state: "approved", approval: { at: start + 5, browserHash: hashes.browser }, departure: null },
    });
  });

  test.each([
    ["before departure", approved()],
    ["after departure", departed()],
  ])("a second click %s within a minute changes nothing", (_, record) => {
    expect(attempt.approve(record, hashes.browser, start + replayWindow)).toEqual({ ok: true, record });
  });

  test.each<[string, GrantRecord, string, number, string]>([
    ["another browser within the minute (CVE-2026-27124)", approved(), hashes.wrong, start, "browser_mismatch"],
    ["another browser after departure", departed(), hashes.wrong, start, "browser_mismatch"],
    ["the same browser later", approved(), hashes.browser, start + replayWindow + 1, "attempt_finished"],
    ["after the provider's answer", arrived(), hashes.browser, start, "attempt_finished"],
    ["after the code", identified(), hashes.browser, start, "attempt_finished"],
    ["after redemption", redeemed(), hashes.browser, start, "attempt_finished"],
    ["after a no", over(), hashes.browser, start, "attempt_finished"],
  ])("%s is refused", (_, record, browser, now, reason) => {
    expect(attempt.approve(record, browser, now)).toMatchObject({ ok: false, reason });
  });
});

describe("departure (P-58)", () => {
  const departure = { stateHash: hashes.state, cookieHash: hashes.cookie, sealed: "sealed departure" };
  const leave = (record: GrantRecord, browser = hashes.browser, now = start) =>
    attempt.depart(record, browser, departure, now);

  test("keeps the hashes of state and cookie after approval, and when it was", () => {
    expect(leave(approved(), hashes.browser, start + 9)).toMatchObject({
      ok: true,
      repeated: false,
      record: { state: "departed", departure: { at: start + 9, ...departure } },
    });
  });

  test("a second click leaves with the values of the first", () => {
    const record = departed({ departure: { at: start, stateHash: "first", cookieHash: "first", sealed: "first" } });
    expect(leave(record)).toEqual({ ok: true, record, repeated: true });
  });

  test.each<[string, GrantRecord, string, number, string]>([
    ["before approval no state exists", opened(), hashes.browser, start, "attempt_unknown"],
    ["another browser (CVE-2026-27124)", approved(), hashes.wrong, start, "browser_mismatch"],
    ["another browser, again", departed(), hashes.wrong, start, "browser_mismatch"],
    ["a repetition after the minute", departed(), hashes.browser, start + replayWindow + 1, "attempt_finished"],
    ["after the provider's answer", arrived(), hashes.browser, start, "attempt_finished"],
    ["after redemption", redeemed(), hashes.browser, start, "attempt_finished"],
    ["after its end", over(), hashes.browser, start, "attempt_finished"],
  ])("%s", (_, record, browser, now, reason) => {
    expect(leave(record, browser, now)).toMatchObject({ ok: false, reason });
  });
});

describe("the provider's answer (P-58, P-80)", () => {
  const proof = { stateHash: hashes.state, cookieHash: hashes.cookie, gatewayId: "gw_1" };
  const arrive = (record: GrantRecord | null, changes: object = {}, now = start) =>
    attempt.arrive(record, { ...proof, ...changes }, now);

  test("is taken once, from the browser that left", () => {
    const answer = arrive(departed(), {}, start + attemptLifetime - 1);
    expect(answer).toMatchObject({ ok: true, sealed: "sealed departure", record: { state: "arrived" } });
    expect(answer.ok && arrive(answer.record)).toMatchObject({ ok: false, reason: "attempt_finished" });
  });

  test.each<[string, GrantRecord | null, object, number, string]>([
    ["no such attempt", null, {}, start, "state_unknown"],
    ["a state before approval", opened(), {}, start, "state_unknown"],
    ["a state before departure", approved(), {}, start, "state_unknown"],
    ["a wrong state", departed(), { stateHash: hashes.wrong }, start, "state_unknown"],
    ["an empty state", departed(), { stateHash: "" }, start, "state_unknown"],
    ["another profile's callback (mix-up)", departed(), { gatewayId: "gw_2" }, start, "state_unknown"],
    [
      "no cookie: the victim of a forwarded link (CVE-2026-27124)",
      departed(),
      { cookieHash: null },
      start,
      "browser_mismatch",
    ],
    ["another browser's cookie (CVE-2026-27124)", departed(), { cookieHash: hashes.wrong }, start, "browser_mismatch"],
    [
      "the browser's own name for the departure's cookie",
      departed(),
      { cookieHash: hashes.browser },
      start,
      "browser_mismatch",
    ],
    ["after ten minutes", departed(), {}, start + attemptLifetime, "attempt_expired"],
    ["a second time, after the code", identified(), {}, start, "attempt_finished"],
    ["a second time, after redemption", redeemed(), {}, start, "attempt_finished"],
    ["after its end", over(), {}, start, "attempt_finished"],
  ])("%s is refused", (_, record, changes, now, reason) => {
    expect(arrive(record, changes, now)).toMatchObject({ ok: false, reason });
  });

  test("a refusal consumes nothing: the right browser may still come", () => {
    const record = departed();
    const before = structuredClone(record);
    arrive(record, { gatewayId: "gw_2" });
    arrive(record, { cookieHash: null });
    expect(record).toEqual(before);
    expect(arrive(record).ok).toBe(true);
  });
});

describe("when an authorization ends by itself", () => {
  test.each([
    ["unapproved, after ten minutes", opened(), attemptLifetime],
    ["departed, ten minutes after departure", departed(), attemptLifetime],
    ["with its code", identified(), codeLifetime],
    ["idle", redeemed(), lifetimes.idle],
  ])("%s", (_, record, seconds) => {
    expect(endsAt(record) - start).toBe(seconds);
  });
});
