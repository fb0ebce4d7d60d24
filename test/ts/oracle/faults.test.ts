import { expect } from "chai";
import { inputError } from "../../../core/errors.ts";
import { endsSession, faultOf, reasonOf } from "../../../oracle/store/faults.ts";
import type { StoreFault } from "../../../oracle/store/faults.ts";
import { explain, isFinal, storeError } from "../../../oracle/store/storeError.ts";

const coded = (code: string, message = "") => Object.assign(new Error(message), { code });
/** As drizzle wraps what a driver says. */
const wrapped = (cause: unknown) => Object.assign(new Error("Failed query: insert\nparams: no space left on device", { cause }), { query: "insert" });

/** What was seen from PostgreSQL, node-postgres, PGlite and the system, and what it means. */
const TABLE: readonly (readonly [StoreFault | undefined, unknown])[] = [
  ["unreachable", coded("57P01", "terminating connection due to administrator command")],
  ["unreachable", coded("57P02", "terminating connection because of crash of another server process")],
  ["unreachable", coded("57P03", "the database system is starting up")],
  ["unreachable", coded("08006")],
  ["unreachable", coded("25006", "cannot execute INSERT in a read-only transaction")],
  ["unreachable", coded("28P01", "password authentication failed")],
  ["unreachable", coded("ECONNREFUSED")],
  ["unreachable", coded("ECONNRESET")],
  ["unreachable", coded("EPIPE")],
  ["unreachable", new Error("Connection terminated unexpectedly")],
  ["unreachable", new Error("Client has encountered a connection error and is not queryable")],
  ["unreachable", new Error("Query read timeout")],
  ["unreachable", new Error("timeout expired")],
  ["unreachable", new AggregateError([coded("ECONNREFUSED", "::1"), coded("ECONNREFUSED", "127.0.0.1")])],
  ["busy", coded("53300", "sorry, too many clients already")],
  ["busy", coded("42501", "permission denied for table jobs")],
  ["busy", coded("40P01", "deadlock detected")],
  ["busy", coded("57014", "canceling statement due to statement timeout")],
  ["full", coded("53100", 'could not extend file "base/5/16384": No space left on device')],
  ["full", coded("ENOSPC")],
  ["full", coded("EDQUOT")],
  ["emptied", coded("42P01", 'relation "jobs" does not exist')],
  ["emptied", coded("3D000", 'database "opg" does not exist')],
  ["broken", coded("XX001", 'invalid page in block 0 of relation "base/5/16384"')],
  ["broken", coded("XX002")],
  ["broken", coded("58P01", "could not open file")],
  ["broken", new Error("PGlite failed to initialize properly")],
  ["broken", Object.assign(new Error("Aborted(). Build with -sASSERTIONS for more info."), { name: "RuntimeError" })],
  [undefined, coded("23505", "duplicate key value violates unique constraint")],
  [undefined, coded("22P02", "invalid input syntax")],
  [undefined, new TypeError("x is not a function")],
  [undefined, "a string"],
  [undefined, undefined],
];

describe("faults of the store", () => {
  for (const [fault, error] of TABLE) {
    const shown = error instanceof Error ? ((error as { code?: string }).code ?? error.message) : String(error);
    it(`takes ${shown || "several refused addresses"} for ${fault ?? "no fault of the store"}`, () => {
      expect(faultOf(error)).to.equal(fault);
      if (fault !== undefined) expect(faultOf(wrapped(error))).to.equal(fault);
    });
  }

  it("does not judge a query by the values in it", () => {
    expect(faultOf(wrapped(coded("23505", "duplicate key")))).to.equal(undefined);
    expect(reasonOf(wrapped(coded("53100", "No space left on device")))).to.equal("No space left on device");
  });

  it("is transient where waiting helps, and final where the memory is gone", () => {
    for (const fault of ["unreachable", "busy", "full"] as const) {
      expect(storeError(fault, "here", "so")).to.include({ kind: "transient" });
      expect(isFinal(storeError(fault, "here", "so"))).to.equal(false);
    }
    for (const fault of ["emptied", "broken"] as const) {
      const error = storeError(fault, "here", "so");
      expect(error).to.include({ kind: "refused" });
      expect(error.fix).to.match(/restore it from a backup.*salts of accusations/s);
      expect(isFinal(error)).to.equal(true);
    }
  });

  it("leaves errors alone that are no fault of the store, and those that are named already", () => {
    const bug = new TypeError("x");
    expect(explain(bug, "here")).to.equal(bug);
    const named = inputError("INPUT", "said");
    expect(explain(named, "here")).to.equal(named);
    expect(explain(wrapped(coded("ECONNRESET", "read ECONNRESET")), "db.example:5432/opg")).to.include({
      code: "STORE_UNREACHABLE",
      message: "the store at db.example:5432/opg does not answer: read ECONNRESET",
    });
  });

  it("uses no session again that ended", () => {
    expect(endsSession(Object.assign(coded("57P01"), { severity: "FATAL" }))).to.equal(true);
    expect(endsSession(wrapped(Object.assign(coded("53100"), { severity: "PANIC" })))).to.equal(true);
    expect(endsSession(new Error("Query read timeout"))).to.equal(true);
    expect(endsSession(Object.assign(coded("53100"), { severity: "ERROR" }))).to.equal(false);
  });
});
