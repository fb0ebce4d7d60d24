import { TRANSACTION_GAS } from "./dispute/budget.ts";

/** What a check came to. Only "fail" keeps somebody from working. */
export type State = "ok" | "warn" | "fail";

export interface Finding {
  readonly about: string;
  readonly state: State;
  readonly says: string;
  /** The way out, wherever there is something to do. */
  readonly fix?: string;
}

export const ok = (about: string, says: string): Finding => ({ about, state: "ok", says });
export const warn = (about: string, says: string, fix: string): Finding => ({ about, state: "warn", says, fix });
export const fail = (about: string, says: string, fix: string): Finding => ({ about, state: "fail", says, fix });

/** Seconds by which a block may be ahead of this machine's clock. */
const AHEAD = 15;
/** Seconds after which a newest block is old, where a chain of others is meant. */
const OLD = 120;

/** Whether this machine's clock and the chain's agree. */
export function judgeClock(about: string, blockTime: number, now: number, isLocal: boolean): Finding {
  const ahead = Math.round(blockTime - now);
  if (Math.abs(ahead) <= AHEAD) return ok(about, "its newest block and this machine's clock agree");
  if (isLocal) return ok(about, `its newest block is ${Math.abs(ahead)} s ${ahead > 0 ? "ahead of" : "behind"} this machine's clock, which a local test chain may be`);
  if (ahead > 0) return fail(about, `its newest block is ${ahead} s ahead of this machine's clock, which is slow`, "set the clock (NTP): health and the age of blocks are told by it");
  if (ahead > -OLD) return ok(about, `its newest block is ${-ahead} s old`);
  return fail(about, `its newest block is ${-ahead} s old: it stands still, or this machine's clock is fast`, "see whether the node keeps up; if it does, set the clock (NTP)");
}

/** Gas of a call that never begins to run: the transaction itself and its few bytes. */
const INTRINSIC_GAS = 100_000;

/** What a node says is left of the gas of a transaction's limit when a call of it begins. */
export function judgeGasCap(about: string, left: bigint): Finding {
  const most = BigInt(TRANSACTION_GAS);
  if (left >= most - BigInt(INTRINSIC_GAS)) return ok(about, `it runs calls of ${most} gas`);
  return fail(about, `it runs calls with ${left} gas at most, and a transaction may take ${most}: large proofs could not be tried`, "raise its cap of gas (geth: --rpc.gascap), or name another node in network.rpcUrl");
}

/** Bytes that the store needs to begin anything at all, and those from which on nothing is said. */
const LEAST_ROOM = 24 * 2 ** 20;
const AMPLE_ROOM = 2 ** 30;

export function judgeRoom(about: string, free: number, place: string): Finding {
  const mib = Math.floor(free / 2 ** 20);
  if (free < LEAST_ROOM) return fail(about, `${mib} MiB are free at ${place}, and the store needs ${LEAST_ROOM / 2 ** 20} to begin anything`, "make room, or set dataDir to another disk");
  if (free < AMPLE_ROOM) return warn(about, `${mib} MiB are free at ${place}`, "make room: an opened trace stays on the disk until its job is done");
  return ok(about, `${mib} MiB are free at ${place}`);
}

/** Blocks by which one node may be behind another. */
const LAG = 16;

export function judgeHeads(about: string, heads: readonly { readonly name: string; readonly block: number }[]): Finding {
  const most = Math.max(...heads.map(({ block }) => block));
  const behind = heads.filter(({ block }) => most - block > LAG);
  if (behind.length === 0) return ok(about, `the nodes are within ${LAG} blocks of each other`);
  const named = behind.map(({ name, block }) => `${name} by ${most - block} blocks`).join(", ");
  return fail(about, `not all nodes keep up: ${named}`, "see why, or leave them out of network.rpcUrl: where two have to agree, one that is behind stops all");
}
