import { randomBytes } from "node:crypto";
import { getBytes, hexlify } from "ethers";
import { commitTrace } from "../core/dispute/evidence.ts";
import { decodeReveal } from "../core/dispute/places.ts";
import { decodeTensorRoots, Prover } from "../core/dispute/proof.ts";
import { nextMove, type Move } from "../core/dispute/solver.ts";
import { messageOf, refusedError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import { unanswered } from "../core/jobs/state.ts";
import type { JobState } from "../core/jobs/state.ts";
import { TensorTree } from "../core/merkle/tensorTree.ts";
import { tracedTensors } from "../core/program/program.ts";
import { byteLength } from "../core/program/types.ts";
import type { Program } from "../core/program/types.ts";
import type { RecordedAccusation } from "../ports.ts";
import type { Context, Occasion } from "./context.ts";
import { inputOf } from "./operator.ts";

/** Longest stretch of a search without giving the other work a turn, in milliseconds. */
const BREATH = 20;
/** Disputes whose trees are held in memory; another one is begun anew when it is looked at again. */
const HELD = 4;

export interface Limits {
  readonly maxInputBytes: number;
  readonly maxTensorBytes: number;
}

/** What a watcher knows of one opened trace, and what follows from it. */
export interface Investigation {
  readonly program: Program;
  /** Why the last tensor could not be fetched. */
  readonly trouble: string;
  next(state: JobState): Promise<Move>;
  /** Asks the operator for tensors; what cannot be had counts as withheld. */
  fetch(tensors: readonly number[]): Promise<void>;
  accuse(move: Move & { kind: "convict" }): RecordedAccusation;
}

export function createInvestigations(context: Context, limits: Limits): (occasion: Occasion) => Promise<Investigation> {
  const held = new Map<string, Investigation>();
  return async (occasion) => {
    const key = `${occasion.id}:${occasion.state.dispute!.opened!.traceRoot}`;
    const known = held.get(key);
    if (known !== undefined) return known;
    const begun = await investigate(context, occasion, limits);
    held.set(key, begun);
    if (held.size > HELD) held.delete(held.keys().next().value!);
    return begun;
  };
}

async function investigate(context: Context, occasion: Occasion, limits: Limits): Promise<Investigation> {
  const { state } = occasion;
  const { opening, uri } = state.dispute!.opened!;
  const input = await inputOf(context, state, limits.maxInputBytes);
  const hosted = await context.versions.get(state.job.version);
  const { program, constant } = hosted;
  const specs = tracedTensors(program);
  const claimed = decodeTensorRoots(opening);
  if (claimed.length !== program.tensorCount) {
    throw refusedError("OPENING_LENGTH", `${claimed.length} roots opened for ${program.tensorCount} tensors`);
  }
  const own = commitTrace(program, await hosted.trace(input));
  const served = submittedOutputs(program, state.output!);
  const withheld = new Set<number>();
  const { maxOpenDemands, revealPeriod } = await context.reader.gameTerms();
  /** How long the operator may still take to serve tensors, in milliseconds. */
  let patience = 1_000 * revealPeriod;
  const cache = new Map<string, TensorTree>();
  let trouble = "";
  let rested = context.clock.now();

  const solver = {
    constant,
    cache,
    twin: context.twin,
    recompute: hosted.recompute,
    async breathe() {
      if (context.clock.now() - rested < BREATH) return;
      await context.clock.sleep(0);
      rested = context.clock.now();
    },
  };

  return {
    program,
    get trouble() {
      return trouble;
    },
    next({ dispute }) {
      const pending = new Set<string>(unanswered(dispute!).map(({ item }) => item));
      const shown = dispute!.shown.flatMap(decodeReveal);
      return nextMove({ program, own, claimed, served, withheld, shown, pending, free: maxOpenDemands - pending.size }, solver);
    },
    async fetch(tensors) {
      const begun = context.clock.now();
      await Promise.all(
        tensors.map(async (id) => {
          try {
            // INVARIANT: an operator that drips its tensors cannot use the prove period up: what is late is demanded.
            if (patience <= 0) throw refusedError("OPERATOR_SLOW", "the operator took a reveal period to serve the ones before");
            const length = byteLength(specs[id]);
            if (length > limits.maxTensorBytes) throw refusedError("TENSOR_TOO_LARGE", "above limits.tensorBytes");
            const tree = new TensorTree(specs[id], await context.files.download(`${uri}/${id}`, length));
            if (tree.root !== claimed[id]) throw refusedError("TENSOR_ROOT", "is not what was committed to");
            served.set(id, tree);
          } catch (error) {
            trouble = `tensor ${id}: ${messageOf(error)}`;
            withheld.add(id);
          }
        }),
      );
      patience -= context.clock.now() - begun;
    },
    accuse({ node, element, leaf, trees }) {
      const prover = new Prover(program, { computed: trees, constant }, claimed);
      const salt = hexlify(randomBytes(32)) as Hex;
      const accused = { node, element: String(element), salt };
      if (leaf !== undefined) return { ...accused, pieces: [], proof: getBytes(prover.provePadding(node, leaf)) };
      const { pieces, proof, admissible } = prover.provePieces(context.twin, node, element);
      if (admissible) throw new Error(`the twin contradicts itself about element ${element} of node ${node}`);
      return { ...accused, pieces: pieces.map((piece) => ({ ...piece, proof: getBytes(piece.proof) })), proof: getBytes(proof) };
    },
  };
}

/** The graph outputs, which everybody knows. */
function submittedOutputs(program: Program, output: Uint8Array): Map<number, TensorTree> {
  const trees = new Map<number, TensorTree>();
  let start = 0;
  for (const spec of program.outputs) {
    const end = start + byteLength(spec);
    trees.set(spec.id, new TensorTree(spec, output.subarray(start, end)));
    start = end;
  }
  return trees;
}
