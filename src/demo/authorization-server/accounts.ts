// The people who can sign in at the demo provider, one in each of two workspaces.

export interface Account {
  subject: string;
  password: string;
  name: string;
  email: string;
  workspace: string;
  workspaceName: string;
}

export const accounts: readonly Account[] = [
  {
    subject: "user1",
    password: "password",
    name: "Nora Lindqvist",
    email: "user1@north.example",
    workspace: "org_north",
    workspaceName: "North Support",
  },
  {
    subject: "user2",
    password: "password",
    name: "Samir Haddad",
    email: "user2@south.example",
    workspace: "org_south",
    workspaceName: "South Support",
  },
];

export function accountOf(subject: string): Account | undefined {
  return accounts.find((account) => account.subject === subject);
}

/** Every claim that this provider knows of a person; scopes decide which of them a token carries. */
export function claimsOf(account: Account) {
  return {
    sub: account.subject,
    name: account.name,
    preferred_username: account.subject,
    email: account.email,
    email_verified: true,
    org_id: account.workspace,
  };
}
