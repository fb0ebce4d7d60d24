import { rebuild } from "../../core/compile/rebuild.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { CompileError } from "../../core/faults.ts";
import { parseProgramFile, printProgramFile, type ProgramFile } from "../../core/program/programFile.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";

type StatedNode = ProgramFile["nodes"][number];

/** The version that a publisher makes of a compiled one by stating other choices, with the root that these have. */
export async function restated(model: CompiledModel, change: (node: StatedNode, index: number) => StatedNode): Promise<CompiledModel> {
  const file = parseProgramFile(model.programFile);
  const nodes = file.nodes.map(change);
  const attempt = (root: string) => rebuild(model.canonical, printProgramFile({ ...file, root, nodes }), ortRuntime);
  try {
    return await attempt(file.root);
  } catch (error) {
    const actual = error instanceof CompileError ? /its rows have the root (0x[0-9a-f]{64})/.exec(error.message)?.[1] : undefined;
    if (actual === undefined) throw error;
    return attempt(actual);
  }
}

/** The same with what node `writer` gives, which node `reader` reads as its input 0, in another layout. */
export const relaid = (model: CompiledModel, writer: number, reader: number, perm: readonly number[]): Promise<CompiledModel> =>
  restated(model, (node, i) => {
    if (i === writer) return { ...node, perm: [...perm] };
    return i === reader ? { ...node, inputPerms: [[...perm], ...node.inputPerms.slice(1)] } : node;
  });
