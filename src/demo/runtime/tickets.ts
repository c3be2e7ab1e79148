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
  const create = (owner: Owner, title: string) => parse(insertion.get(owner.workspace, owner.subject, title));
  return {
    /** Newest first, 100 at most. A person's first look finds one ticket that says whose list it is. */
    list(owner: Owner): Ticket[] {
      const rows = listing.all(owner.workspace, owner.subject);
      return rows.length > 0 ? rows.map(parse) : [create(owner, `First ticket of ${owner.subject}`)];
    },
    create,
    close: () => database.close(),
  };
}

export type Tickets = ReturnType<typeof openTickets>;

function parse(row: Record<string, SQLOutputValue> | undefined): Ticket {
  return ticket.parse(row);
}
