// A D1 database in one object with SQLite that speaks the binding's own protocol: rows and columns, all or nothing.
import { DurableObject } from "cloudflare:workers";

interface Statement {
  sql: string;
  params?: (string | number | null | number[])[] | null;
}

interface Bindings {
  DATABASE: DurableObjectNamespace<Database>;
}

export class Database extends DurableObject<Bindings> {
  #rowsWritten = 0;

  /** `/query` is what the binding calls; `/written` tells the rows written since it was last asked. */
  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === "/written") {
      const written = this.#rowsWritten;
      this.#rowsWritten = 0;
      return Response.json(written);
    }
    const asked = await request.json<Statement | Statement[]>();
    const statements = Array.isArray(asked) ? asked : [asked];
    const shaped = new URL(request.url).searchParams.get("resultsFormat") !== "ARRAY_OF_OBJECTS";
    try {
      const results = this.ctx.storage.transactionSync(() => statements.map((one) => this.#run(one, shaped)));
      return Response.json(results);
    } catch (error) {
      return Response.json({ success: false, error: error instanceof Error ? error.message : String(error) });
    }
  }

  #run({ sql, params }: Statement, shaped: boolean) {
    const { storage } = this.ctx;
    const values = (params ?? []).map((value) => (Array.isArray(value) ? new Uint8Array(value).buffer : value));
    const cursor = storage.sql.exec(sql, ...values);
    const columns = cursor.columnNames;
    const rows = [...cursor.raw()].map((row) =>
      row.map((value) => (value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value)),
    );
    const { changes = 0, id = 0 } = storage.sql
      .exec<{ changes: number; id: number }>("SELECT changes() AS changes, last_insert_rowid() AS id")
      .one();
    this.#rowsWritten += cursor.rowsWritten;
    const objects = () => rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]])));
    return {
      success: true,
      results: shaped ? { columns, rows } : objects(),
      meta: {
        served_by: "bench",
        duration: 0,
        changes: cursor.rowsWritten > 0 ? changes : 0,
        last_row_id: id,
        changed_db: cursor.rowsWritten > 0,
        size_after: storage.sql.databaseSize,
        rows_read: cursor.rowsRead,
        rows_written: cursor.rowsWritten,
      },
    };
  }
}

export default {
  fetch: (request, { DATABASE }) => DATABASE.get(DATABASE.idFromName("database")).fetch(request),
} satisfies ExportedHandler<Bindings>;
