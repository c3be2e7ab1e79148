// Scopes in words, for the person who is asked.
import { describe, expect, test } from "vitest";
import { scopeInWords } from "../../src/worker/ui/scope-words.ts";

describe("P-56 scopes in words", () => {
  test.each([
    ["tickets.read", "Read tickets"],
    ["tickets:write", "Create and change tickets"],
    ["read:support_tickets", "Read support tickets"],
    ["Tickets.READ", "Read tickets"],
    ["crm.contact-lists.delete", "Delete crm contact lists"],
    ["https://api.example.com/tickets.read", "Read tickets"],
    ["openid", "Know who you are"],
    ["offline_access", "Stay connected when you are away"],
  ])("%s: %s", (scope, words) => {
    expect(scopeInWords(scope)).toBe(words);
  });

  test.each([
    "tickets",
    "read",
    "read.",
    ".read",
    "tickets.frobnicate",
    "https://graph.microsoft.com/.default",
    "https://api.example.com/",
    "",
    ":",
    "constructor",
    "toString",
    "__proto__",
    "tickets.constructor",
    "tickets.__proto__",
    "hasOwnProperty:tickets",
  ])("%j has no known form and stays as it is", (scope) => {
    expect(scopeInWords(scope)).toBeNull();
  });
});
