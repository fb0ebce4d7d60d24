import type { Runtime, RuntimeTensor, SessionOptions } from "../runtime.ts";
import { exposed } from "../onnx/model.ts";
import type { Graph } from "./graph.ts";
import { byteLength } from "../tensor/shape.ts";

/** Runs a model and gives out the value of every tensor of the trace. */
export interface Tracer {
  /** Takes the graph inputs in order, returns every tensor by id; all as raw little-endian bytes, row-major. */
  run(inputs: readonly Uint8Array[]): Promise<Uint8Array[]>;
  release(): Promise<void>;
}

/** The canonical run of a graph, with all its tensors among the outputs. */
export async function openTracer(graph: Graph, runtime: Runtime, options?: SessionOptions): Promise<Tracer> {
  const session = await runtime.open(exposed(graph.file), options);
  const { inputs: specs, tensors } = graph;
  const computed = tensors.slice(specs.length);
  return {
    async run(inputs) {
      if (inputs.length !== specs.length) throw new RangeError(`the model has ${specs.length} inputs, ${inputs.length} were given`);
      const feeds = new Map<string, RuntimeTensor>();
      specs.forEach((spec, i) => {
        if (inputs[i].length !== byteLength(spec)) {
          throw new RangeError(`input "${spec.name}" has ${byteLength(spec)} bytes, ${inputs[i].length} were given`);
        }
        feeds.set(spec.name, { dtype: spec.dtype, dims: spec.dims, data: inputs[i] });
      });
      const results = await session.run(feeds, computed);
      return [...inputs, ...computed.map((name) => results.get(name)!.data)];
    },
    release: () => session.release(),
  };
}
