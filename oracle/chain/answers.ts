/**
 * What the answers of nodes mean. Nodes agree on no codes and no words, so one table sorts them, for the daemon and the
 * command line alike. A row that is not here falls under "other": trouble of the node, never a statement about a call.
 */

/** What to do about an answer that is no result. */
export type Answer =
  /** The EVM ran the call and it failed: a statement about the call itself. */
  | "reverted"
  /** Overloaded, or a limit on calls: ask again later. */
  | "busy"
  /** The node has not got this block, transaction or state, or no longer has it: ask another, or later. */
  | "missing"
  /** More than the node answers at once: ask for less. */
  | "too-much"
  /** This node never answers this: do without. */
  | "unsupported"
  /** The key or the address of the asking party is refused. */
  | "forbidden"
  | "other";

/** What a node says of a transaction that it does not take. */
export type Refusal =
  /** It has these very bytes. */
  | "known"
  /** Another transaction with this nonce has been mined, or this one. */
  | "nonce-used"
  /** It holds another transaction under this nonce, and the fee does not outbid it. */
  | "outbid"
  /** The fee is below what this node, or this block, takes at all. */
  | "fee-low"
  /** The gas limit is above what the chain or the node takes, or below what the bytes alone cost. */
  | "gas-limit"
  /** The account cannot pay for the gas. */
  | "funds"
  | "other";

export interface Fault {
  readonly method: string;
  /** HTTP status of a reply that was no JSON-RPC. */
  readonly status?: number;
  readonly code?: number;
  readonly message: string;
  /** What the EVM reverted with. */
  readonly revert?: string | undefined;
}

interface Row<T> {
  readonly answer: T;
  readonly status?: readonly number[];
  readonly code?: readonly number[];
  readonly message?: RegExp;
  /** Only for these methods. */
  readonly methods?: RegExp;
}

const CALLS = /^eth_(call|estimateGas)$/;
const LOGS = /^eth_getLogs$/;

