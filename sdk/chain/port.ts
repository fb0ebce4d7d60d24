import type { Hex } from "../../core/hex.ts";

/** A call of a contract. */
export interface Call {
  readonly to: Hex;
  readonly data: Hex;
}

/** Which logs are asked for: of these contracts, in these blocks, both ends included. */
export interface LogFilter {
  readonly address: readonly Hex[];
  /** At each place the topics of which a log must have one; null permits any. */
  readonly topics: readonly (readonly Hex[] | null)[];
  readonly fromBlock: number;
  readonly toBlock: number;
}

/** A log of a mined transaction. */
export interface Log {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly block: number;
  readonly blockHash: Hex;
  /** Time of the block in seconds, of a library and a node that give it with the log. */
  readonly timestamp?: number;
  /** Its place in the block. */
  readonly index: number;
  readonly transaction: Hex;
}

/** A block. */
export interface Block {
  readonly number: number;
  readonly hash: Hex;
  /** In seconds. */
  readonly timestamp: number;
}

/** The newest block. */
export interface Head {
  readonly number: number;
  /** Time of the newest block, in seconds. */
  readonly timestamp: number;
  /** Time of the earliest block that can hold a transaction sent now. */
  readonly next: number;
}

/** A mined transaction that succeeded. */
export interface Mined {
  readonly hash: Hex;
  readonly block: number;
  readonly logs: readonly Log[];
}

/** What is signed by EIP-712. */
export interface TypedData {
  readonly domain: { readonly name: string; readonly version: string; readonly chainId: number; readonly verifyingContract: Hex };
  readonly types: Readonly<Record<string, readonly { readonly name: string; readonly type: string }[]>>;
  readonly primaryType: string;
  readonly message: Readonly<Record<string, bigint | string>>;
}

/**
 * What the kit asks of a library that speaks with a node and a wallet. An adapter implements it. Errors come as the library throws
 * them: what a contract reverted with is found in them by `revertIn`.
 */
export interface Chain {
  /** The number of the chain that the node is on. */
  chainId(): Promise<number>;
  /** The account that signs, in lower case; undefined of a connection that only reads. */
  account(): Promise<Hex | undefined>;
  /** What a contract answers as of a block: of the newest one, or of the one that would hold a transaction sent now. */
  call(call: Call, block: "latest" | "pending"): Promise<Hex>;
  /** Sends a transaction of the account and waits until it is mined; throws if it reverts. */
  send(call: Call): Promise<Mined>;
  /** Logs in the order of the chain. */
  logs(filter: LogFilter): Promise<readonly Log[]>;
  /** The newest block, and the time that a transaction sent now would see. */
  head(): Promise<Head>;
  /** Undefined where the node has not got it. */
  block(block: number | "latest"): Promise<Block | undefined>;
  /** The account's signature, 65 bytes. */
  sign(data: TypedData): Promise<Hex>;
}
