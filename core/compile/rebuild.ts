import { sha256 } from "../digest.ts";
import { Faults, refuse } from "../faults.ts";
import { parseProgramFile, type ProgramFile } from "../program/programFile.ts";
import { ruleName, type Program } from "../program/types.ts";
import type { Runtime } from "../runtime.ts";
import { readCanonical, type CanonicalFile } from "./canonicalForm.ts";
import type { Choice } from "./choice.ts";
import { CompiledModel } from "./compiledModel.ts";
import type { GraphNode, Value } from "../onnx/graphNode.ts";
import { whyUnknown } from "./graph.ts";
import { inferTypes } from "./inference.ts";
import { mapFile } from "./mapFile.ts";
import { supportedOperators } from "../operators/index.ts";
import { nodeName } from "../onnx/model.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { requireProvable } from "./provable.ts";
import { isPermitted } from "./nodeTrial.ts";
import { valueTypes } from "./shapes.ts";
import { changedBy } from "./threads.ts";
import type { ValueTypes } from "./valueTypes.ts";

/**
 * Rebuilds a version from what its publisher published, trusting neither file: the program may choose layouts and, among
 * the rules permitted for a node, the rule with its schedule; all else follows from the canonical file. Throws a
 * CompileError where the two do not fit or do not give the stated root. Whether the schedules hold on this host is
 * another question: see CompiledModel.qualify.
 */
export async function rebuild(canonical: Uint8Array, programFile: Uint8Array, runtime: Runtime): Promise<CompiledModel> {
  const { file, stated } = readPublished(canonical, programFile);
  return rebuildWith(file, stated, await valueTypes(file.model, runtime));
}

/**
 * The same without a runtime: types and shapes are those that the operators make (see `inferTypes`). Whatever they say, a model that
 * has the stated root is the one that the root commits to.
 */
export function rebuildByInference(canonical: Uint8Array, programFile: Uint8Array): CompiledModel {
  const { file, stated } = readPublished(canonical, programFile);
  return rebuildWith(file, stated, inferTypes(file.model));
}

function readPublished(canonical: Uint8Array, programFile: Uint8Array): { file: CanonicalFile; stated: ProgramFile } {
  const stated = parseProgramFile(programFile);
  const faults = new Faults();
  const digest = sha256(canonical);
  if (stated.canonical !== digest) {
    faults.add("program", "", `it belongs to the canonical file ${stated.canonical}, not to ${digest}`);
    faults.throwIfAny();
  }
  const file = readCanonical(canonical, digest);
  // INVARIANT: of a file that anybody may have made the runtime sees no operator but those that a program may have: nobody has
  // looked at what others do to the process.
  for (const node of file.model.graph.node) {
    const why = whyUnknown(node, supportedOperators);
    if (why !== undefined) faults.add(nodeName(node), node.opType, why);
  }
  faults.throwIfAny();
  return { file, stated };
}

function rebuildWith(file: CanonicalFile, stated: ProgramFile, types: ValueTypes): CompiledModel {
  const faults = new Faults();
  const { graph, mapped } = mapFile(file, types);
  if (stated.nodes.length !== graph.nodes.length) {
    faults.add("program", "", `it states ${stated.nodes.length} nodes, the canonical file has ${graph.nodes.length}`);
    faults.throwIfAny();
  }
  const choices = graph.nodes.flatMap((node, i) => faults.attempt(node.name, node.op, () => checkChoice(stated, i, node, mapped[i])) ?? []);
  faults.throwIfAny();
  const { runtime: name, threads } = stated;
  const rebuilt = new CompiledModel(file, graph, mapped, choices, { runtime: name, threads });
  faults.attempt("program", "", () => checkLayouts(rebuilt.program));
  if (String(rebuilt.kernels) !== String(stated.kernels)) {
    faults.add("program", "", `it states the kernels [${stated.kernels.join(", ")}], its rows follow [${rebuilt.kernels.join(", ")}]`);
  }
  // INVARIANT: no version makes hosts differ from each other by the number of their threads.
  const changed = changedBy(threads, graph, mapped);
  if (changed.length > 0) faults.add("program", "", `it states ${threads} threads, which change the order of additions in ${changed.join(", ")}`);
  if (rebuilt.root !== stated.root) faults.add("program", "", `it states the root ${stated.root}, its rows have the root ${rebuilt.root}`);
  faults.throwIfAny();
  requireProvable(rebuilt.program);
  return rebuilt;
}

function checkChoice(stated: ProgramFile, i: number, node: GraphNode, mapped: Mapped): Choice {
  const { name, op, chunk, flags, perm, inputPerms, rule: text } = stated.nodes[i];
  if (name !== node.name || op !== node.op) refuse(`the program states ${op} "${name}" in its place`);
  const rule = mapped.rules.find((permitted) => ruleName(permitted) === text);
  if (rule === undefined) refuse(`the rule ${text} is not permitted for it`);
  if (!isPermitted({ rule, chunk, flags }, mapped)) {
    refuse(`the schedule chunk ${chunk}, flags ${flags} is not permitted for it`);
  }
  if (inputPerms.length !== mapped.inputs.length) refuse(`the program states ${inputPerms.length} layouts for ${mapped.inputs.length} inputs`);
  checkPerm(perm, node.output);
  mapped.inputs.forEach((value, k) => {
    if (value !== undefined) checkPerm(inputPerms[k], value);
    else if (inputPerms[k].length > 0) refuse(`the program states a layout for the absent input ${k}`);
  });
  return { rule, chunk, flags, perm, inputPerms };
}

function checkPerm(perm: readonly number[], value: Value): void {
  const sorted = [...perm].sort((a, b) => a - b);
  if (sorted.length !== value.dims.length || sorted.some((axis, i) => axis !== i)) {
    refuse(`[${perm.join(", ")}] is no layout of "${value.name}"`);
  }
}

/** Every row must name the same layout for the same tensor; graph inputs and outputs are row-major. */
function checkLayouts(program: Program): void {
  const layouts = new Map<number, string>();
  const identity = (rank: number) => String(Array.from({ length: rank }, (_, i) => i));
  program.inputs.forEach(({ dims }, id) => layouts.set(id, identity(dims.length)));
  for (const { id, dims } of program.outputs) layouts.set(id, identity(dims.length));
  for (const { name, inputs, output } of program.nodes) {
    for (const tensor of [output, ...inputs]) {
      if (tensor?.source.kind !== "computed") continue;
      const { id } = tensor.source;
      const known = layouts.get(id) ?? String(tensor.perm);
      if (known !== String(tensor.perm)) refuse(`tensor ${id} has the layout [${tensor.perm}] in "${name}" and [${known}] elsewhere`);
      layouts.set(id, known);
    }
  }
}
