import { clone } from "@bufbuild/protobuf";
import { RuntimeEnded } from "../../faults.ts";
import { encodeModel, exposed, namesRead, type OnnxModel } from "../../onnx/model.ts";
import { ValueInfoProtoSchema, type GraphProto, type TypeProto_Tensor, type ValueInfoProto } from "../../onnx/onnx_pb.js";
import type { Runtime, RuntimeTensorInfo } from "../../runtime.ts";
import { DType } from "../../tensor/dtype.ts";
import { OF_SHAPES, parametersOf } from "../parameters.ts";
import { runOnZeros } from "../zeros.ts";

/** Integers that may say places and lengths. */
const PLACES: ReadonlySet<number> = new Set([DType.int32, DType.int64]);

/** Operators whose results have as many elements as what they find. */
const OF_DATA: ReadonlySet<string> = new Set(["NonZero", "Unique"]);

/** Whether a run of a model may fail by what its inputs hold: by integers, and by whatever is a parameter of a node. */
export async function mayFailByValues(model: OnnxModel, runtime: Runtime): Promise<boolean> {
  const variable = variableIn(model.graph);
  if (model.graph.node.some((node) => OF_DATA.has(node.opType) || parametersOf(node).some((name) => variable.has(name)))) return true;
  try {
    // Of types alone, for which the runtime need not agree to shapes.
    const open = withInputs(model, (tensor) => (tensor.shape = undefined));
    const session = await runtime.open(exposed({ model: open, bytes: encodeModel(open) }));
    const values = [...session.inputs, ...session.outputs];
    await session.release();
    return values.some(({ name, dtype }) => variable.has(name) && PLACES.has(dtype));
  } catch (error) {
    if (error instanceof RuntimeEnded) throw error;
    return true;
  }
}

/**
 * What the runtime says where a run of a model on zeros fails; undefined where it goes right, or cannot be made. The sizes of the inputs
 * are open to the runtime, as they are in a publisher's file: what it infers of sizes may be stricter than its kernels.
 */
export async function failureOnZeros(model: OnnxModel, runtime: Runtime): Promise<unknown> {
  try {
    const open = withInputs(model, ({ shape }) => shape?.dim.forEach((dim) => (dim.value = { case: undefined })));
    const session = await runtime.open(encodeModel(open));
    await runOnZeros(session, model.graph.input.map(infoOf)).finally(() => session.release());
    return undefined;
  } catch (error) {
    if (error instanceof RuntimeEnded) throw error;
    return error instanceof RangeError ? undefined : error;
  }
}

/** The values that follow from the elements of inputs, those among them. */
function variableIn({ input, node }: GraphProto): Set<string> {
  const variable = new Set(input.map(({ name }) => name));
  for (const each of node) {
    if (!OF_SHAPES.has(each.opType) && namesRead(each).some((name) => variable.has(name))) for (const name of each.output) variable.add(name);
  }
  return variable;
}

/** The same model with other types of its inputs. */
function withInputs(model: OnnxModel, change: (type: TypeProto_Tensor) => void): OnnxModel {
  const input = model.graph.input.map((each) => {
    const changed = clone(ValueInfoProtoSchema, each);
    if (changed.type?.value.case === "tensorType") change(changed.type.value.value);
    return changed;
  });
  return { ...model, graph: { ...model.graph, input } };
}

/** The type of an input as its graph states it. */
function infoOf({ name, type }: ValueInfoProto): RuntimeTensorInfo {
  const tensor = type?.value.case === "tensorType" ? type.value.value : undefined;
  return { name, dtype: tensor?.elemType ?? 0, dims: tensor?.shape?.dim.map(({ value }) => (value.case === "dimValue" ? Number(value.value) : "?")) ?? ["?"] };
}
