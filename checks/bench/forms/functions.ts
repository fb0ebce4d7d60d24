/** What the verifier takes for one element of a function of one number, beyond what every such element takes. */
import { commitRun } from "../../../oracle/certify/certify.ts";
import { compile } from "../../../core/compile/compile.ts";
import { Prover } from "../../../core/dispute/proof.ts";
import { twin } from "../../../core/operators/index.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { Graph } from "../networks/graph.ts";
import type { openVerifierMeter } from "../verifierMeter.ts";

export interface FunctionGas {
  readonly name: string;
  /** Of the dearest of all elements that were asked about, less that of a Relu at the same place. */
  readonly beyond: number;
}

/** Functions, the opset that has them, and the gas that an element of them may take. */
export const FUNCTIONS = [
  { name: "Exp", opset: 17, limit: 12_000 },
  { name: "Tanh", opset: 17, limit: 12_000 },
  { name: "Sigmoid", opset: 17, limit: 12_000 },
  { name: "Erf", opset: 17, limit: 20_000 },
  { name: "Gelu", opset: 20, limit: 20_000 },
] as const;

const DIMS = [64, 64];
/** The graph's input is normally distributed; this makes arguments on all branches of it. */
const SPREAD = 3;
const STEP = 37;

export async function measureFunctions(meter: Awaited<ReturnType<typeof openVerifierMeter>>): Promise<FunctionGas[]> {
  const executions = async (name: string, opset: number): Promise<number[]> => {
    const graph = new Graph(opset);
    const file = graph.model("x", DIMS, graph.node(name, [graph.node("Mul", ["x", graph.scalar(SPREAD)])]));
    const model = await compile(file, { runtime: ortRuntime });
    const prover = new Prover(model.program, await commitRun(model, ortRuntime, 1));
    const last = model.program.nodes.length - 1;
    const taken: number[] = [];
    for (let element = 0; element < DIMS[0] * DIMS[1]; element += STEP) {
      const { proof } = prover.prove(twin, last, element);
      const { convicts, execution } = await meter.measure(prover.programRoot, prover.traceRoot, proof);
      if (convicts) throw new Error(`an honest element of ${name} is convicted`);
      taken.push(execution);
    }
    return taken;
  };
  const fixed = new Map<number, number[]>();
  const figures: FunctionGas[] = [];
  for (const { name, opset } of FUNCTIONS) {
    if (!fixed.has(opset)) fixed.set(opset, await executions("Relu", opset));
    const relu = fixed.get(opset)!;
    figures.push({ name, beyond: Math.max(...(await executions(name, opset)).map((execution, i) => execution - relu[i])) });
  }
  return figures;
}
