import { Faults, refuse } from "../faults.ts";
import { checkModel, decodeModel, encodeModel, isStandardDomain, nodeName } from "../onnx/model.ts";
import type { NodeProto } from "../onnx/onnx_pb.js";
import type { Mapped } from "../operators/reading/mapped.ts";
import type { Runtime } from "../runtime.ts";
import { integerDivisor } from "./divisors.ts";
import { expandFunctions } from "./inline/functions.ts";
import { subgraphsOf } from "./inline/subgraphs.ts";
import { divisions } from "./lower/division.ts";
import { lower } from "./lower/lower.ts";
import { valueTypes } from "./shapes.ts";

const divides = ({ domain, opType }: NodeProto): boolean => isStandardDomain(domain) && (opType === "Div" || opType === "Mod");

/** Whether a division stands in a branch or a body. */
const hasInner = (node: NodeProto): boolean => subgraphsOf(node).some((graph) => graph.node.some((inner) => divides(inner) || hasInner(inner)));

/**
 * The publisher's file as it is run beside its canonical form: the same results, but where it would divide integers by zero, which
 * ends the runtime's process.
 * @param mapped what its canonical form became
 */
export async function comparable(file: Uint8Array, mapped: readonly Mapped[], runtime: Runtime): Promise<Uint8Array> {
  const divisors = mapped.flatMap((node) => integerDivisor(node) ?? []);
  if (divisors.every(({ constant }) => constant !== undefined)) return file;
  const model = checkModel(decodeModel(file, false));
  expandFunctions(model);
  const faults = new Faults();
  for (const node of model.graph.node.filter(hasInner)) {
    faults.attempt(nodeName(node), node.opType, () => refuse("it divides in a branch or a body, in a file that divides integers by what is computed: nobody can tell that this ends no run"));
  }
  faults.throwIfAny();
  const typesOf = (known: typeof model) => valueTypes(known, runtime);
  return (await lower(model, await typesOf(model), typesOf, { table: divisions })) ? encodeModel(model) : file;
}
