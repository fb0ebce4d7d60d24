import { create } from "@bufbuild/protobuf";
import { CompileError, Faults, fileFault, RuntimeEnded } from "../faults.ts";
import { free } from "../bytes.ts";
import { encodedParts } from "../onnx/encode.ts";
import { checkModel, decodeModel, encodeModel, isStandardDomain, nodeName, operatorOf, type OnnxModel } from "../onnx/model.ts";
import { TensorShapeProto_DimensionSchema, TensorShapeProtoSchema, type ModelProto, type ValueInfoProto } from "../onnx/onnx_pb.js";
import type { Runtime } from "../runtime.ts";
import { tidy } from "./canonicalForm.ts";
import { giveConstants } from "./constantOutputs.ts";
import { convertedNodes, unknownNodes } from "./foreign.ts";
import type { Form } from "./form.ts";
import { widenFourBits } from "./fourBits.ts";
import { inlineControlFlow, type Inlined } from "./inline/controlFlow.ts";
import { expandFunctions } from "./inline/functions.ts";
import type { Settled } from "./inline/settled.ts";
import { foldUnknown } from "./inline/unfolded.ts";
import { loweringsOf, takenBy } from "./lower/index.ts";
import { lower } from "./lower/lower.ts";
import { inFloat32 } from "./precision.ts";
import { refusedBy, valueTypes } from "./shapes.ts";
import { bindingFaults, dropUnread, prepare, type Dims } from "./source.ts";
import type { ValueTypes } from "./valueTypes.ts";

export interface CanonicalOptions {
  readonly dims: Dims;
  readonly runtime: Runtime;
  readonly form: Form;
  /** Whether the runtime may replace several nodes by one that computes nearly the same, in the form `source` too. */
  readonly acceptDifference: boolean;
  /** Called once nothing is read of the source any more. */
  readonly onUsedUp?: () => void;
}

/**
 * The canonical file of a publisher's model: static input shapes, the runtime's optimisation, then the lowerings of the form, all
 * in one fixed order. The canonical file is what is published and run: nothing optimises it again.
 */
export const canonicalise = async (source: OnnxModel, options: CanonicalOptions): Promise<OnnxModel> => (await canonicaliseWith(source, options)).model;

/** The bytes of a canonical file, and the Ifs of the publisher's of which it has one branch alone. */
export interface CanonicalBytes {
  readonly bytes: Uint8Array;
  readonly settled: readonly Settled[];
}

/** The canonical file as it is published. The memory of what it is made of, a copy of all weights, is free when this is done. */
export async function canonicalBytes(source: OnnxModel, options: CanonicalOptions): Promise<CanonicalBytes> {
  const { model, optimised, settled } = await canonicaliseWith(source, options);
  const bytes = encodeModel(model);
  free(optimised);
  return { bytes, settled };
}

/** A canonical model, the bytes that its weights are views of, and the Ifs that are settled. */
interface Canonical extends Pick<CanonicalBytes, "settled"> {
  readonly model: OnnxModel;
  readonly optimised: Uint8Array;
}

async function canonicaliseWith(source: OnnxModel, { dims, runtime, form, acceptDifference, onUsedUp }: CanonicalOptions): Promise<Canonical> {
  const level = form === "portable" || acceptDifference ? "basic" : "exact";
  const typesOf = (known: OnnxModel) => valueTypes(known, runtime);
  const faults = new Faults();
  faults.attempt("model", "", () => expandFunctions(source));
  const unbound = bindingFaults(source, dims);
  faults.push(unbound);
  // What is known of a branch or a loop may depend on sizes that are not bound.
  let inlined: Inlined = { faults: [], settled: [] };
  if (unbound.length === 0) {
    prepare(source, dims);
    inlined = await inlineControlFlow(source, runtime, typesOf);
    faults.push(inlined.faults);
  }
  const unknown = unknownNodes(source, form);
  faults.throwIfAny(unknown);
  faults.push(inFloat32(source, form));
  faults.throwIfAny(unknown);
  widenFourBits(source);
  await lowerEarly(source, form, typesOf).catch((error: unknown) => {
    throw error instanceof CompileError ? new CompileError([...error.faults, ...unknown]) : error;
  });
  let optimised: Uint8Array;
  try {
    optimised = await runtime.optimise(encodedParts(source), level);
  } catch (error) {
    // What the runtime says of an unknown node, or of what it made of it, would be a second reason for one fault.
    throw unknown.length > 0 ? new CompileError(unknown) : refusedBy(error, "the runtime refuses it", source.graph.node);
  }
  const model = checkModel(computing(decodeModel(optimised, false)));
  await foldUnknown(model, runtime, typesOf);
  computing(model);
  // What it folded or inlined is judged by what it became.
  const left = unknown.filter(({ name, op }) => model.graph.node.some((node) => nodeName(node) === name && node.opType === op));
  faults.push(convertedNodes(source, model));
  onUsedUp?.();
  faults.throwIfAny(left);
  giveConstants(model);
  tidy(model);
  const types = await typesOf(model).catch((error: unknown) => {
    throw left.length > 0 && error instanceof CompileError ? new CompileError(left) : error;
  });
  if (await lower(model, types, typesOf, { form })) {
    dropUnread(model);
    tidy(model);
  }
  for (const output of model.graph.output) stateShape(output, types);
  return { model, optimised, settled: inlined.settled };
}

/** A model of which something depends on what it is given. */
function computing<T extends ModelProto>(model: T): T {
  if (model.graph?.node.length === 0) throw fileFault("no output depends on the elements of an input: there is nothing to compute");
  return model;
}

/** Lowers what the runtime would write in its own way. Where it does not take the file, it says so when it optimises it. */
async function lowerEarly(source: OnnxModel, form: Form, typesOf: (model: OnnxModel) => Promise<ValueTypes>): Promise<void> {
  const table = loweringsOf(form).filter(({ isEarly, domain = "" }) => isEarly === true || !isStandardDomain(domain));
  const early = new Set(table.flatMap(takenBy));
  if (!source.graph.node.some((node) => early.has(operatorOf(node)))) return;
  const types = await typesOf(source).catch((error: unknown) => {
    if (error instanceof RuntimeEnded) throw error;
    return undefined;
  });
  if (types !== undefined) await lower(source, types, typesOf, { form, table });
}

/** States the inferred shape of an output, which the runtime writes in some cases and in some not. */
function stateShape({ name, type }: ValueInfoProto, types: ValueTypes): void {
  const dims = types.get(name)?.dims;
  if (type?.value.case !== "tensorType" || dims === undefined) return;
  const dim = dims.map((size) =>
    create(TensorShapeProto_DimensionSchema, Number.isSafeInteger(size) ? { value: { case: "dimValue", value: BigInt(size) } } : {}),
  );
  type.value.value.shape = create(TensorShapeProtoSchema, { dim });
}
