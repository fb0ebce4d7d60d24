import { rebuild } from "../../core/compile/rebuild.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { parseProgramFile, printProgramFile, type ProgramFile } from "../../core/program/programFile.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";

type Stated = ProgramFile["nodes"][number];

/** The version that its publisher would have registered with other choices for its nodes. */
export async function restate(model: CompiledModel, change: (node: Stated, i: number) => Stated): Promise<CompiledModel> {
  const file = parseProgramFile(model.programFile);
  const nodes = file.nodes.map(change);
  const under = (root: string) => rebuild(model.canonical, printProgramFile({ ...file, nodes, root }), ortRuntime);
  try {
    return await under(file.root);
  } catch (error) {
    const stated = /its rows have the root (0x[0-9a-f]{64})/.exec((error as Error).message);
    if (stated === null) throw error;
    return under(stated[1]);
  }
}
