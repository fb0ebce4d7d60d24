import { randomBytes } from "node:crypto";
import { getBytes, hexlify } from "ethers";
import { commitTrace } from "../../core/dispute/evidence.ts";
import { PartialTrace } from "../../core/dispute/partialTrace.ts";
import { decodeReveal } from "../../core/dispute/places.ts";
import { decodeTop, Prover } from "../../core/dispute/proof.ts";
import type { Move } from "../../core/dispute/game.ts";
import { nextMove } from "../../core/dispute/solver.ts";
import { messageOf, refusedError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { unanswered } from "../../core/jobs/state.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { TensorTree } from "../../core/merkle/tensorTree.ts";
import { TRACE } from "../../core/merkle/traceTree.ts";
import { traceTree, tracedTensors } from "../../core/program/program.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { Program } from "../../core/program/types.ts";
import type { RecordedAccusation } from "../ports.ts";
import type { Occasion } from "./context.ts";
import type { HostContext } from "../host/context.ts";
import { createInputSearch } from "./hiddenInput.ts";
import type { HostedVersion } from "../host/versions.ts";

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
  /** What is demanded is the job's input, which nobody serves. */
  readonly seeksInput: boolean;
  next(state: JobState): Promise<Move>;
  /** Asks the operator for tensors; what cannot be had counts as withheld. */
  fetch(tensors: readonly number[]): Promise<void>;
  /** Asks it for the roots of all of them. */
  fetchRoots(): Promise<void>;
  accuse(move: Move & { kind: "convict" }): RecordedAccusation;
}

export function createInvestigations(context: HostContext, limits: Limits): (occasion: Occasion) => Promise<Investigation> {
  const held = new Map<string, Investigation>();
  return async (occasion) => {
    const key = `${occasion.id}:${occasion.state.dispute!.opened!.traceRoot}`;
    const known = held.get(key);
    if (known !== undefined) return known;
    const begun = await begin(context, occasion, limits);
    held.set(key, begun);
    if (held.size > HELD) held.delete(held.keys().next().value!);
    return begun;
  };
}

/** The input first, by whatever way; with it the search for a wrong number. */
async function begin(context: HostContext, occasion: Occasion, limits: Limits): Promise<Investigation> {
  const hosted = await context.versions.get(occasion.state.job.version);
  const search = createInputSearch(context, occasion, hosted, limits.maxInputBytes);
  let suspect: Suspect | undefined;
  const found = (): Suspect => {
    if (suspect === undefined) throw new Error("the input is not known yet");
    return suspect;
  };
  return {
    program: hosted.program,
    get trouble() {
      return suspect?.trouble ?? "";
    },
    get seeksInput() {
      return suspect === undefined;
    },
    async next(state) {
      if (suspect === undefined) {
        const input = await search.next(state);
        if (!(input instanceof Uint8Array)) return input;
        suspect = await investigate(context, occasion, limits, hosted, input);
      }
      return suspect.next(state);
    },
    fetch: (tensors) => found().fetch(tensors),
    fetchRoots: () => found().fetchRoots(),
    accuse: (move) => found().accuse(move),
  };
}

type Suspect = Omit<Investigation, "program" | "seeksInput">;

async function investigate(context: HostContext, occasion: Occasion, limits: Limits, hosted: HostedVersion, input: Uint8Array): Promise<Suspect> {
  const { state } = occasion;
  const { traceRoot, shown: shownAtOpening, uri } = state.dispute!.opened!;
  const { program, constant } = hosted;
  const specs = tracedTensors(program);
  const own = commitTrace(program, await hosted.trace(input));
  const trace = new PartialTrace(traceRoot, traceTree(own.map(({ root }) => root)));
  const top = { level: 0, index: 0, below: decodeTop(shownAtOpening) };
  if (!trace.learn({ tensor: TRACE, hashes: top, siblings: [] })) {
    throw refusedError("OPENING_TOP", `the opening shows ${top.below.length} hashes that are not those of the trace ${traceRoot}`);
  }
  let rootsWithheld = false;
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
    get trouble() {
      return trouble;
    },
    next({ dispute }) {
      const pending = new Set<string>(unanswered(dispute!).map(({ item }) => item));
      const shown = dispute!.shown.flatMap(decodeReveal);
      return nextMove({ program, own, trace, rootsWithheld, served, withheld, shown, pending, free: maxOpenDemands - pending.size }, solver);
    },
    async fetch(tensors) {
      const begun = context.clock.now();
      await Promise.all(
        tensors.map(async (id) => {
          try {
            // INVARIANT: an operator that drips its tensors cannot use the prove period up: what is late is demanded.
            if (patience <= 0) throw operatorSlow();
            const length = byteLength(specs[id]);
            if (length > limits.maxTensorBytes) throw refusedError("TENSOR_TOO_LARGE", "above limits.tensorBytes");
            const tree = new TensorTree(specs[id], await context.files.download(`${uri}/${id}`, length));
            if (tree.root !== trace.tensor(id)) throw refusedError("TENSOR_ROOT", "is not what was committed to");
            served.set(id, tree);
          } catch (error) {
            trouble = `tensor ${id}: ${messageOf(error)}`;
            withheld.add(id);
          }
        }),
      );
      patience -= context.clock.now() - begun;
    },
    async fetchRoots() {
      const begun = context.clock.now();
      try {
        if (patience <= 0) throw operatorSlow();
        const bytes = await context.files.download(`${uri}/roots`, 32 * program.tensorCount);
        const roots = Array.from(specs, (_, id) => hexlify(bytes.subarray(32 * id, 32 * id + 32)));
        if (!trace.learnAll(roots)) throw refusedError("TRACE_ROOTS", "they are not those of the trace that was opened");
      } catch (error) {
        trouble = `roots of the tensors: ${messageOf(error)}`;
        rootsWithheld = true;
      }
      patience -= context.clock.now() - begun;
    },
    accuse({ node, element, leaf, trees }) {
      const prover = new Prover(program, { computed: trees, constant }, trace);
      const salt = hexlify(randomBytes(32)) as Hex;
      const accused = { node, element: String(element), salt };
      if (leaf !== undefined) return { ...accused, pieces: [], proof: getBytes(prover.provePadding(node, leaf)) };
      const { pieces, proof, admissible } = prover.provePieces(context.twin, node, element);
      if (admissible) throw new Error(`the twin contradicts itself about element ${element} of node ${node}`);
      return { ...accused, pieces: pieces.map((piece) => ({ ...piece, proof: getBytes(piece.proof) })), proof: getBytes(proof) };
    },
  };
}

const operatorSlow = () => refusedError("OPERATOR_SLOW", "the operator took a reveal period to serve what was asked before");

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
