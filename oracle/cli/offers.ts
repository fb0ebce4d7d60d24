import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { refusedError } from "../../core/errors.ts";
import { compile, requireSame } from "../../core/compile/compile.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import type { Difference } from "../../core/compile/difference.ts";
import type { Form } from "../../core/compile/form.ts";
import { describeObjections } from "../../core/compile/objections.ts";
import { rebuild } from "../../core/compile/rebuild.ts";
import { requireHost } from "../../core/compile/requireHost.ts";
import type { InputValues } from "../../core/compile/values.ts";
import { CompileError, type Fault } from "../../core/faults.ts";
import { parseProgramFile } from "../../core/program/programFile.ts";
import { foreignRuntime } from "../runtime/processRuntime.ts";
import { nameOf, suffixOf, type Binding } from "./bindings.ts";
import type { Output } from "./output.ts";
import { externalBeside, readInputFile } from "./parse.ts";

/** What one version is published from: two files, and what they give. */
export interface Offer {
  readonly compiled: CompiledModel;
  readonly paths: { readonly canonical: string; readonly program: string };
  readonly files: { readonly canonical: Uint8Array; readonly program: Uint8Array };
  /** How it differs from its source, where that was given. */
  readonly differences: readonly Difference[];
  /** The sizes that it was compiled with, where that was done now. */
  readonly binding?: Binding;
}

/** The two files that are published, by the name of the source. */
export const publishedNames = (folder: string, source: string, part = "") => {
  const stem = `${basename(source).replace(/\.onnx$/, "")}${part === "" ? "" : `.${part}`}`;
  return { canonical: join(folder, `${stem}.canonical.onnx`), program: join(folder, `${stem}.program.json`) };
};

export interface OfferOptions {
  /** Values of the source's inputs. */
  readonly values: InputValues;
  readonly form: Form;
  readonly acceptDifference: boolean;
  readonly cwd: string;
}

/** Files that were compiled before, as they are found; refused where this host would not serve them. */
export async function readOffer(path: string, { program, source, values, form, acceptDifference, cwd }: OfferOptions & { readonly program?: string | undefined; readonly source?: string | undefined }): Promise<Offer> {
  const canonicalPath = resolve(cwd, path);
  const paths = { canonical: canonicalPath, program: resolve(cwd, program ?? canonicalPath.replace(/(\.canonical)?\.onnx$/, ".program.json")) };
  const files = { canonical: readInputFile(paths.canonical, "canonical file"), program: readInputFile(paths.program, "program file") };
  requireHost(parseProgramFile(files.program), foreignRuntime);
  const compiled = await rebuild(files.canonical, files.program, foreignRuntime);
  const reason = describeObjections(await compiled.objections(foreignRuntime));
  if (reason !== undefined) throw refusedError("VERSION_UNQUALIFIED", reason);
  const differences = source === undefined ? [] : await compareWith(compiled, resolve(cwd, source), form, values);
  if (form === "source" && !acceptDifference) requireSame(differences);
  return { compiled, paths, files, differences };
}

async function compareWith(compiled: CompiledModel, source: string, form: Form, values: InputValues): Promise<Difference[]> {
  return compiled.differencesFrom(readInputFile(source, "source"), foreignRuntime, form, externalBeside(source), values);
}

/**
 * Compiles a source once for each binding and writes the files. Where some bindings are refused, none is offered, and all reasons
 * are told.
 * @param out folder of the files; that of the source where it is not given
 */
export async function compileOffers(path: string, bindings: readonly Binding[], { values, form, acceptDifference, cwd, out }: OfferOptions & { readonly out?: string | undefined }, output: Output): Promise<Offer[]> {
  const source = resolve(cwd, path);
  const folder = out === undefined ? dirname(source) : resolve(cwd, out);
  const file = (): Uint8Array => readInputFile(source, "model");
  const offers: Offer[] = [];
  const faults: Fault[] = [];
  for (const binding of bindings) {
    const progress = output.progress(`compile ${nameOf(binding, values)}`);
    try {
      const compiled = await compile(file, { runtime: foreignRuntime, dims: binding, values, external: externalBeside(source), form, acceptDifference }, ({ done, total }) => progress.update(done, total));
      const paths = publishedNames(folder, source, suffixOf(binding, values));
      offers.push({ compiled, paths, files: { canonical: compiled.canonical, program: compiled.programFile }, differences: compiled.differences, binding });
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      faults.push(...error.faults.map((fault) => ({ ...fault, why: bindings.length === 1 ? fault.why : `with ${nameOf(binding, values)}: ${fault.why}` })));
    } finally {
      progress.stop();
    }
  }
  if (faults.length > 0) throw new CompileError(faults);
  await mkdir(folder, { recursive: true });
  for (const { paths, files } of offers) {
    await writeFile(paths.canonical, files.canonical);
    await writeFile(paths.program, files.program);
  }
  return offers;
}
