import { randomBytes } from "node:crypto";
import { getBytes, hexlify } from "ethers";
import type { Conviction, Game, Solver } from "../../core/dispute/game.ts";
import { PartialTrace } from "../../core/dispute/partialTrace.ts";
import { decodeReveal } from "../../core/dispute/places.ts";
import { decodeTop, Prover } from "../../core/dispute/proof.ts";
import { refusedError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { unanswered, type JobState } from "../../core/jobs/state.ts";
import type { TensorTree } from "../../core/merkle/tensorTree.ts";
import { TRACE } from "../../core/merkle/traceTree.ts";
import { traceTree, tracedTensors } from "../../core/program/program.ts";
import type { HostContext } from "../host/context.ts";
import type { HostedVersion } from "../host/versions.ts";
import type { RecordedAccusation } from "../ports.ts";
import { ServedTrace } from "./servedTrace.ts";

/** Longest stretch of a search without giving the other work a turn, in milliseconds. */
const BREATH = 20;

/** An opened trace under suspicion, beside one's own run on the same input. */
export interface Suspect {
  readonly hosted: HostedVersion;
  /** Trees of one's own run. */
  readonly own: readonly TensorTree[];
  /** What is known of the tree that the operator committed to. */
  readonly trace: PartialTrace;
  readonly served: ServedTrace;
  readonly solver: Solver;
  readonly maxOpenDemands: number;
}

/** Runs the model, and begins with what the opening shows. */
export async function suspectOf(
  context: HostContext,
  state: JobState,
  hosted: HostedVersion,
  input: Uint8Array,
  maxTensorBytes: number,
): Promise<Suspect> {
  const { traceRoot, shown, uri } = state.dispute!.opened!;
  const { program } = hosted;
  const own = await context.committer.commit(tracedTensors(program), await hosted.trace(input));
  const trace = new PartialTrace(traceRoot, traceTree(own.map(({ root }) => root)));
  const top = { level: 0, index: 0, below: decodeTop(shown) };
  if (!trace.learn({ tensor: TRACE, hashes: top, siblings: [] })) {
    throw refusedError("OPENING_TOP", `the opening shows ${top.below.length} hashes that are not those of the trace ${traceRoot}`);
  }
  const { maxOpenDemands, revealPeriod } = await context.reader.gameTerms();
  const options = { program, trace, uri, output: state.output!, patienceMs: 1_000 * revealPeriod, maxTensorBytes };
  return { hosted, own, trace, served: new ServedTrace(context, options), solver: solverOf(context, hosted), maxOpenDemands };
}

function solverOf({ clock, twin }: HostContext, { constant, recompute }: HostedVersion): Solver {
  let rested = clock.now();
  const breathe = async (): Promise<void> => {
    if (clock.now() - rested < BREATH) return;
    await clock.sleep(0);
    rested = clock.now();
  };
  return { constant, recompute, twin, cache: new Map(), breathe };
}

/** What is known of the dispute at this moment. */
export function gameOf({ hosted: { program }, own, trace, served, maxOpenDemands }: Suspect, { dispute }: JobState): Game {
  const pending = new Set<string>(unanswered(dispute!).map(({ item }) => item));
  return {
    program,
    own,
    trace,
    rootsWithheld: served.rootsWithheld !== undefined,
    served: served.tensors,
    withheld: new Set(served.withheld.keys()),
    shown: dispute!.shown.flatMap(decodeReveal),
    pending,
    free: maxOpenDemands - pending.size,
  };
}

/** Proves an inadmissible element, under a fresh salt. */
export function accusationOf({ hosted, trace, solver }: Suspect, { node, element, leaf, trees }: Conviction): RecordedAccusation {
  const { program, constant } = hosted;
  const prover = new Prover(program, { computed: trees, constant }, trace);
  const salt = hexlify(randomBytes(32)) as Hex;
  const accused = { node, element: String(element), salt };
  if (leaf !== undefined) return { ...accused, pieces: [], proof: getBytes(prover.provePadding(node, leaf)) };
  const { pieces, proof, admissible } = prover.provePieces(solver.twin, node, element);
  if (admissible) throw new Error(`the twin contradicts itself about element ${element} of node ${node}`);
  return { ...accused, pieces: pieces.map((piece) => ({ ...piece, proof: getBytes(piece.proof) })), proof: getBytes(proof) };
}
