/** What a process writes of its host, and the files that it reads. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import type { Subject } from "./subjects.ts";

export type Roots = Readonly<Record<string, string>>;

/** One subject on one host. */
export interface Outcome {
  readonly name: string;
  /** Why this host refuses the version; undefined where it serves it, and where the subject is none. */
  readonly objection?: string;
  /** Roots of all tensors by their names, run by run. */
  readonly roots: readonly Roots[];
}

export interface Report {
  readonly arch: string;
  readonly runtime: string;
  /** What the self-test says against the host. */
  readonly faults: readonly string[];
  readonly outcomes: readonly Outcome[];
}

/** A subject as its files are found. */
export interface Filed {
  readonly name: string;
  readonly isVersion: boolean;
  readonly inputs: readonly TensorSpec[];
  readonly runs: number;
}

const LIST = "subjects.json";
const fileOf = (folder: string, subject: number, part: string): string => join(folder, `${subject}.${part}`);

export function writeSubjects(folder: string, subjects: readonly Subject[]): void {
  const filed = subjects.map(({ name, file, version, inputs, runs }, i): Filed => {
    writeFileSync(fileOf(folder, i, "onnx"), file);
    if (version !== undefined) writeFileSync(fileOf(folder, i, "program.json"), version.programFile);
    runs.forEach((values, run) => values.forEach((bytes, input) => writeFileSync(fileOf(folder, i, `run${run}.input${input}`), bytes)));
    return { name, isVersion: version !== undefined, inputs, runs: runs.length };
  });
  writeFileSync(join(folder, LIST), JSON.stringify(filed));
}

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

/** The subjects with what reads their files. */
export function readSubjects(folder: string) {
  return (JSON.parse(readFileSync(join(folder, LIST), "utf8")) as Filed[]).map((filed, i) => ({
    ...filed,
    file: read(fileOf(folder, i, "onnx")),
    program: filed.isVersion ? read(fileOf(folder, i, "program.json")) : undefined,
    runs: Array.from({ length: filed.runs }, (_, run) => filed.inputs.map((_, input) => read(fileOf(folder, i, `run${run}.input${input}`)))),
  }));
}
