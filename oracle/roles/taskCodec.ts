import { getBytes, hexlify } from "ethers";
import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "../../core/errorCodes.ts";
import { OpgError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { CompileError } from "../../core/faults.ts";

/** How tasks and what became of them are written down between processes. */

const hex = z.string().regex(/^0x[0-9a-f]*$/) as unknown as z.ZodType<Hex>;
const bytes = hex.transform((text) => getBytes(text));
const count = z.number().int().nonnegative();

/** What each kind of task is asked beside its job. */
const QUESTIONS = {
  survey: z.null(),
  answer: z.boolean(),
  judge: z.null(),
  open: z.null(),
  reveal: z.array(z.array(hex)),
  investigate: z.null(),
};

const OUTCOMES = {
  survey: z.object({ outputBytes: count, rooted: z.boolean(), traceBytes: count, servingGas: count }),
  answer: z.object({ output: hex, runMs: z.number(), traceMs: z.number().nullable() }),
  judge: z.discriminatedUnion("verdict", [
    z.object({ verdict: z.enum(["match", "mismatch", "doubtful", "unknown"]), detail: z.string() }),
    z.object({ verdict: z.literal("unavailable"), detail: z.string(), places: count }),
  ]),
  open: hex,
  reveal: z.array(hex),
  investigate: z.discriminatedUnion("kind", [
    z.object({ kind: z.enum(["wait", "honest"]) }),
    z.object({ kind: z.literal("demand"), wanted: hex, places: count, seeksInput: z.boolean() }),
    z.object({
      kind: z.literal("accuse"),
      accusation: z.object({
        node: count,
        element: z.string(),
        pieces: z.array(z.object({ until: count, proof: bytes })),
        proof: bytes,
        salt: hex,
      }),
    }),
  ]),
};

export type TaskKind = keyof typeof OUTCOMES;
export type Question<K extends TaskKind> = z.output<(typeof QUESTIONS)[K]>;
export type Outcome<K extends TaskKind> = z.output<(typeof OUTCOMES)[K]>;

const askedSchema = z.object({
  kind: z.enum(Object.keys(OUTCOMES) as [TaskKind, ...TaskKind[]]),
  job: z.string(),
  events: z.array(z.string()).min(1),
  now: count,
  block: z.number().int(),
  question: z.unknown(),
});

/** A task in words that another process understands. */
export interface Asked<K extends TaskKind = TaskKind> {
  readonly kind: K;
  readonly job: string;
  /** Of the job, so that whoever does the task sees what its giver saw. */
  readonly events: readonly string[];
  readonly now: number;
  readonly block: number;
  readonly question: Question<K>;
}

export const encodeTask = <K extends TaskKind>(asked: Asked<K>): string => JSON.stringify(asked);

export function decodeTask(text: string): Asked {
  const asked = askedSchema.parse(JSON.parse(text));
  return { ...asked, question: QUESTIONS[asked.kind].parse(asked.question) };
}

const failureSchema = z.union([
  z.object({
    kind: z.enum(["input", "transient", "refused"]),
    code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    fix: z.string().optional(),
    details: z.record(z.string(), z.unknown()),
  }),
  z.object({ faults: z.array(z.object({ name: z.string(), op: z.string(), why: z.string() })) }),
  z.object({ message: z.string() }),
]);

const resultSchema = z.union([z.object({ done: z.unknown() }), z.object({ failed: failureSchema })]);

const plain = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? hexlify(value) : value);

export const encodeDone = <K extends TaskKind>(outcome: Outcome<K>): string => JSON.stringify({ done: outcome }, plain);

/** An error as it is thrown again elsewhere: with the same meaning, without its cause. */
export function encodeFailed(error: unknown): string {
  if (error instanceof OpgError) {
    const { kind, code, message, fix, details } = error;
    return JSON.stringify({ failed: { kind, code, message, fix, details } }, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
  }
  if (error instanceof CompileError) return JSON.stringify({ failed: { faults: error.faults } });
  return JSON.stringify({ failed: { message: error instanceof Error ? error.message : String(error) } });
}

export function decodeOutcome<K extends TaskKind>(kind: K, text: string): Outcome<K> {
  const result = resultSchema.parse(JSON.parse(text));
  if ("done" in result) return OUTCOMES[kind].parse(result.done) as Outcome<K>;
  const { failed } = result;
  if ("faults" in failed) throw new CompileError(failed.faults);
  if (!("kind" in failed)) throw new Error(failed.message);
  const { kind: sort, code, message, fix, details } = failed;
  throw new OpgError(sort, code, message, { details, ...(fix !== undefined && { fix }) });
}
