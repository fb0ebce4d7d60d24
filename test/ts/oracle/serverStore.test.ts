import { expect } from "chai";
import type { Hex } from "../../../core/hex.ts";
import type { Store } from "../../../oracle/ports.ts";
import type { Tx } from "../../../oracle/store/engine.ts";
import { takeLock } from "../../../oracle/store/connection.ts";
import { openServer } from "../../../oracle/store/server.ts";
import { openStore } from "../../../oracle/store/store.ts";
import { sharedPostgres, startPostgres } from "../../support/postgres.ts";
import type { TestServer } from "../../support/postgres.ts";
import { smallDisk } from "../../support/smallDisk.ts";
import { startTcpProxy } from "../../support/tcpProxy.ts";
import type { TcpProxy } from "../../support/tcpProxy.ts";

const hash = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`;
const IDENTITY = { chainId: 31337, genesis: hash(1), deployment: "0xab" };
const plan = (name: string) =>
  ({ intent: name, kind: "submit", job: "0x1", to: `0x${"11".repeat(20)}`, data: "0xc0ffee", value: 0n, urgent: false }) as const;

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("store on a PostgreSQL server that fails", function () {
  this.timeout(120_000);
  let server: TestServer;
  let url: string;
  let proxy: TcpProxy;
  let store: Store;
  let lost: Error[];
  const opened: Store[] = [];
  const behindProxy = (where: string) => {
    const through = new URL(where);
    through.port = String(proxy.port);
    return through.toString();
  };
  const open = async (where: string): Promise<Store> => {
    const made = await openStore({ url: where, statementMs: 3_000 });
    opened.push(made);
    return made;
  };
  /** The server process that holds the lock of our database. */
  const holder = async (): Promise<number> => {
    const rows = await server.query<{ pid: number }>(
      url,
      "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    return rows[0].pid;
  };
  const kill = async () => void (await server.query(url, `SELECT pg_terminate_backend(${await holder()})`));
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  before(async () => (server = await sharedPostgres()));
  beforeEach(async () => {
    url = await server.database();
    proxy = await startTcpProxy(Number(new URL(url).port));
    store = await open(behindProxy(url));
    lost = [];
    store.onLost((error) => lost.push(error));
    await store.claim(IDENTITY);
    await store.recordResult("0xa", "request", Uint8Array.of(1, 2));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await proxy.close();
  });

  const goesOn = async () => {
    expect([...(await store.result("0xa", "request"))!]).to.deep.equal([1, 2]);
    await store.advance({ number: 7, hash: hash(7) }, []);
    expect(await store.recentBlocks(1)).to.deep.equal([{ number: 7, hash: hash(7) }]);
    expect(lost).to.deep.equal([]);
    expect(await holder()).to.be.a("number");
  };

  it("goes on when the server is stopped and started again, and says meanwhile that it is away", async () => {
    await server.stop("fast");
    try {
      for (let tries = 0; tries < 3; tries++) {
        expect(await failureOf(store.recentBlocks())).to.include({ kind: "transient", code: "STORE_UNREACHABLE" });
      }
    } finally {
      await server.start();
    }
    await goesOn();
  });

  it("goes on after a crash of the server", async () => {
    await server.stop("immediate");
    await server.start();
    await failureOf(store.recentBlocks());
    await goesOn();
  });

  it("goes on when its idle connection was ended (57P01), with the lock", async () => {
    await kill();
    await pause(100);
    await goesOn();
  });

  it("goes on when its connection was reset while it was idle", async () => {
    proxy.reset();
    await pause(100);
    await failureOf(store.recentBlocks());
    await goesOn();
  });

  it("fails whole, with a transient error, when its connection is ended in the middle of a transaction", async () => {
    const events = Array.from({ length: 4_000 }, (_, i) => ({ block: 9, logIndex: i, job: `0x${i}`, event: "{}", disputed: false }));
    const under = failureOf(store.advance({ number: 9, hash: hash(9) }, events));
    await pause(30);
    await kill();
    expect(await under).to.include({ kind: "transient", code: "STORE_UNREACHABLE" });
    expect(await store.recentBlocks()).to.deep.equal([]);
    expect(await store.jobEvents("0x0")).to.deep.equal([]);
    await goesOn();
  });

  it("fails every call that waits, one by one, and takes up those that come later", async () => {
    await server.stop("fast");
    const waiting = Array.from({ length: 20 }, () => failureOf(store.dueJobs(1, 1, false)));
    for (const each of await Promise.all(waiting)) expect(each).to.include({ code: "STORE_UNREACHABLE" });
    await server.start();
    await goesOn();
  });

  it("records in one transaction what comes at the same time", async () => {
    const jobs = Array.from({ length: 20 }, (_, i) => `0x${i}`);
    await Promise.all(
      jobs.flatMap((job) => [
        store.recordResult(job, "together", Uint8Array.of(1)),
        store.recordVerdict(job, "together", { verdict: "match", detail: "" }),
      ]),
    );
    const made = await server.query(
      url,
      `SELECT count(*)::int AS rows, count(DISTINCT by)::int AS transactions FROM (
         SELECT xmin::text AS by FROM results WHERE subject = 'together' UNION ALL SELECT xmin::text FROM verdicts) AS written`,
    );
    expect(made).to.deep.equal([{ rows: 40, transactions: 1 }]);
  });

  it("leaves no transaction open where a statement cannot even be said", async () => {
    const engine = await openServer(await server.database(), { statementMs: 3_000, shares: false });
    const count = async () => (await engine.statements("SELECT count(*)::int AS rows FROM noted")).rows[0].rows;
    await engine.statements("CREATE TABLE noted (n int)");
    const note = (tx: Tx) => tx.execute("INSERT INTO noted VALUES (1)");
    const unsayable = () => {
      throw new Error("it has no words");
    };
    const failure = await engine.atOnce!(() => [note, unsayable], "TRUE").catch((error: unknown) => error);
    expect(failure).to.include({ message: "it has no words" });
    expect(await count()).to.equal(0);
    await engine.atOnce!(() => [note], "TRUE");
    expect(await count()).to.equal(1);
    await engine.close();
  });

  /** Everything that the store records, with what a second call has to find. */
  const STEPS: Readonly<Record<string, () => Promise<unknown>>> = {
    "recordResult": () => store.recordResult("0xb", "r", Uint8Array.of(5)).then((output) => [...output]),
    "recordVerdict": () => store.recordVerdict("0xb", "r", { verdict: "match", detail: "" }),
    "recordAccusation": async () => {
      const salt = hash(Math.floor(Math.random() * 2 ** 32));
      const kept = await store.recordAccusation("0xb", "t", { node: 1, element: "1", pieces: [], proof: Uint8Array.of(1), salt });
      return kept.salt === (await store.accusation("0xb", "t"))!.salt;
    },
    "recordQualification": () => store.recordQualification("0x1", { host: "h", accepted: true, reason: "" }),
    "advance": () => store.advance({ number: 3, hash: hash(3) }, [{ block: 3, logIndex: 0, job: "0xb", event: "{}", disputed: false }]),
    "schedule": () => store.schedule("0xb", 3, 55, false),
    "wake": () => store.wake(),
    "plan": () => store.outbox.plan(plan("x")).then(({ status }) => status),
    "sent": () => store.outbox.sent("x", 4, 21_000n, [{ hash: hash(9), raw: "0x02", maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, sentAt: 1 }]),
    "confirmed": () => store.outbox.confirmed("x", { hash: hash(9), block: 3, gasUsed: 7n }),
    "reopen": () => store.outbox.reopen("x"),
    "refused": () => store.outbox.refused("x", "no"),
    "replan": () => store.outbox.replan("x"),
    "rewind": () => store.rewind(1),
    "claim": () => store.claim(IDENTITY),
    "forget": () => store.forget(1),
  };

  it("may be asked again for whatever was committed without its knowing", async () => {
    const dump = async () => {
      const tables = ["identity", "blocks", "job_events", "jobs", "results", "verdicts", "accusations", "qualifications", "outbox"];
      return Promise.all(tables.map((table) => server.query(url, `SELECT * FROM ${table} ORDER BY 1, 2`)));
    };
    for (const [name, step] of Object.entries(STEPS)) {
      // The server has committed, and its answer is lost on the way.
      proxy.cutAfter("COMMIT");
      expect(await failureOf(step()), name).to.include({ kind: "transient", code: "STORE_UNREACHABLE" });
      const committed = await dump();
      await step();
      expect(await dump(), `${name}, done twice`).to.deep.equal(committed);
    }
    expect(await STEPS.recordAccusation()).to.equal(true);
  });

  it("takes its lock back from a connection that the server does not know to be dead", async () => {
    proxy.freeze();
    const under = failureOf(store.recentBlocks());
    await pause(50);
    proxy.thaw();
    const former = await holder();
    expect(await under).to.include({ kind: "transient", code: "STORE_UNREACHABLE" });
    await goesOn();
    expect(await holder()).not.to.equal(former);
  });

  it("stops where another daemon took the store meanwhile, and writes nothing", async () => {
    await kill();
    const rival = await open(url);
    await rival.claim(IDENTITY);
    const told = await failureOf(store.recordResult("0xb", "request", Uint8Array.of(9)));
    expect(told).to.include({ kind: "refused", code: "STORE_TAKEN" });
    expect(lost).to.have.length(1);
    expect(await rival.result("0xb", "request")).to.equal(undefined);
    expect(await failureOf(store.recentBlocks())).to.equal(told);
  });

  for (const [how, statement] of Object.entries({
    "TRUNCATE of every table": "TRUNCATE identity, blocks, job_events, jobs, results, verdicts, accusations, qualifications, outbox, migrations",
    "DELETE of what it belongs to": "DELETE FROM identity",
    "a schema that was dropped": "DROP SCHEMA public CASCADE; CREATE SCHEMA public",
    "a table that was dropped": "DROP TABLE results",
    "another store in its place": "UPDATE identity SET store = 'another'",
  })) {
    it(`notices ${how}, before it reads or writes anything more`, async () => {
      await server.query(url, statement);
      const told = await failureOf(store.recordResult("0xb", "request", Uint8Array.of(9)));
      expect(told).to.include({ kind: "refused", code: "STORE_EMPTIED" });
      expect((told as { fix: string }).fix).to.match(/restore it from a backup/);
      expect(lost).to.deep.equal([told]);
      expect(await failureOf(store.advance({ number: 1, hash: hash(1) }, []))).to.equal(told);
    });
  }

  it("notices a database that was dropped and made anew", async () => {
    const name = new URL(url).pathname.slice(1);
    const maintenance = url.replace(name, "postgres");
    await server.query(maintenance, `DROP DATABASE ${name} WITH (FORCE)`);
    await pause(100);
    expect(await failureOf(store.recentBlocks())).to.include({ code: "STORE_EMPTIED" });
    expect(lost).to.have.length(1);
  });

  it("is unreachable, not gone, while the server takes no writes", async () => {
    const name = new URL(url).pathname.slice(1);
    const readOnly = (value: string) =>
      server.query(url.replace(name, "postgres"), `ALTER DATABASE ${name} SET default_transaction_read_only = ${value}`);
    await readOnly("on");
    await kill();
    await pause(100);
    expect(await failureOf(store.wake())).to.include({ kind: "transient", code: "STORE_UNREACHABLE" });
    await readOnly("off");
    await goesOn();
  });

  it("says at the start that there is no server, no such database, or another opg", async () => {
    const nowhere = "postgres://opg:secret@127.0.0.1:9/none";
    const refused = await failureOf(openStore({ url: nowhere }));
    expect(refused).to.include({ kind: "input", code: "STORE_UNREACHABLE" });
    expect((refused as Error).message).not.to.include("secret");
    expect(await failureOf(openStore({ url: url.replace(/store\d+$/, "missing") }))).to.include({ kind: "input", code: "STORE_UNREACHABLE" });
    expect(await failureOf(openStore({ url }))).to.include({ kind: "input", code: "STORE_IN_USE" });
  });
});

describe("store on a PostgreSQL server whose disk is full", function () {
  this.timeout(120_000);

  it("says so, records nothing, and goes on when there is room", async () => {
    const disk = smallDisk(120);
    const own = disk === undefined ? await sharedPostgres() : await startPostgres({ folder: disk.path });
    const url = await own.database();
    const store = await openStore({ url });
    try {
      await store.claim(IDENTITY);
      await store.recordResult("0xa", "request", Uint8Array.of(1));
      // Where no disk can be had, the server itself is made to answer as it does without room.
      const REFUSE = "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE disk_full; END $$";
      if (disk === undefined) await own.query(url, `${REFUSE}; CREATE TRIGGER no_room BEFORE INSERT ON results EXECUTE FUNCTION no_room()`);
      else disk.fill(1);
      const big = (n: number) => store.recordResult(`0xb${n}`, "request", crypto.getRandomValues(new Uint8Array(60_000)));
      let told: unknown;
      for (let n = 0; n < 100 && told === undefined; n++) told = await failureOf(big(n));
      expect(told).to.include({ kind: "transient", code: "STORE_FULL" });
      if (disk === undefined) await own.query(url, "DROP TRIGGER no_room ON results");
      else disk.clear();
      await big(1_000);
      expect([...(await store.result("0xa", "request"))!]).to.deep.equal([1]);
    } finally {
      await store.close();
      if (disk !== undefined) await own.close();
      disk?.close();
    }
  });
});

describe("the lock of a store on a PostgreSQL server", () => {
  it("is taken where whoever held it gave it back between the last try and the question who holds it", async function () {
    this.timeout(30_000);
    let asked = false;
    const query = (text: string) => {
      if (text.includes("pg_locks")) asked = true;
      const row = text.includes("pg_try_advisory_lock") ? { locked: asked } : { pid: 7, started: "now" };
      return Promise.resolve({ rows: text.includes("pg_locks") ? [] : [row] });
    };
    expect(await takeLock({ query } as unknown as Parameters<typeof takeLock>[0], undefined, "somewhere")).to.deep.equal({ pid: 7, started: "now" });
    expect(asked, "it asked who holds the lock").to.equal(true);
  });
});
