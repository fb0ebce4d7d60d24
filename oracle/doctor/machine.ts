import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../config/schema.ts";
import { fail, judgeRoom, ok, warn } from "../../core/checkup.ts";
import type { Finding } from "../../core/checkup.ts";
import { KERNELS } from "../../core/compile/kernelSet.ts";
import { OpgError } from "../../core/errors.ts";
import { twin } from "../../core/operators/index.ts";
import { displayUrl } from "../../core/secrets.ts";
import type { Connection } from "../connect.ts";
import { selfTest } from "../host/selfTest.ts";
import { ortRuntime } from "../runtime/ort.ts";
import { lockDirectory } from "../store/lock.ts";
import { readMark } from "../store/mark.ts";
import { askDaemon } from "./api.ts";

/** Models of this repository that together use every kind of arithmetic. */
export const TEST_MODELS = ["digits-cnn", "digits-cnn-int8"];

/** What speaks against this host's arithmetic. */
export function testRuntime(onProgress: (done: number, total: number) => void): Promise<string[]> {
  const models = TEST_MODELS.map((name) => {
    const file = new URL(`../../models/${name}/model.onnx`, import.meta.url);
    return { name, file: new Uint8Array(readFileSync(file)) };
  });
  return selfTest(models, ortRuntime, twin, onProgress);
}

export async function checkRuntime(onProgress: (done: number, total: number) => void, test = testRuntime): Promise<readonly Finding[]> {
  const faults = await test(onProgress);
  if (faults.length === 0) return [ok("runtime", `this host computes as the protocol expects (${ortRuntime.name}, ${KERNELS.length} kernels, Node ${process.versions.node})`)];
  const fix = "serve and watch on a host with the processor features that are needed (x86-64 with FMA)";
  return faults.map((fault) => fail("runtime", fault, fix));
}

/** The nearest directory above a path that exists. */
function standing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : standing(dirname(path));
}

export function checkDisk({ dataDir, limits }: Config): readonly Finding[] {
  const place = standing(dataDir);
  accessSync(place, constants.W_OK | constants.X_OK);
  // Permissions do not say whether the disk takes writes.
  rmSync(mkdtempSync(join(place, ".opg-doctor-")), { recursive: true });
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const judged = judgeRoom("disk", free, dataDir);
  if (judged.state === "fail" || free >= limits.traceBytes) return [judged];
  return [judged, warn("disk", `less is free than a trace may have (limits.traceBytes, ${Math.floor(limits.traceBytes / 2 ** 20)} MiB)`, "make room, or lower limits.traceBytes to what the models that are served need")];
}

/** Whether the store opens and belongs to this deployment. One that a daemon has open is the daemon's to judge. */
export async function checkStore(config: Config, connection: Connection | undefined): Promise<readonly Finding[]> {
  const { dataDir, store } = config;
  const place = store.url === undefined ? dataDir : displayUrl(store.url);
  if (!existsSync(dataDir) && store.url === undefined) return [ok("store", `none yet: the first daemon makes one in ${dataDir}`)];
  let release = (): void => {};
  try {
    if (existsSync(dataDir)) release = lockDirectory(dataDir);
  } catch (error) {
    if (!(error instanceof OpgError) || error.code !== "DATA_DIR_IN_USE") throw error;
    const health = await askDaemon(config.api);
    if (health === undefined) return [warn("store", `${error.message}, and nothing answers at api.host and api.port`, "look at the log of that daemon")];
    if (health.ok) return [ok("store", `a daemon runs on ${place}, and says that it is well`)];
    return health.reasons.map((reason) => fail("store", `a daemon runs on ${place}, and says: ${reason}`, "see docs/operating.md, and its log"));
  }
  try {
    if (store.url === undefined && readMark(dataDir) === undefined) return [ok("store", `none yet: the first daemon makes one in ${dataDir}`)];
    return [await openAndLook(config, connection, place)];
  } finally {
    release();
  }
}

async function openAndLook({ dataDir, store: { url } }: Config, connection: Connection | undefined, place: string): Promise<Finding> {
  const { openStore } = await import("../store/store.ts");
  const store = await openStore({ directory: dataDir, ...(url !== undefined && { url }) });
  try {
    const [block] = await store.recentBlocks(1);
    if (block === undefined) return ok("store", `${place} opens, and nothing was read into it yet`);
    if (connection !== undefined) {
      const { reader } = connection;
      const { chainId, jobs } = reader.deployment;
      await store.claim({ chainId, genesis: await reader.blockHash(0), deployment: jobs });
    }
    return ok("store", `${place} opens; the chain is in it up to block ${block.number}`);
  } finally {
    await store.close();
  }
}
