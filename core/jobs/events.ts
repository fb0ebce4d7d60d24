import { z } from "zod";
import type { Hex } from "../hex.ts";
import { REWARD_PARTS } from "./job.ts";

const hex = z.string().regex(/^0x[0-9a-f]*$/) as unknown as z.ZodType<Hex>;
const address = z.string().regex(/^0x[0-9a-f]{40}$/) as unknown as z.ZodType<Hex>;
const hash = z.string().regex(/^0x[0-9a-f]{64}$/) as unknown as z.ZodType<Hex>;
/** Integers wider than 53 bits travel as decimal text. */
const integer = z.string().regex(/^\d+$/).transform(BigInt);
const time = z.number().int().nonnegative();

/** As a log has it, or as it is kept. */
const rewardPart = z.preprocess((part) => REWARD_PARTS[Number(part)] ?? part, z.enum(REWARD_PARTS));

/**
 * Everything that the chain says about one job, with the names of the contracts' events. Logs that were just decoded and
 * those read back from the store have the same shape.
 */
export const jobEventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("JobRequested"), version: hash, terms: integer, claim: integer, input: hex }),
  z.object({
    type: z.literal("JobRequestedByRoots"),
    version: hash,
    terms: integer,
    claim: integer,
    roots: z.array(hash),
    uri: z.string(),
  }),
  z.object({ type: z.literal("JobAccepted"), operator: address, claim: integer }),
  z.object({ type: z.literal("JobSubmitted"), operator: address, claim: integer, output: hex }),
  z.object({ type: z.literal("JobSubmittedByRoots"), operator: address, claim: integer, roots: z.array(hash), uri: z.string() }),
  z.object({ type: z.literal("JobChallenged"), operator: address }),
  z.object({ type: z.literal("JobUpheld"), operator: address }),
  z.object({ type: z.literal("JobConvicted"), operator: address, slashed: integer }),
  z.object({ type: z.literal("JobFinalized"), operator: address, delivered: z.boolean() }),
  z.object({ type: z.literal("CallbackDelivered") }),
  z.object({ type: z.literal("JobCancelled") }),
  z.object({ type: z.literal("JobRefunded") }),
  z.object({ type: z.literal("Challenged"), challenger: address, openBy: time, deadline: time }),
  z.object({ type: z.literal("Opened"), operator: address, traceRoot: hash, shown: hex, uri: z.string() }),
  z.object({ type: z.literal("Demanded"), demander: address, items: z.array(hash), revealBy: time, wanted: hex }),
  z.object({ type: z.literal("Revealed"), items: z.array(hash), shown: hex }),
  z.object({ type: z.literal("Advanced"), challenger: address, until: time }),
  z.object({ type: z.literal("ConvictedByProof"), challenger: address, reward: integer, collectableAt: time }),
  z.object({ type: z.literal("ConvictedByDefault"), challenger: address, reward: integer, collectableAt: time }),
  z.object({ type: z.literal("RewardTakenOver"), from: address, to: address, part: rewardPart }),
  z.object({ type: z.literal("RewardCollected"), beneficiary: address, amount: integer }),
  z.object({ type: z.literal("FeeReclaimed"), challenger: address, amount: integer }),
  z.object({ type: z.literal("Resolved"), operator: address, fees: integer }),
]);

export type JobEvent = z.infer<typeof jobEventSchema>;
export type JobEventType = JobEvent["type"];

export const encodeJobEvent = (event: JobEvent): string =>
  JSON.stringify(event, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));

export const decodeJobEvent = (text: string): JobEvent => jobEventSchema.parse(JSON.parse(text));