/** The first row that fits counts. Sources: go-ethereum, Nethermind, Besu, Erigon, reth, anvil, Hardhat, and hosted nodes. */
const ANSWERS: readonly Row<Answer>[] = [
  { answer: "unsupported", status: [404, 405, 501] },
  { answer: "forbidden", status: [401, 402, 403, 407] },
  { answer: "too-much", status: [408, 413, 414, 504], methods: LOGS },
  { answer: "busy", status: [408, 409, 413, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 529, 530] },
  { answer: "busy", code: [429, -32_029, -32_097] },
  { answer: "busy", message: /rate.?limit|too many requests|requests? (per|limit|quota)|compute units|throughput|capacity exceeded|exceeded .*(capacity|quota)|try again|retry (in|after)|overloaded|server (is )?busy|temporar/i },
  { answer: "busy", message: /indexing is in progress|(is |still |not )(sync|synced|syncing)|shutting down|connection (refused|reset|closed)|upstream|no (available|healthy) (upstream|backend|node)/i },
  { answer: "unsupported", code: [-32_601, -32_004] },
  { answer: "unsupported", message: /method .*(not (found|supported|available|exist)|does not exist|unsupported|disabled)|unsupported method/i },
  { answer: "unsupported", message: /pending\b.*(not (available|supported|exist|found)|unsupported|unknown|invalid)|(unsupported|unknown|invalid|not support\w*)\b.*\bpending/i },
  { answer: "unsupported", message: /unsupported block (tag|number)|unknown block tag|invalid block tag(?! \d)/i },
  { answer: "forbidden", message: /unauthori[sz]ed|forbidden|invalid (api|project|access)[ _-]?(key|id|token)|authentication (required|failed)|access denied|not whitelisted/i },
  { answer: "missing", code: [-32_001] },
  { answer: "missing", message: /(header|block|blockhash|transaction|receipt|resource|state|ancestor).{0,24}(not |cannot be |can't be )(found|available|known|yet)|unknown (block|ancestor|hash)|missing trie node|block ?out ?of ?range|invalid block tag \d|beyond (the )?(current )?head|block is out of range|(historical|archive|old) (state|data)|state (is )?(pruned|unavailable)|pruned|distance to target|no state|is ahead of/i },
  { answer: "too-much", message: /range|too (many|large|wide|big|long)|more than \d+|limit|exceed|response size|time(d )?.?out/i, methods: LOGS },
  { answer: "reverted", code: [3, -32_015], methods: CALLS },
  { answer: "reverted", message: /revert|vm execution error|vm exception|invalid opcode|bad (instruction|jump)|out ?of ?gas|gas required exceeds|always failing|stack (under|over)flow|execution (error|fail)|EVM error/i, methods: CALLS },
  { answer: "busy", code: [-32_005, -32_002, -32_600, -32_603, -32_700] },
  { answer: "busy", message: /time(d )?.?out|limit exceeded/i },
];

const REFUSALS: readonly Row<Refusal>[] = [
  { answer: "known", message: /already (known|imported|exists?|in (the )?(pool|mempool))|known transaction|alreadyknown/i },
  { answer: "nonce-used", message: /nonce (is )?too low|nonce.{0,24}(lower|low\b|used|too small)|oldnonce|invalid nonce; got|nonce has already/i },
  { answer: "outbid", message: /replacement|replace existing|underpriced.{0,24}replac|could not replace|same nonce/i },
  { answer: "fee-low", message: /underpriced|(fee|tip|gas price|priority).{0,40}(too low|below|less than|lower than|minimum)|(minimum|required).{0,24}(fee|tip|gas price)|fee cap.{0,24}less|feetoolow|max fee per gas/i },
  { answer: "gas-limit", message: /gas limit.{0,40}(too high|too low|exceed|above|greater|cap|maximum)|exceeds? (the )?(block |transaction |tx )?(gas limit|gas cap|maximum)|(cap|maximum).{0,24}gas|gas.{0,24}(exceeds|cap)|intrinsic gas|gaslimitexceeded/i },
  { answer: "funds", message: /insufficient (funds|balance)|(doesn't|does not|not) have enough (funds|balance)|insufficientfunds|balance.{0,24}too low/i },
];

function first<T>(rows: readonly Row<T>[], { method, status, code, message }: Fault): T | undefined {
  return rows.find((row) => {
    if (row.methods !== undefined && !row.methods.test(method)) return false;
    if (row.status !== undefined) return status !== undefined && row.status.includes(status);
    if (row.code !== undefined) return code !== undefined && row.code.includes(code);
    return row.message!.test(message);
  })?.answer;
}

/** Sorts a fault. What comes with the data of a revert is one, whatever else is said; no data says nothing. */
export function sortAnswer(fault: Fault): Answer {
  const called = CALLS.test(fault.method) && fault.revert !== undefined;
  if (called && fault.revert !== "0x") return "reverted";
  return first(ANSWERS, fault) ?? (called ? "reverted" : "other");
}

/** Sorts what a node says of a transaction that it was handed. */
export function sortRefusal(message: string): Refusal {
  return first(REFUSALS, { method: "eth_sendRawTransaction", message }) ?? "other";
}

/** The least tip that a refusal names, in wei, as in "gas tip cap 1, minimum needed 25000000000". */
export function leastTip(message: string): bigint | undefined {
  const found = /(?:minimum|needed|required|at least|least|floor)\D{0,32}?(\d+(?:\.\d+)?)\s*(gwei|wei)?/i.exec(message);
  if (found === null) return undefined;
  const [, figure, unit] = found;
  const [whole, part = ""] = figure.split(".");
  if (unit?.toLowerCase() === "gwei") return BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(9, "0").slice(0, 9));
  return BigInt(whole);
}

/**
 * What the EVM reverted with. Nodes put it in different places: as it is, inside an object under `data` or `result`, or
 * after the word "Reverted".
 */
export function revertData(data: unknown): `0x${string}` | undefined {
  if (typeof data === "string") {
    const found = /^(?:reverted\s+)?(0x(?:[0-9a-fA-F]{2})*)$/i.exec(data.trim());
    return found === null ? undefined : (found[1].toLowerCase() as `0x${string}`);
  }
  if (typeof data !== "object" || data === null) return undefined;
  for (const key of ["data", "result", "output"]) {
    const inner = revertData((data as Record<string, unknown>)[key]);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
