import { z } from "zod";
import { fileFault } from "../faults.ts";
import { Rule } from "./types.ts";

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const perm = z.array(z.number().int().min(0).max(7)).max(8).readonly();

const schema = z.strictObject({
  format: z.literal("opengradient-program/1"),
  /** SHA-256 of the canonical file. */
  canonical: hash,
  root: hash,
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
export function printProgramFile({ format, canonical, root, nodes }: ProgramFile): Uint8Array {
  const lines = nodes.map(({ name, op, rule, chunk, flags, perm, inputPerms }) =>
    JSON.stringify({ name, op, rule, chunk, flags, perm, inputPerms }),
  );
  const head = [["format", format], ["canonical", canonical], ["root", root]].map(([key, value]) => `"${key}":"${value}",\n`);
  return new TextEncoder().encode(`{${head.join("")}"nodes":[\n${lines.join(",\n")}\n]}\n`);
}

/** Reads a program file; throws a CompileError that says what is wrong with it. */
export function parseProgramFile(bytes: Uint8Array): ProgramFile {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw fileFault("the program file is no JSON", "program");
  }
  const result = schema.safeParse(json);
  if (!result.success) throw fileFault(`the program file is malformed: ${z.prettifyError(result.error).replace(/\s+/g, " ")}`, "program");
  return result.data;
}
