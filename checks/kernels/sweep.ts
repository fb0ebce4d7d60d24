/** Compares kernels with the installed onnxruntime on ranges of bit patterns. */
import * as ort from "onnxruntime-node";
import { inOnePiece } from "../../core/bytes.ts";
import type { KernelNode } from "../../core/compile/kernels.ts";
import { sameFloat } from "../../core/math/float32.ts";
import { CANONICAL } from "../../test/support/ort.ts";

/** Bit patterns `first` + i · `step` for i below `count`. */
export interface Range {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** An input, what the runtime makes of it, and what the kernel does. */
export interface Difference {
  readonly bits: number;
  readonly runtime: number;
  readonly kernel: number;
}

export interface Comparison {
  readonly compared: number;
  readonly differing: number;
  readonly first?: Difference;
}

export const NOTHING: Comparison = { compared: 0, differing: 0 };

export const together = (a: Comparison, b: Comparison): Comparison => ({ compared: a.compared + b.compared, differing: a.differing + b.differing, first: a.first ?? b.first });

/** A kernel beside the runtime, on tensors of one length. */
export class Bench {
  readonly #session: ort.InferenceSession;
  readonly #replay: (x: Float32Array) => Float32Array;

  private constructor(session: ort.InferenceSession, replay: (x: Float32Array) => Float32Array) {
    this.#session = session;
    this.#replay = replay;
  }

  static async open({ model, replay }: Pick<KernelNode, "model" | "replay">): Promise<Bench> {
    return new Bench(await ort.InferenceSession.create(inOnePiece(model), CANONICAL), replay);
  }

  /** Compares on the numbers of these bits. */
  async compare(bits: Uint32Array): Promise<Comparison> {
    const x = new Float32Array(bits.buffer, bits.byteOffset, bits.length);
    const { y } = await this.#session.run({ x: new ort.Tensor("float32", x, [x.length]) });
    const [runtime, kernel] = [y.data as Float32Array, this.#replay(x)];
    let differing = 0;
    let first: Difference | undefined;
    for (let i = 0; i < x.length; i++) {
      if (sameFloat(runtime[i], kernel[i])) continue;
      differing++;
      first ??= { bits: bits[i], runtime: runtime[i], kernel: kernel[i] };
    }
    return { compared: x.length, differing, first };
  }

  /** Compares on a range. */
  range({ first, step, count }: Range): Promise<Comparison> {
    const bits = new Uint32Array(count);
    for (let i = 0; i < count; i++) bits[i] = first + i * step;
    return this.compare(bits);
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}
