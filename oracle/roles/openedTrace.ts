import { concat, getBytes } from "ethers";
import { decodeDemand, encodeReveal, placeDepths, placeName } from "../../core/dispute/places.ts";
import { encodeTraceOpening } from "../../core/dispute/proof.ts";
import { refusedError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import type { TensorTree } from "../../core/merkle/tensorTree.ts";
import { traceTree, tracedTensors } from "../../core/program/program.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { Tensor } from "../../core/tensor/tensor.ts";
import type { HostContext } from "../host/context.ts";
import { inputOf } from "../host/jobInput.ts";
import type { HostedVersion } from "../host/versions.ts";
import type { Occasion } from "./context.ts";

/** Computes the trace, puts it on the shelf, and encodes its opening. */
export async function openTrace(context: HostContext, { id, state }: Occasion): Promise<Hex> {
  const input = await inputOf(context, state, Number.MAX_SAFE_INTEGER);
  const hosted = await context.versions.get(state.job.version);
  const trees = await context.committer.commit(tracedTensors(hosted.program), await hosted.trace(input));
  const roots = trees.map((tree) => tree.root);
  await context.shelf.put(id, trees.map((tree) => tree.data), getBytes(concat(roots)));
  const inline = state.input.kind === "inline" ? input : new Uint8Array();
  return encodeTraceOpening(hosted.program, roots, inline, state.output ?? new Uint8Array()) as Hex;
}

/** Encodes an answer to each list of demanded places, which are given by their names. */
export async function revealPlaces(
  context: HostContext,
  occasion: Occasion,
  batches: readonly (readonly Hex[])[],
): Promise<readonly Hex[]> {
  const { state } = occasion;
  const hosted = await context.versions.get(state.job.version);
  const { program } = hosted;
  const depth = placeDepths(program);
  const demanded = state.dispute!.wanted.flatMap((wanted) => decodeDemand(program, wanted));
  const places = new Map(demanded.map((place) => [placeName(place, depth(place.tensor)), place]));
  const trees = await openedTrees(context, occasion, hosted);
  return batches.map((items) => encodeReveal(trees, items.map((item) => places.get(item)!)) as Hex);
}

/**
 * The trees that were committed to: from the shelf, else from another run of this host. So an answer needs neither the
 * input from its requester again nor the host that opened the trace.
 */
async function openedTrees(context: HostContext, occasion: Occasion, hosted: HostedVersion): Promise<readonly TensorTree[]> {
  const { state } = occasion;
  const { traceRoot } = state.dispute!.opened!;
  const areCommitted = (trees: readonly TensorTree[]): boolean => traceTree(trees.map(({ root }) => root)).root === traceRoot;
  const kept = await keptTrees(context, occasion, hosted);
  if (kept !== undefined && areCommitted(kept)) return kept;
  const input = await inputOf(context, state, Number.MAX_SAFE_INTEGER);
  const trees = await context.committer.commit(tracedTensors(hosted.program), await hosted.trace(input));
  if (!areCommitted(trees)) throw refusedError("TRACE_LOST", "this host does not reproduce the trace that was opened");
  return trees;
}

/** The trees of the tensors on the shelf, if all are there and have their lengths. */
async function keptTrees({ shelf, committer }: HostContext, { id }: Occasion, { program }: HostedVersion): Promise<readonly TensorTree[] | undefined> {
  const tensors = tracedTensors(program);
  const kept = await shelf.tensors(id, tensors.length);
  if (kept?.every((data, tensor) => data.length === byteLength(tensors[tensor])) !== true) return undefined;
  return committer.commit(tensors.map(inCommitOrder), kept);
}

/** The tensor whose row-major order is the commit order of this one. */
function inCommitOrder({ dtype, dims, perm, source }: Tensor): Tensor {
  return { dtype, dims: perm.map((axis) => dims[axis]), perm: perm.map((_, i) => i), source };
}
