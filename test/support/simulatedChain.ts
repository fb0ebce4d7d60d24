import { Transaction } from "ethers";
import type { RpcFault } from "../../oracle/chain/rpc.ts";
import { ScriptedRpc } from "./scriptedRpc.ts";

const hex = (value: number): string => `0x${value.toString(16)}`;
const word = (value: number): string => `0x${value.toString(16).padStart(64, "0")}`;

interface Block {
  number: number;
  hash: string;
  parentHash: string;
  logs: object[];
  transactions: Transaction[];
}

/** A chain small enough to fork at will: blocks with logs, transactions that are mined when the test says so. */
export class SimulatedChain {
  readonly rpc: ScriptedRpc;
  readonly pool: Transaction[] = [];
  blocks: Block[] = [];
  /** What `eth_call` throws, if anything. */
  objection: RpcFault | undefined;
  #fork = 0;

  constructor() {
    this.mine();
    this.rpc = new ScriptedRpc({
      eth_getBlockByNumber: ([tag, full]) => this.#block(tag as string, full === true),
      eth_getLogs: ([filter]) => {
        const { fromBlock, toBlock, blockHash } = filter as { fromBlock: string; toBlock: string; blockHash?: string };
        if (blockHash !== undefined) return this.blocks.find(({ hash }) => hash === blockHash)?.logs ?? [];
        return this.blocks.slice(Number(fromBlock), Number(toBlock) + 1).flatMap((block) => block.logs);
      },
      eth_getTransactionCount: ([, tag]) => {
        const last = String(tag).startsWith("0x") ? Number(tag) : this.blocks.length - 1;
        const nonces = this.blocks.slice(0, last + 1).flatMap((block) => block.transactions).map(({ nonce }) => nonce);
        let count = Math.max(-1, ...nonces) + 1;
        while (tag === "pending" && this.pool.some(({ nonce }) => nonce === count)) count++;
        return hex(count);
      },
      eth_maxPriorityFeePerGas: () => hex(1_000_000_000),
      eth_estimateGas: () => hex(50_000),
      eth_call: () => {
        if (this.objection !== undefined) throw this.objection;
        return "0x";
      },
      eth_sendRawTransaction: ([raw]) => {
        const transaction = Transaction.from(raw as string);
        const rival = this.pool.findIndex(({ nonce }) => nonce === transaction.nonce);
        if (rival >= 0) this.pool.splice(rival, 1);
        this.pool.push(transaction);
        return transaction.hash;
      },
      eth_getTransactionByHash: ([hash]) => {
        const known = [...this.pool, ...this.blocks.flatMap(({ transactions }) => transactions)];
        return known.find((transaction) => transaction.hash === hash) ?? null;
      },
      eth_getTransactionReceipt: ([hash]) => {
        const block = this.blocks.find(({ transactions }) => transactions.some((t) => t.hash === hash));
        return block === undefined
          ? null
          : {
              transactionHash: hash,
              blockNumber: hex(block.number),
              blockHash: block.hash,
              status: "0x1",
              gasUsed: hex(42_000),
              logs: [],
            };
      },
    });
  }

  /** Adds a block with the given logs and everything in the pool. */
  mine(...logs: object[]): Block {
    const number = this.blocks.length;
    const hash = word(1_000_000 * (this.#fork + 1) + number);
    const parentHash = this.blocks[number - 1]?.hash ?? word(0);
    const placed = logs.map((log, i) => ({
      ...log,
      blockNumber: hex(number),
      blockHash: hash,
      transactionHash: hash,
      logIndex: hex(i),
    }));
    const block = { number, hash, parentHash, logs: placed, transactions: this.pool.splice(0) };
    this.blocks.push(block);
    return block;
  }

  /** Drops every block from `number` on; what is mined next belongs to another branch. */
  fork(number: number): void {
    this.blocks = this.blocks.slice(0, number);
    this.#fork++;
  }

  #block(tag: string, full = false): object | null {
    const number = tag === "latest" || tag === "pending" ? this.blocks.length - 1 : Number(tag);
    const block = this.blocks[number];
    if (block === undefined) return null;
    const timestamp = hex(1_000 + 12 * (block.number + (tag === "pending" ? 1 : 0)));
    const { hash, parentHash } = block;
    // Every log of a block is of a transaction that has the block's own hash.
    const transactions = full
      ? block.transactions.map((t) => ({ hash: t.hash, from: t.from, nonce: hex(t.nonce) }))
      : [...block.transactions.map((t) => t.hash), ...(block.logs.length > 0 ? [hash] : [])];
    return { number: hex(number), hash, parentHash, timestamp, baseFeePerGas: hex(1_000_000_000), transactions };
  }
}
