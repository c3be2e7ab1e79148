// The demo API's data: support tickets, each seen only by the person and workspace that made it.
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import * as z from "zod";

export const ticket = z.object({
  id: z.int(),
  title: z.string(),
  status: z.enum(["open", "closed"]),
  createdAt: z.string(),
});

export type Ticket = z.infer<typeof ticket>;

export interface Owner {
  workspace: string;
  subject: string;
}

const schema = `
  CREATE TABLE IF NOT EXISTS tickets (
    id INTEGER PRIMARY KEY,
    workspace TEXT NOT NULL,
    subject TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open',
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ'))
  );
  CREATE INDEX IF NOT EXISTS tickets_by_owner ON tickets (workspace, subject);
`;

const columns = "id, title, status, created_at AS createdAt";

export function openTickets(path: string) {
  const database = new DatabaseSync(path);
  database.exec(schema);
  const listing = database.prepare(
    `SELECT ${columns} FROM tickets WHERE workspace = ? AND subject = ? ORDER BY id DESC LIMIT 100`,
  );
  const insertion = database.prepare(
    `INSERT INTO tickets (workspace, subject, title) VALUES (?, ?, ?) RETURNING ${columns}`,
  );
  const count = database.prepare("SELECT count(*) AS tickets FROM tickets WHERE workspace = ? AND subject = ?");
  const insert = ({ workspace, subject }: Owner, title: string) => parse(insertion.get(workspace, subject, title));
  /** Whoever comes for the first time finds one ticket that says whose list it is. */
  const welcome = (owner: Owner) => {
    if (count.get(owner.workspace, owner.subject)?.tickets === 0) insert(owner, `First ticket of ${owner.subject}`);
  };
  return {
    /** Newest first, 100 at most. */
    list(owner: Owner): Ticket[] {
      welcome(owner);
      return listing.all(owner.workspace, owner.subject).map(parse);
    },
    create(owner: Owner, title: string): Ticket {
      welcome(owner);
      return insert(owner, title);
    },
    close: () => database.close(),
  };
}

export type Tickets = ReturnType<typeof openTickets>;

function parse(row: Record<string, SQLOutputValue> | undefined): Ticket {
  return ticket.parse(row);
}
