// Reason codes of the account page, where people see which apps act for them.
import type { Reason } from "./reason.ts";

export const accountReasons = {
  account_sign_in_unknown: {
    cause: "This sign-in was not started in this browser, or it took too long.",
    fix: "Open your account and sign in again in the same browser, with cookies allowed.",
  },
  account_sign_in_failed: {
    cause: "You could not be signed in to your account.",
    fix: "Open your account and sign in again; if it fails again, show this page to the operator.",
  },
  account_session_ended: {
    cause: "You are not signed in to your account any more.",
    fix: "Open your account and sign in again.",
  },
  account_form_forged: {
    cause: "The form did not come from the page that was shown to you.",
    fix: "Open your account and try again from there.",
  },
  account_grant_unknown: {
    cause: "You have no such authorization, or it has ended already.",
    fix: "Open your account to see those that you have.",
  },
} as const satisfies Record<string, Reason>;
