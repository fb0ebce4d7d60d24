import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Hex } from "../../../core/hex.ts";
import type { Store } from "../../../oracle/ports.ts";
import { openStore } from "../../../oracle/store/store.ts";
import { sharedPostgres, type TestServer } from "../../support/postgres.ts";

const hash = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`;
const IDENTITY = { chainId: 31337, genesis: hash(1), deployment: "0xab" };
const INTENT = { intent: "x", kind: "submit", job: "0x1", to: `0x${"11".repeat(20)}`, data: "0xc0ffee", value: 0n, urgent: false } as const;

/** What docs/operations.md says of backups, on a server. A copy of a database stands for what pg_restore makes of a dump. */
describe("a backup of the store", function () {
  this.timeout(120_000);
  let server: TestServer;
  let directory: string;
  let url: string;
  const opened: Store[] = [];
  const open = async (where: string): Promise<Store> => {
    const store = await openStore({ url: where, directory });
    opened.push(store);
    return store;
  };
  const copyOf = async (where: string, name: string): Promise<string> => {
    const at = (database: string) => Object.assign(new URL(where), { pathname: `/${database}` }).toString();
    await server.query(at("postgres"), `CREATE DATABASE ${name} TEMPLATE ${new URL(where).pathname.slice(1)}`);
    await server.query(at(name), "DROP SCHEMA IF EXISTS opg_tasks CASCADE");
    return at(name);
  };
  const giveOne = async (store: Store): Promise<string> => {
    const queue = await store.tasks({ gives: true, onTrouble: (error) => expect.fail(String(error)) });
    const stop = new AbortController();
    const taking = queue.take({ disputes: 1, jobs: 1 }, ({ work }) => Promise.resolve(`did ${work}`), stop.signal);
    const outcome = await queue.give({ disputed: true, work: "it" });
    stop.abort();
    await taking;
    await queue.close();
    return outcome;
  };

  before(async () => {
    server = await sharedPostgres();
    directory = mkdtempSync(join(tmpdir(), "opg-restore-"));
    url = await server.database();
    const store = await open(url);
    await store.claim(IDENTITY);
    await store.advance({ number: 7, hash: hash(7) }, []);
    await store.outbox.plan(INTENT);
    expect(await giveOne(store)).to.equal("did it");
    await store.close();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close().catch(() => undefined);
  });
  after(() => rmSync(directory, { recursive: true }));

  it("that leaves the queue of tasks out is whole: what was read and planned is there, and the queue is made anew", async () => {
    const store = await open(await copyOf(url, "restored"));
    await store.claim(IDENTITY);
    expect(await store.recentBlocks()).to.deep.equal([{ number: 7, hash: hash(7) }]);
    expect(await store.outbox.get(INTENT.intent)).to.include({ status: "planned" });
    expect(await giveOne(store)).to.equal("did it");
  });

  it("that is older is taken, and the chain is read again from the block that it knows", async () => {
    const older = await copyOf(url, "older");
    const store = await open(url);
    await store.claim(IDENTITY);
    await store.advance({ number: 9, hash: hash(9) }, []);
    await store.close();
    const restored = await open(older);
    await restored.claim(IDENTITY);
    expect((await restored.recentBlocks())[0]!.number).to.equal(7);
  });

  it("of another store is refused until store-id is deleted, and so is an empty database", async () => {
    const marked = readFileSync(join(directory, "store-id"), "utf8");
    const empty = await server.database();
    const store = await open(empty);
    const refused = (await store.claim(IDENTITY).catch((error: unknown) => error)) as { code: string; fix: string };
    expect(refused.code).to.equal("STORE_EMPTIED");
    expect(refused.fix).to.match(/delete .*store-id/);
    await store.close();
    rmSync(join(directory, "store-id"));
    const anew = await open(empty);
    await anew.claim(IDENTITY);
    expect(readFileSync(join(directory, "store-id"), "utf8")).to.not.equal(marked);
  });
});
