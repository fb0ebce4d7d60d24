import { compile } from "../../core/compile/compile.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { rebuild } from "../../core/compile/rebuild.ts";
import { programTree } from "../../core/program/program.ts";
import { parseProgramFile, printProgramFile } from "../../core/program/programFile.ts";
import { Rule } from "../../core/program/types.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";

/** What the compiler makes of a file on a host that follows no order of additions: rows under `lanes` are under `bound`. */
export async function compileLeniently(file: Uint8Array): Promise<CompiledModel> {
  const model = await compile(file, { runtime: ortRuntime, form: "source" });
  const inLanes = model.program.nodes.map(({ rule }) => rule === Rule.lanes);
  const stated = parseProgramFile(model.programFile);
  const nodes = stated.nodes.map((node, i) => (inLanes[i] ? { ...node, rule: "bound" as const, chunk: 0, flags: 0 } : node));
  const rows = model.program.nodes.map((node, i) => (inLanes[i] ? { ...node, rule: Rule.bound, chunk: 0, flags: 0 } : node));
  const { root } = programTree({ ...model.program, nodes: rows });
  return rebuild(model.canonical, printProgramFile({ ...stated, kernels: stated.kernels.filter((kernel) => !kernel.startsWith("lanes ")), nodes, root }), ortRuntime);
}
