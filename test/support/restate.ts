import { rebuild } from "../../core/compile/rebuild.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { parseProgramFile, printProgramFile, type ProgramFile } from "../../core/program/programFile.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";

type Stated = ProgramFile["nodes"][number];

/** The version that its publisher would have registered with other choices for its nodes. */
export async function restate(model: CompiledModel, change: (node: Stated, i: number) => Stated): Promise<CompiledModel> {
  const file = parseProgramFile(model.programFile);
  const nodes = file.nodes.map(change);
  const under = (root: string, kernels: readonly string[]) => rebuild(model.canonical, printProgramFile({ ...file, nodes, root, kernels }), ortRuntime);
  try {
    return await under(file.root, file.kernels);
  } catch (error) {
    const { message } = error as Error;
    const root = /its rows have the root (0x[0-9a-f]{64})/.exec(message);
    if (root === null) throw error;
    const kernels = /its rows follow \[(.*)\]/.exec(message);
    return under(root[1], kernels?.[1].split(", ").filter((name) => name !== "") ?? file.kernels);
  }
}
