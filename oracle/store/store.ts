import { inputError } from "../../core/errors.ts";
import { displayUrl } from "../../core/secrets.ts";
import type { Hex, Store, StoreIdentity } from "../ports.ts";
import { createChainIndex } from "./chainIndex/chainIndex.ts";
import { openDatabase, unclaimed } from "./database.ts";
import type { Database, DatabaseOptions, Tx } from "./database.ts";
import { createEventLog } from "./eventLog.ts";
import { createJobQueue } from "./jobQueue.ts";
import { markFile, readMark, writeMark } from "./mark.ts";
import { createOutbox } from "./outbox.ts";
import { createRecords } from "./records.ts";
import { identity } from "./schema.ts";
import { createSpending } from "./spending.ts";
import { ANEW } from "./storeError.ts";

export async function openStore(options: DatabaseOptions): Promise<Store> {
  const database = await openDatabase(options);
  const { url } = options;
  return {
    claim: (wanted) => claim(database, options, wanted),
    ...createEventLog(database),
    ...createJobQueue(database),
    ...createRecords(database),
    outbox: createOutbox(database),
    chainIndex: createChainIndex(database),
    tasks: async (queue) => (await import("./taskQueue.ts")).openTaskQueue({ ...queue, database, ...(url !== undefined && { url }) }),
    spending: createSpending(database),
    onLost: database.onLost,
    close: database.close,
  };
}

async function claim(database: Database, { directory, shares, url }: DatabaseOptions, wanted: StoreIdentity): Promise<void> {
  const mark = directory === undefined ? undefined : readMark(directory);
  const row = await database.run(async (tx) => {
    if (shares === true) return joined(tx, wanted, url!);
    const made = await tx.insert(identity).values(wanted).onConflictDoNothing().returning();
    const [found] = await tx.select().from(identity);
    requireSame(found, wanted);
    // INVARIANT: a store that was used and is empty is not taken for a new one.
    if (mark !== undefined && mark !== found.store) throw notTheMarked(made.length > 0, directory!);
    return found;
  });
  if (directory !== undefined && mark === undefined) writeMark(directory, row.store);
  database.bind(row.store);
}

type Identity = typeof identity.$inferSelect;

/** The store of a daemon that has claimed it, for whoever works beside it. */
async function joined(tx: Tx, wanted: StoreIdentity, url: string): Promise<Identity> {
  const [found] = await tx.select().from(identity);
  if (found === undefined) throw unclaimed(displayUrl(url));
  requireSame(found, wanted);
  return found;
}

function requireSame(found: Identity, wanted: StoreIdentity): void {
  const same = (["chainId", "genesis", "deployment"] as const).every(
    (field) => String(found[field]).toLowerCase() === String(wanted[field]).toLowerCase(),
  );
  if (!same) throw foreign({ ...found, genesis: found.genesis as Hex }, wanted);
}

function foreign(found: StoreIdentity, wanted: StoreIdentity) {
  return inputError("STORE_FOREIGN", "this store belongs to another chain or deployment", {
    fix: "use a fresh dataDir or database; after restarting a local test chain, delete the old one",
    details: {
      store: { chainId: found.chainId, deployment: found.deployment },
      configured: { chainId: wanted.chainId, deployment: wanted.deployment },
    },
  });
}

function notTheMarked(empty: boolean, directory: string) {
  const what = empty ? "is empty" : "is another one";
  return inputError("STORE_EMPTIED", `the store that ${directory} was used with is gone: the one that is there ${what}`, {
    fix: `restore it, or set store.url back; to go on with the one that is there, delete ${markFile(directory)}: ${ANEW}`,
  });
}
