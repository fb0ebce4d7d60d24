import { z } from "zod";
import { fileFault } from "../faults.ts";
import { Rule } from "./types.ts";

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const perm = z.array(z.number().int().min(0).max(7)).max(8).readonly();

export const PROGRAM_FORMAT = "opengradient-program/2";

/** Formats of earlier releases, and what is missing in them. */
const EARLIER: Readonly<Record<string, string>> = { "opengradient-program/1": "no runtime, kernels and threads" };

/** Threads that a version may state at most. */
const MOST_THREADS = 256;

const schema = z.strictObject({
  format: z.literal(PROGRAM_FORMAT),
  /** SHA-256 of the canonical file. */
  canonical: hash,
  root: hash,
  /** Name and version of the runtime whose results these are: another release may compute other bits. */
  runtime: z.string().regex(/^[a-z][a-z-]{0,31} \d{1,5}\.\d{1,5}\.\d{1,5}$/),
  /** The kernels that the rows follow, by name, in the order of their characters. */
  kernels: z.array(z.string().regex(/^[A-Za-z0-9 ]{1,64}$/)).max(256).readonly(),
  /** Threads that a run may use: with that many and with fewer, every tensor has the bits that one thread gives. */
  threads: z.number().int().min(1).max(MOST_THREADS),
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      op: z.string(),
      rule: z.enum(Object.keys(Rule) as (keyof typeof Rule)[]),
      chunk: z.number().int().min(0).max(0xffffffff),
      flags: z.number().int().min(0).max(255),
      perm,
      inputPerms: z.array(perm).max(16).readonly(),
    }),
  ).readonly(),
});

/** What is published beside the canonical file: the compiler's choices for each of its nodes. */
export type ProgramFile = z.infer<typeof schema>;

/** Bytes of a program file: one line per node, keys in a fixed order. */
export function printProgramFile({ nodes, ...head }: ProgramFile): Uint8Array {
  const lines = nodes.map(({ name, op, rule, chunk, flags, perm, inputPerms }) =>
    JSON.stringify({ name, op, rule, chunk, flags, perm, inputPerms }),
  );
  const keys = ["format", "canonical", "root", "runtime", "kernels", "threads"] as const;
  const stated = keys.map((key) => `"${key}":${JSON.stringify(head[key])},\n`);
  return new TextEncoder().encode(`{${stated.join("")}"nodes":[\n${lines.join(",\n")}\n]}\n`);
}

/** Reads a program file; throws a CompileError that says what is wrong with it. */
export function parseProgramFile(bytes: Uint8Array): ProgramFile {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw fileFault("the program file is no JSON", "program");
  }
  const missing = EARLIER[(json as { format?: string } | null)?.format ?? ""];
  if (missing !== undefined) throw fileFault(`the program file is of an earlier release, and states ${missing}: compile the model anew`, "program");
  const result = schema.safeParse(json);
  if (!result.success) throw fileFault(`the program file is malformed: ${z.prettifyError(result.error).replace(/\s+/g, " ")}`, "program");
  return result.data;
}
