import { createReader } from "../../oracle/chain/reader.ts";
import type { Hex } from "../../core/hex.ts";
import type { ChainReader, Intent } from "../../oracle/ports.ts";
import type { SimulatedChain } from "./simulatedChain.ts";

export const CRASH_KEY = `0x${"4c".repeat(31)}d1`;
export const SENDER_OPTIONS = {
  confirmations: 0,
  routine: { replaceAfterMs: 10_000, maxFeePerGas: 500_000_000_000n },
  urgent: { replaceAfterMs: 2_000, maxFeePerGas: 5_000_000_000_000n },
  window: 16,
};

const at = (digit: string): Hex => `0x${digit.repeat(40)}`;

export const crashIntent: Intent = {
  intent: "submit:0x1",
  kind: "submit",
  job: "0x1",
  to: at("4"),
  data: "0xc0ffee",
  value: 0n,
  urgent: false,
};

export function readerFor(chain: SimulatedChain): ChainReader {
  const deployment = { chainId: 31337, startBlock: 1, opg: at("1"), models: at("2"), stakes: at("3"), jobs: at("4"), game: at("5"), verifier: at("6") };
  return createReader(chain.rpc, deployment);
}
