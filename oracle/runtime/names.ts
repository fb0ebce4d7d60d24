import { encodeModel, parseModel } from "../../core/onnx/model.ts";
import type { GraphProto } from "../../core/onnx/onnx_pb.js";

/** The runtime's binding keeps tensors in plain objects by name. Of all names, this one makes no entry of such an object. */
const UNKEYED = "__proto__";

/** The names of a model's values, and those under which a session of the runtime carries them. */
export class Names {
  readonly #stand: string;

  private constructor(stand: string) {
    this.#stand = stand;
  }

  /** The bytes of a model that the binding can carry: the given ones where every name makes an entry. */
  static carry(model: Uint8Array): { bytes: Uint8Array; names: Names } {
    const bytes = Buffer.from(model.buffer, model.byteOffset, model.byteLength);
    if (!bytes.includes(UNKEYED)) return { bytes: model, names: new Names(UNKEYED) };
    let stand = "carried";
    while (bytes.includes(stand)) stand += "_";
    const parsed = parseModel(model);
    rename(parsed.graph, stand);
    return { bytes: encodeModel(parsed), names: new Names(stand) };
  }

  carried(name: string): string {
    return name === UNKEYED ? this.#stand : name;
  }

  own(name: string): string {
    return name === this.#stand ? UNKEYED : name;
  }
}

/** Renames the value in a graph and its subgraphs. */
function rename(graph: GraphProto, stand: string): void {
  const renamed = (names: readonly string[]) => names.map((name) => (name === UNKEYED ? stand : name));
  for (const value of [...graph.input, ...graph.output, ...graph.valueInfo, ...graph.initializer]) {
    if (value.name === UNKEYED) value.name = stand;
  }
  for (const node of graph.node) {
    node.input = renamed(node.input);
    node.output = renamed(node.output);
    for (const { g, graphs } of node.attribute) {
      for (const inner of g === undefined ? graphs : [g, ...graphs]) rename(inner, stand);
    }
  }
}
