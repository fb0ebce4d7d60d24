import { z } from "zod";
import type { Hex } from "../ports.ts";

/** Shapes of what a node answers. Hashes and addresses come out in lower case, quantities as numbers or big integers. */
const sized = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`))
    .transform((text) => text.toLowerCase() as Hex);

export const bytes = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/)
  .transform((text) => text.toLowerCase() as Hex);
export const hash32 = sized(32);
export const address = sized(20);

const quantity = z.string().regex(/^0x[0-9a-fA-F]{1,64}$/);
export const big = quantity.transform((text) => BigInt(text));
export const small = quantity.transform((text, context) => {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  context.addIssue({ code: "custom", message: "is out of range" });
  return z.NEVER;
});

export const header = z.object({
  number: small,
  hash: hash32,
  parentHash: hash32,
  timestamp: small,
  baseFeePerGas: big.nullish().transform((fee) => fee ?? undefined),
  /** Absent or zero where a chain keeps none. */
  logsBloom: sized(256).optional().catch(undefined),
  transactions: z.array(hash32),
});

/** A block with its transactions, as far as they tell whose nonce they took. */
export const fullBlock = z.object({
  hash: hash32,
  transactions: z.array(z.object({ hash: hash32, from: address, nonce: small })),
});

/** The block being built has no hash yet. */
export const pendingHeader = z.object({ timestamp: small });

export const log = z.object({
  address,
  topics: z.array(hash32),
  data: bytes,
  blockNumber: small,
  blockHash: hash32,
  transactionHash: hash32,
  logIndex: small,
  removed: z.boolean().optional(),
});

export const receipt = z.object({
  transactionHash: hash32,
  blockNumber: small,
  blockHash: hash32,
  status: small,
  gasUsed: big,
  effectiveGasPrice: big.nullish().transform((price) => price ?? undefined),
  logs: z.array(log),
});

/** Whether there is anything at all. */
export const presence = z.unknown().transform((value) => value !== null && value !== undefined);

export type Header = z.infer<typeof header>;
export type Log = z.infer<typeof log>;
export type Receipt = z.infer<typeof receipt>;
