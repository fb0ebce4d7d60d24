/** Programs that spread one number over many, whose outputs are long and cheap, and disputes about them. */
import { compile } from "../../core/compile/compile.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { worldOf, type Trace, type World } from "./disputes.ts";
import { graphModel } from "./graph.ts";
import { playHonestly, type Game } from "./playDispute.ts";

export const f32 = (n: number, f: (i: number) => number) => new Uint8Array(Float32Array.from({ length: n }, (_, i) => f(i)).buffer);
const spec = (name: string, dims: readonly number[]) => ({ name, dtype: DType.float32, dims });

/** Numbers per row: too short for a normalisation whose order of additions is known, so that it stays under `bound`. */
const ROW = 4;

/** A number spread over so many, one exact node after the other; with `bounded`, a normalisation under `bound` in between. */
export async function openSpread(size: number, bounded = false): Promise<{ world: World; honest: Trace }> {
  const dims = [1, size / ROW, ROW];
  const parameters = bounded ? ["g", "b"].map((name) => ({ ...spec(name, [ROW]), raw: f32(ROW, (i) => 0.5 + 0.1 * i) })) : [];
  const model = await compile(
    graphModel({
      inputs: [spec("x", [1, 1, 1])],
      constants: [{ ...spec("c", dims), raw: f32(size, (i) => Math.sin(i)) }, ...parameters],
      nodes: [["Add", ["x", "c"], "a"], ...(bounded ? [["LayerNormalization", ["a", "g", "b"], "n"] as const] : []), ["Relu", [bounded ? "n" : "a"], "y"]],
      outputs: [spec("y", dims)],
    }),
    { runtime: ortRuntime, form: "source" },
  );
  const tracer = await model.open(ortRuntime);
  const honest = (await tracer.run([f32(1, () => 0.25)])).map((bytes) => Uint8Array.from(bytes));
  await tracer.release();
  return { world: worldOf("spread", model), honest };
}

/** The dispute about a run whose tensors are served, or not. */
export const playSpread = (world: World, own: Trace, claimed: Trace, serves: boolean): Promise<Game> => playHonestly(world, own, claimed, { serves: () => serves });
