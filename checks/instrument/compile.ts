import { existsSync, globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AstNode } from "./ast.ts";

export const root = join(import.meta.dirname, "..", "..");
const require = createRequire(import.meta.url);
const solc = require("solc") as { compile(input: string, callbacks: { import(path: string): { contents: string } | { error: string } }): string };

export interface CompiledContract {
  abi: { type: string; name?: string; inputs?: { type: string }[] }[];
  evm: { bytecode: { object: string }; deployedBytecode: { object: string } };
}
export interface CompileError {
  severity: string;
  errorCode?: string;
  formattedMessage: string;
  sourceLocation?: { file: string; start: number; end: number };
}
interface Output {
  errors?: CompileError[];
  sources: Record<string, { ast?: AstNode }>;
  contracts: Record<string, Record<string, CompiledContract>>;
}
/** Source texts by name, one character for each byte. */
export type Sources = ReadonlyMap<string, string>;

export const readSource = (name: string): string => readFileSync(join(root, name), "latin1");
const utf8 = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

/** Compiles the named sources, with `overlay` in place of what stands on disk, each as `read` makes it. */
function compile(names: readonly string[], overlay: Sources, settings: object, read = (text: string): string => text): Output {
  const load = (name: string): string | undefined => {
    const given = overlay.get(name);
    if (given !== undefined) return read(utf8(given));
    const path = [join(root, name), join(root, "node_modules", name)].find((p) => existsSync(p));
    return path === undefined ? undefined : read(readFileSync(path, "utf8"));
  };
  const sources = Object.fromEntries(names.map((name) => [name, { content: load(name) }]));
  const input = JSON.stringify({ language: "Solidity", sources, settings: { evmVersion: "osaka", ...settings } });
  const find = (name: string): { contents: string } | { error: string } => {
    const contents = load(name);
    return contents === undefined ? { error: `${name} not found` } : { contents };
  };
  return JSON.parse(solc.compile(input, { import: find })) as Output;
}

export class CompileFailed extends Error {
  readonly errors: readonly CompileError[];
  constructor(errors: readonly CompileError[]) {
    super(errors.slice(0, 3).map((e) => e.formattedMessage).join("\n"));
    this.errors = errors;
  }
}

const failures = (output: Output): CompileError[] => (output.errors ?? []).filter((e) => e.severity === "error");

/** Syntax trees of the named sources and of what they import. */
export function parse(names: readonly string[], overlay: Sources = new Map()): Map<string, AstNode> {
  const output = compile(names, overlay, { outputSelection: { "*": { "": ["ast"] } } });
  if (failures(output).length > 0) throw new CompileFailed(failures(output));
  return new Map(Object.entries(output.sources).map(([name, { ast }]) => [name, ast!]));
}

/** Instrumented code asks its surroundings what to do, in pure functions too; both words have one length, so errors stay in place. */
const unpure = (text: string): string => text.replace(/\bpure\b/g, "view");

/** What the compiler has against instrumented sources before it makes code of them. */
export const complaints = (names: readonly string[], overlay: Sources): CompileError[] =>
  failures(compile(names, overlay, { outputSelection: { "*": { "*": ["abi"] } } }, unpure));

/**
 * Contracts of the named sources and of what they import. Instrumented code is compiled for its meaning, not for its
 * gas: without optimizer, and by the quick pipeline unless its stack does not suffice.
 */
export const buildInstrumented = (names: readonly string[], overlay: Sources): Output["contracts"] => build(names, overlay, unpure);

/** The same of sources that are not instrumented. */
export function build(names: readonly string[], overlay: Sources, read?: (text: string) => string): Output["contracts"] {
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } };
  let output = compile(names, overlay, { outputSelection, optimizer: { enabled: false } }, read);
  if (failures(output).some((e) => e.formattedMessage.includes("Stack too deep"))) {
    const yulDetails = { stackAllocation: true, optimizerSteps: "u" };
    output = compile(names, overlay, { outputSelection, viaIR: true, optimizer: { enabled: false, details: { yul: true, yulDetails } } }, read);
  }
  if (failures(output).length > 0) throw new CompileFailed(failures(output));
  return output.contracts;
}

/** Files matching the patterns, as source names. */
export const list = (...patterns: string[]): string[] =>
  patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).map((name) => name.replaceAll("\\", "/")).sort();
