import { toHex } from "../../../core/bytes.ts";
import type { PartialTrace } from "../../../core/dispute/partialTrace.ts";
import { TensorTree, toRowMajor } from "../../../core/merkle/tensorTree.ts";
import { tracedTensors } from "../../../core/program/program.ts";
import type { Program } from "../../../core/program/types.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import type { FetchFile } from "../../../sdk/files.ts";

/** Bytes of a served tensor that are read at most. */
const LARGEST = 64 << 20;

/** What an operator serves of the trace that it opened. Whatever is not served, or is not what it committed to, is undefined. */
export class ServedTensors {
  readonly #program: Program;
  readonly #uri: string;
  readonly #fetchFile: FetchFile;

  constructor(program: Program, uri: string, fetchFile: FetchFile) {
    this.#program = program;
    this.#uri = uri;
    this.#fetchFile = fetchFile;
  }

  /** Has the trace learn the roots of all tensors; false where that fails. */
  async learnRoots(trace: PartialTrace): Promise<boolean> {
    const { tensorCount } = this.#program;
    const bytes = await this.#get("roots", 32 * tensorCount);
    return bytes !== undefined && trace.learnAll(Array.from({ length: tensorCount }, (_, id) => toHex(bytes.subarray(32 * id, 32 * id + 32))));
  }

  /** A tensor in commit order, which has that root. */
  async tensor(id: number, root: string): Promise<Uint8Array | undefined> {
    const tensor = tracedTensors(this.#program)[id];
    const length = byteLength(tensor);
    const bytes = length > LARGEST ? undefined : await this.#get(String(id), length);
    return bytes !== undefined && new TensorTree(tensor, bytes).root === root ? bytes : undefined;
  }

  /** The same, row-major. */
  async rowMajor(id: number, root: string): Promise<Uint8Array | undefined> {
    const bytes = await this.tensor(id, root);
    return bytes && toRowMajor(tracedTensors(this.#program)[id], bytes).slice();
  }

  async #get(name: string, length: number): Promise<Uint8Array | undefined> {
    const bytes = await this.#fetchFile(`${this.#uri}/${name}`, length).catch(() => undefined);
    return bytes?.length === length ? bytes : undefined;
  }
}
