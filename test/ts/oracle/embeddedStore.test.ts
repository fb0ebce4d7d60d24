import { randomBytes } from "node:crypto";
import fs, { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { PGlite } from "@electric-sql/pglite";
import type { Hex } from "../../../core/hex.ts";
import type { Store } from "../../../oracle/ports.ts";
import { openStore } from "../../../oracle/store/store.ts";
import { smallDisk } from "../../support/smallDisk.ts";
import { emptyDataDirectory } from "../../support/stores.ts";

const hash = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`;
const IDENTITY = { chainId: 31337, genesis: hash(1), deployment: "0xab" };
type Failure = Error & { code: string; kind: string; fix: string };

const failureOf = (promise: Promise<unknown>): Promise<Failure | undefined> =>
  promise.then(
    () => undefined,
    (error: unknown) => error as Failure,
  );

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
/** A PostgreSQL that crashed in this process leaves its timers behind, and they set themselves anew for ever. */
function releaseTimers(): void {
  const set = globalThis.setTimeout;
  globalThis.setTimeout = Object.assign((...args: Parameters<typeof set>) => {
    const timer = set(...args);
    if (String(args[0]).includes("__emscripten_timeout")) timer.unref();
    return timer;
  }, set);
}

/** In place, as a disk or a stray program would: the file and its length stay. */
const noise = (file: string): void => fs.writeFileSync(file, randomBytes(statSync(file).size), { flag: "r+" });

describe("embedded store on a disk that fails", function () {
  this.timeout(120_000);
  let root: string;
  /** A store that was used and closed. */
  let template: string;
  let results: string;

  before(async () => {
    releaseTimers();
    root = mkdtempSync(join(tmpdir(), "opg-embedded-"));
    template = join(root, "template");
    await emptyDataDirectory(template);
    const store = await openStore({ directory: template });
    await store.claim(IDENTITY);
    await store.recordResult("0xa", "request", Uint8Array.of(1, 2));
    await store.advance({ number: 1, hash: hash(1) }, []);
    await store.close();
    const client = new PGlite(join(template, "db"));
    results = (await client.query<{ path: string }>("SELECT pg_relation_filepath('results') AS path")).rows[0].path;
    await client.close();
  });
  after(() => rmSync(root, { recursive: true }));

  let copies = 0;
  const copy = (): string => {
    const directory = join(root, `copy${++copies}`);
    cpSync(template, directory, { recursive: true });
    return directory;
  };
  /** What opening and claiming it leads to. */
  const start = async (directory: string): Promise<Failure | undefined> => {
    let store: Store | undefined;
    try {
      store = await openStore({ directory });
      await store.claim(IDENTITY);
      await store.result("0xa", "request");
      return undefined;
    } catch (error) {
      return error as Failure;
    } finally {
      await store?.close();
    }
  };

  it("opens again with what was recorded", async () => {
    const store = await openStore({ directory: copy() });
    await store.claim(IDENTITY);
    expect([...(await store.result("0xa", "request"))!]).to.deep.equal([1, 2]);
    await store.close();
  });

  const NOISE: Readonly<Record<string, (db: string) => void>> = {
    "every file": (db) => filesBelow(db).forEach(noise),
    "the control file": (db) => noise(join(db, "global", "pg_control")),
    "the write-ahead log": (db) => filesBelow(join(db, "pg_wal")).forEach(noise),
    "the table of results": (db) => noise(join(db, results)),
    "the catalogues": (db) => filesBelow(join(db, "base")).forEach(noise),
    "PG_VERSION": (db) => noise(join(db, "PG_VERSION")),
  };
  for (const [what, spoil] of Object.entries(NOISE)) {
    it(`names a store of which ${what} was overwritten with noise, and the way out`, async () => {
      const directory = copy();
      spoil(join(directory, "db"));
      const told = await start(directory);
      expect(told).to.include({ code: "STORE_BROKEN" });
      expect(told!.message).to.include(directory);
      expect(told!.fix).to.match(/restore it from a backup.*move the dataDir away.*salts/s);
    });
  }

  it("names a store of which every file was emptied, and one of which only PG_VERSION is gone", async () => {
    const directory = copy();
    for (const file of filesBelow(join(directory, "db"))) truncateSync(file);
    expect(await start(directory)).to.include({ code: "STORE_BROKEN" });
    const other = copy();
    rmSync(join(other, "db", "PG_VERSION"));
    const before = filesBelow(other).length;
    expect(await start(other)).to.include({ code: "STORE_EMPTIED" });
    expect(filesBelow(other).length, "nothing is put over what is left").to.equal(before);
  });

  for (const [what, spoil] of Object.entries<(directory: string) => void>({
    "the folder of the database is gone": (directory) => rmSync(join(directory, "db"), { recursive: true }),
    "the folder of the database is empty": (directory) => {
      for (const name of readdirSync(join(directory, "db"))) rmSync(join(directory, "db", name), { recursive: true });
    },
  })) {
    it(`does not take it for a new store when ${what}, however often it is started`, async () => {
      const directory = copy();
      spoil(directory);
      for (let i = 0; i < 2; i++) expect(await start(directory)).to.include({ kind: "input", code: "STORE_EMPTIED" });
      expect(existsSync(join(directory, "db", "PG_VERSION"))).to.equal(false);
    });
  }

  it("does not take another store for the one that the directory was used with, until it is told to", async () => {
    const directory = copy();
    await emptyDataDirectory(join(root, "other"));
    rmSync(join(directory, "db"), { recursive: true });
    renameSync(join(root, "other", "db"), join(directory, "db"));
    const told = await start(directory);
    expect(told).to.include({ kind: "input", code: "STORE_EMPTIED" });
    expect(told!.fix).to.include(join(directory, "store-id"));
    expect(await start(directory)).to.include({ code: "STORE_EMPTIED" });
    rmSync(join(directory, "store-id"));
    expect(await start(directory)).to.equal(undefined);
  });

  it("takes an older store, which has no mark, and marks it", async () => {
    const directory = copy();
    rmSync(join(directory, "store-id"));
    expect(await start(directory)).to.equal(undefined);
    expect(readFileSync(join(directory, "store-id"), "utf8")).to.equal(readFileSync(join(template, "store-id"), "utf8"));
  });

  const UNDERNEATH: Readonly<Record<string, readonly [code: string, spoil: (directory: string) => void]>> = {
    "the data directory was deleted": ["STORE_EMPTIED", (directory) => rmSync(directory, { recursive: true })],
    "the files of the database were deleted": ["STORE_EMPTIED", (directory) => filesBelow(join(directory, "db")).forEach((file) => rmSync(file))],
    "a table was deleted": ["STORE_EMPTIED", (directory) => rmSync(join(directory, "db", results))],
    "its mark was deleted": ["STORE_EMPTIED", (directory) => rmSync(join(directory, "store-id"))],
    "every file was overwritten with noise": ["STORE_BROKEN", (directory) => filesBelow(join(directory, "db")).forEach(noise)],
    "the control file was overwritten with noise": ["STORE_BROKEN", (directory) => noise(join(directory, "db", "global", "pg_control"))],
    "a table was overwritten with noise": ["STORE_BROKEN", (directory) => noise(join(directory, "db", results))],
    "another copy was put in its place": [
      "STORE_BROKEN",
      (directory) => {
        rmSync(join(directory, "db"), { recursive: true });
        cpSync(join(template, "db"), join(directory, "db"), { recursive: true });
      },
    ],
  };
  for (const [what, [code, spoil]] of Object.entries(UNDERNEATH)) {
    it(`notices while it is open that ${what}, writes nothing more, and closes`, async () => {
      const directory = copy();
      const store = await openStore({ directory });
      const lost: Error[] = [];
      store.onLost((error) => lost.push(error));
      await store.claim(IDENTITY);
      await store.recordResult("0xb", "request", Uint8Array.of(3));
      spoil(directory);
      // A table is looked at in its turn, among 22 files.
      let told: Failure | undefined;
      for (let i = 0; i < 30 && told === undefined; i++) told = await failureOf(store.recordVerdict("0xc", String(i), { verdict: "match", detail: "" }));
      expect(told).to.include({ kind: "refused", code });
      expect(told!.fix).to.match(/restore it from a backup/);
      expect(lost).to.deep.equal([told]);
      expect(await failureOf(store.recentBlocks())).to.equal(told);
      const left = existsSync(directory) ? filesBelow(directory).length : 0;
      await store.close();
      expect(existsSync(directory) ? filesBelow(directory).length : 0).to.equal(left);
    });
  }

  it("begins nothing without room to end it, says so, and goes on when there is room", async () => {
    const disk = smallDisk(160);
    // Where no disk can be had, the system is made to say what it says of a full one.
    const { statfsSync } = fs;
    const full = (yes: boolean) => {
      if (disk !== undefined) return yes ? disk.fill(10) : disk.clear();
      fs.statfsSync = (yes ? () => ({ bavail: 10, bsize: 2 ** 20 }) : statfsSync) as typeof statfsSync;
      syncBuiltinESMExports();
    };
    const directory = join(disk?.path ?? root, "full");
    cpSync(template, directory, { recursive: true });
    const store = await openStore({ directory });
    try {
      await store.claim(IDENTITY);
      full(true);
      const told = await failureOf(store.recordResult("0xb", "request", Uint8Array.of(3)));
      expect(told).to.include({ kind: "transient", code: "STORE_FULL" });
      expect(told!.message).to.match(/10 MiB are free/);
      full(false);
      await store.recordResult("0xb", "request", Uint8Array.of(4));
      expect([...(await store.result("0xb", "request"))!]).to.deep.equal([4]);
    } finally {
      full(false);
      await store.close();
      disk?.close();
    }
  });

  it("survives a disk that fills up in the middle of a transaction", async () => {
    const disk = smallDisk(160);
    const directory = join(disk?.path ?? root, "filling");
    cpSync(template, directory, { recursive: true });
    const store = await openStore({ directory });
    // Where no disk can be had, every write fails as it does on a full one.
    const { writeSync } = fs;
    const fill = () => {
      if (disk !== undefined) return disk.fill(26);
      fs.writeSync = () => {
        throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", errno: -28 });
      };
    };
    const clear = () => {
      disk?.clear();
      fs.writeSync = writeSync;
    };
    try {
      await store.claim(IDENTITY);
      const lost: Error[] = [];
      store.onLost((error) => lost.push(error));
      fill();
      const told = await failureOf(store.recordResult("0xb", "request", randomBytes(16 * 2 ** 20)));
      expect(told).to.include({ kind: "transient", code: "STORE_FULL" });
      clear();
      expect([...(await store.result("0xa", "request"))!]).to.deep.equal([1, 2]);
      expect(await store.result("0xb", "request")).to.equal(undefined);
      await store.recordResult("0xb", "request", Uint8Array.of(4));
      expect([...(await store.result("0xb", "request"))!]).to.deep.equal([4]);
      expect(lost).to.deep.equal([]);
    } finally {
      clear();
      await store.close();
      disk?.close();
    }
  });

  it("does not start on a full disk, and says so", async () => {
    const disk = smallDisk(20);
    const { statfsSync } = fs;
    if (disk === undefined) {
      fs.statfsSync = (() => ({ bavail: 20, bsize: 2 ** 20 })) as unknown as typeof statfsSync;
      syncBuiltinESMExports();
    }
    try {
      const told = await failureOf(openStore({ directory: join(disk?.path ?? root, "new") }));
      expect(told).to.include({ kind: "input", code: "STORE_FULL" });
      expect(told!.fix).to.include("make room");
    } finally {
      fs.statfsSync = statfsSync;
      syncBuiltinESMExports();
      disk?.close();
    }
  });

  it("starts anew over the draft of one that was killed while it was made", async () => {
    const directory = join(root, "draft");
    fs.mkdirSync(join(directory, "db.new", "base"), { recursive: true });
    writeFileSync(join(directory, "db.new", "PG_VERSION"), "1");
    expect(await start(directory)).to.equal(undefined);
    expect(existsSync(join(directory, "db.new"))).to.equal(false);
  });

  it("puts no database over files that are not its own", async () => {
    const directory = join(root, "foreign");
    fs.mkdirSync(join(directory, "db"), { recursive: true });
    writeFileSync(join(directory, "db", "letter.txt"), "mine");
    expect(await failureOf(openStore({ directory }))).to.include({ kind: "input", code: "STORE_BROKEN" });
    expect(readdirSync(join(directory, "db"))).to.deep.equal(["letter.txt"]);
  });
});
