import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { inOnePiece } from "../../core/bytes.ts";
import { encodeModel, parseModel } from "../../core/onnx/model.ts";
import type { GraphProto } from "../../core/onnx/onnx_pb.js";
import type { ModelBytes } from "../ports.ts";

/** The runtime's binding keeps tensors in plain objects by name. Of all names, this one makes no entry of such an object. */
const UNKEYED = "__proto__";

/** A model in memory, or in a file of this machine: the runtime reads that without a copy in memory. */
export type GivenModel = ModelBytes | { readonly path: string };

export const isFile = (given: GivenModel): given is { readonly path: string } => "path" in given;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes of a file that are looked at together. */
const STRETCH = 2 ** 22;

/** Whether the bytes of a text stand anywhere in a file. */
function fileIncludes(path: string, text: string): boolean {
  const file = openSync(path, "r");
  try {
    const stretch = Buffer.alloc(STRETCH);
    // Of a text that begins in one stretch and ends in the next, the beginning is kept.
    for (let kept = 0; ; ) {
      const count = readSync(file, stretch, kept, STRETCH - kept, null);
      if (count === 0) return false;
      if (stretch.subarray(0, kept + count).includes(text)) return true;
      const rest = Math.min(kept + count, text.length - 1);
      stretch.copyWithin(0, kept + count - rest, kept + count);
      kept = rest;
    }
  } finally {
    closeSync(file);
  }
}

/** The names of a model's values, and those under which a session of the runtime carries them. */
export class Names {
  readonly #stand: string;

  private constructor(stand: string) {
    this.#stand = stand;
  }

  /** A model that the binding can carry: the given one where every name makes an entry. */
  static carry(given: GivenModel): { model: Uint8Array | string; names: Names } {
    const hasUnkeyed = isFile(given) ? fileIncludes(given.path, UNKEYED) : asBuffer(inOnePiece(given)).includes(UNKEYED);
    const own = isFile(given) ? given.path : inOnePiece(given);
    if (!hasUnkeyed) return { model: own, names: new Names(UNKEYED) };
    const bytes = isFile(given) ? readFileSync(given.path) : asBuffer(inOnePiece(given));
    let stand = "carried";
    while (bytes.includes(stand)) stand += "_";
    const parsed = parseModel(bytes);
    rename(parsed.graph, stand);
    return { model: encodeModel(parsed), names: new Names(stand) };
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
