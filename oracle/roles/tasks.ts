import { concat, getBytes, hexlify } from "ethers";
import { commitTrace } from "../../core/dispute/evidence.ts";
import { decodeDemand, encodeDemand, encodeReveal, placeDepths, placeName } from "../../core/dispute/places.ts";
import { placesOfInput } from "../../core/dispute/hiddenInput.ts";
import { encodeTraceOpening } from "../../core/dispute/proof.ts";
import { messageOf, refusedError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { footprintOf, type Footprint } from "../../core/jobs/declining.ts";
import { TensorTree } from "../../core/merkle/tensorTree.ts";
import { traceTree, tracedTensors } from "../../core/program/program.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { RecordedAccusation, RecordedVerdict } from "../ports.ts";
import type { Occasion } from "./context.ts";
import type { HostContext } from "../host/context.ts";
import { createInvestigations } from "./investigation.ts";
import { inputOf, isUnavailableInput } from "../host/jobInput.ts";
import { recompute } from "../host/recompute.ts";
import { createSelfCheck } from "../host/selfCheck.ts";
import { splitInput, type HostedVersion } from "../host/versions.ts";

export interface Answer {
  readonly output: Hex;
  readonly runMs: number;
  /** Of the trace that was checked; null where none was. */
  readonly traceMs: number | null;
}

/** A verdict, or that the input is not to be had: so many leaves would have to be demanded to see it. */
export type Judgement = RecordedVerdict | { readonly verdict: "unavailable"; readonly detail: string; readonly places: number };

/** What the search for a wrong number in an opened trace comes to, for the moment. */
export type Finding =
  | { readonly kind: "wait" | "honest" }
  /** Withheld places to demand; `seeksInput` where they are of the job's input, which nobody serves. */
  | { readonly kind: "demand"; readonly wanted: Hex; readonly places: number; readonly seeksInput: boolean }
  | { readonly kind: "accuse"; readonly accusation: RecordedAccusation };

/**
 * The work on a job that takes its model and no key: whoever has the job's events, a node and the published files can do
 * it, on any host and any number of times.
 */
export interface Tasks {
  /** Loads the version, and refuses one that this host does not qualify for. */
  survey(occasion: Occasion): Promise<Footprint>;
  /** Runs the model; with `check`, judges a random sample of its trace before. */
  answer(occasion: Occasion, check: boolean): Promise<Answer>;
  /** Recomputes what was submitted. Only a reason to come back later is thrown. */
  judge(occasion: Occasion): Promise<Judgement>;
  /** Computes the trace, puts it on the shelf, and encodes its opening. */
  open(occasion: Occasion): Promise<Hex>;
  /** Encodes an answer to each list of demanded places. */
  reveal(occasion: Occasion, batches: readonly (readonly Hex[])[]): Promise<readonly Hex[]>;
  investigate(occasion: Occasion): Promise<Finding>;
}

export interface TaskLimits {
  /** Longest input that is answered, and that is judged. */
  readonly answerInputBytes: number;
  readonly judgeInputBytes: number;
  readonly tensorBytes: number;
  /** Elements of its own trace that are judged before an output is submitted. */
  readonly sampleElements: number;
}

export function createTasks(context: HostContext, limits: TaskLimits): Tasks {
  const { versions, shelf, clock } = context;
  const investigate = createInvestigations(context, { maxInputBytes: limits.judgeInputBytes, maxTensorBytes: limits.tensorBytes });
  const check = createSelfCheck(context, limits.sampleElements);

  /**
   * The trees that were committed to: from the shelf, else from another run of this host. So an answer needs neither the
   * input from its requester again nor the host that opened the trace.
   */
  async function openedTrees({ id, state }: Occasion, hosted: HostedVersion): Promise<TensorTree[]> {
    const committed = (trees: readonly TensorTree[]) =>
      traceTree(trees.map(({ root }) => root)).root === state.dispute!.opened!.traceRoot;
    const tensors = tracedTensors(hosted.program);
    const kept = await shelf.tensors(id, tensors.length);
    if (kept?.every((data, tensor) => data.length === byteLength(tensors[tensor])) === true) {
      const trees = kept.map((data, tensor) => new TensorTree(tensors[tensor], data));
      if (committed(trees)) return trees;
    }
    const input = await inputOf(context, state, Number.MAX_SAFE_INTEGER);
    const trees = commitTrace(hosted.program, await hosted.trace(input));
    if (!committed(trees)) throw refusedError("TRACE_LOST", "this host does not reproduce the trace that was opened");
    return trees;
  }

  return {
    survey: async ({ state }) => footprintOf((await versions.get(state.job.version)).program),

    async answer(occasion, checked) {
      const { state } = occasion;
      const hosted = await versions.get(state.job.version);
      const input = await inputOf(context, state, limits.answerInputBytes);
      splitInput(hosted.program, input);
      const started = clock.now();
      const output = await hosted.run(input);
      const runMs = clock.now() - started;
      const traceMs = checked ? await check(occasion.id, hosted, input, output) : null;
      return { output: hexlify(output) as Hex, runMs, traceMs };
    },

    async judge({ state }) {
      try {
        const { verdict, detail } = await recompute(context, state, limits.judgeInputBytes);
        return { verdict, detail };
      } catch (error) {
        if (!isUnavailableInput(error)) throw error;
        const { program } = await versions.get(state.job.version);
        return { verdict: "unavailable", detail: messageOf(error), places: placesOfInput(program) };
      }
    },

    async open({ id, state }) {
      const input = await inputOf(context, state, Number.MAX_SAFE_INTEGER);
      const hosted = await versions.get(state.job.version);
      const trees = commitTrace(hosted.program, await hosted.trace(input));
      const roots = trees.map((tree) => tree.root);
      await shelf.put(id, trees.map((tree) => tree.data), getBytes(concat(roots)));
      const inline = state.input.kind === "inline" ? input : new Uint8Array();
      return encodeTraceOpening(hosted.program, roots, inline, state.output ?? new Uint8Array()) as Hex;
    },

    async reveal(occasion, batches) {
      const { state } = occasion;
      const hosted = await versions.get(state.job.version);
      const { program } = hosted;
      const depth = placeDepths(program);
      const places = new Map(
        state.dispute!.wanted
          .flatMap((wanted) => decodeDemand(program, wanted))
          .map((place) => [placeName(place, depth(place.tensor)), place]),
      );
      const trees = await openedTrees(occasion, hosted);
      return batches.map((items) => encodeReveal(trees, items.map((item) => places.get(item)!)) as Hex);
    },

    async investigate(occasion) {
      const { state } = occasion;
      const suspect = await investigate(occasion);
      for (;;) {
        const move = await suspect.next(state);
        switch (move.kind) {
          case "wait":
          case "honest":
            return { kind: move.kind };
          case "demand": {
            const { places } = move;
            const wanted = encodeDemand(suspect.program, places) as Hex;
            return { kind: "demand", wanted, places: places.length, seeksInput: suspect.seeksInput };
          }
          case "fetch":
            await suspect.fetch(move.tensors);
            break;
          case "fetchRoots":
            await suspect.fetchRoots();
            break;
          default:
            return { kind: "accuse", accusation: suspect.accuse(move) };
        }
      }
    },
  };
}
