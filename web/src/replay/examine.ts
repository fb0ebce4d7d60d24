import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { rebuildByInference } from "../../../core/compile/rebuild.ts";
import { tensorRoot } from "../../../core/merkle/tensorTree.ts";
import { isRooted } from "../../../core/program/jobOutput.ts";
import { tracedTensors } from "../../../core/program/program.ts";
import { oddBool } from "../../../core/tensor/bools.ts";
import type { FetchFile } from "../../../sdk/files.ts";
import { cut } from "../../../sdk/verify/judge.ts";
import { modelGraph } from "../graph/modelGraph.ts";
import { committedRoots } from "./committed.ts";
import type { Examination, ReplayCase } from "./examination.ts";
import { proved, searched } from "./finding.ts";
import { runBeside, type OwnRun } from "./ownRun.ts";
import { decodeProof } from "./proof.ts";
import { ServedTensors } from "./served.ts";
import { markTensors } from "./tensors.ts";
import { shownValues } from "./values.ts";

/**
 * Looks into a dispute: replays the run beside the operator's, compares the tensors that it committed to, and recomputes the element
 * that was proved wrong, or without a proof the first wrong one that is found. Throws where the files do not make the version's program.
 */
export async function examine(given: ReplayCase, fetchFile: FetchFile, onNode: (done: number, all: number) => void = () => undefined): Promise<Examination> {
  const model = rebuildByInference(given.canonical, given.programFile);
  if (model.root !== given.programRoot) throw new Error(`the published files make a program with the root ${model.root}, the version has ${given.programRoot}`);
  const { program } = model;
  const tensors = tracedTensors(program);
  const { opened } = given;
  const shown = given.proof === undefined ? [] : [...given.proof.pieces, given.proof.conclusion].map(decodeProof);
  const served = opened && new ServedTensors(program, opened.uri, fetchFile);
  const before = opened && (await committedRoots(program, given, shown, { served }));
  const { run, why } = await replay(model, given, async (id) => {
    const root = before?.[id];
    return root === undefined ? undefined : served?.rowMajor(id, root);
  }, onNode);
  const own = tensors.map((tensor, id) => run.trace[id] && tensorRoot(tensor, run.trace[id]));
  const committed = (await committedRoots(program, given, shown, { own, known: before })) ?? [];
  const marks = markTensors(program, committed, own, run.adopted);
  const search = { model, given, run, marks, committed, served };
  const found = shown.length === 0 ? await searched(search) : proved(model, shown);
  return {
    graph: modelGraph(program, model.tensors),
    marks,
    inputs: program.inputs.map((spec, id) => shownValues(id, spec, given.input && cut(program.inputs, given.input)?.[id], undefined)),
    outputs: outputsOf(model, given, run),
    run: { isWhole: why === undefined, detail: why ?? `all ${program.nodes.length} nodes were recomputed here` },
    ...found,
  };
}

/** One's own run, and why it is not whole. */
async function replay(
  model: CompiledModel,
  { input, mostWork }: ReplayCase,
  adopt: (id: number) => Promise<Uint8Array | undefined>,
  onNode: (done: number, all: number) => void,
): Promise<{ run: OwnRun; why: string | undefined }> {
  const none = (why: string) => ({ run: { trace: [], adopted: new Set<number>(), open: [] }, why });
  const { program } = model;
  if (input === undefined) return none("nobody serves the job's input");
  const inputs = cut(program.inputs, input);
  if (inputs === undefined) return none(`the input has ${input.length} bytes, which is no input of the model`);
  if (oddBool(program.inputs, inputs) !== undefined) return none("the input has a byte that is no bool, of which every processor makes something else");
  if (model.work > mostWork) return none(`the run takes ${model.work.toLocaleString("en")} steps, more than the ${mostWork.toLocaleString("en")} that are replayed here`);
  const run = await runBeside(model, inputs, adopt, onNode);
  return { run, why: run.open[0] };
}

function outputsOf({ program }: CompiledModel, { output }: ReplayCase, { trace }: OwnRun) {
  const claimed = output === undefined || isRooted(program) ? undefined : cut(program.outputs, output);
  return program.outputs.map((spec, i) => shownValues(spec.id, spec, claimed?.[i], trace[spec.id]));
}
