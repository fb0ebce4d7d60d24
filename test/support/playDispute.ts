import { PartialTrace } from "../../core/dispute/partialTrace.ts";
import { decodeDemand, decodeReveal, encodeDemand, encodeReveal, placeDepths, placeName, type Place, type Shown } from "../../core/dispute/places.ts";
import type { Move, Solver } from "../../core/dispute/game.ts";
import { nextMove } from "../../core/dispute/solver.ts";
import type { TensorTree } from "../../core/merkle/tensorTree.ts";
import { TRACE } from "../../core/merkle/traceTree.ts";
import { traceTree } from "../../core/program/program.ts";
import { twin } from "../../core/operators/index.ts";
import type { Program } from "../../core/program/types.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { treesOf, type Trace, type World } from "./disputes.ts";

export interface Table {
  readonly program: Program;
  /** The challenger's run. */
  readonly own: readonly TensorTree[];
  /** What the operator committed to. */
  readonly claimed: readonly TensorTree[];
  readonly solver: Omit<Solver, "cache">;
  /** Tensors that the operator serves. */
  readonly serves: (id: number) => boolean;
  /** Tensors that everybody knows from the start. */
  readonly public?: readonly number[];
  readonly maxOpenDemands?: number;
  /** Whether it serves the roots of its tensors; yes by default. */
  readonly servesRoots?: boolean;
}

export interface Game {
  /** One line for every move. */
  readonly record: readonly string[];
  readonly end: Move & { kind: "convict" | "honest" };
  readonly demanded: readonly Place[];
  readonly rounds: number;
  /** What the challenger knows of the trace tree in the end. */
  readonly trace: PartialTrace;
}

/** Plays an opened dispute between an honest challenger and an operator that answers demands, and writes it down. */
export async function playDispute(table: Table): Promise<Game> {
  const { program, own, claimed } = table;
  const served = new Map((table.public ?? []).map((id) => [id, claimed[id]] as const));
  const withheld = new Set<number>();
  const shown: Shown[] = [];
  const record: string[] = [];
  const demanded: Place[] = [];
  const solver = { ...table.solver, cache: new Map<string, TensorTree>() };
  const committed = traceTree(claimed.map(({ root }) => root));
  const trace = new PartialTrace(committed.root, traceTree(own.map(({ root }) => root)));
  const shownAtOpening = committed.below(0, 0).map((hash) => Buffer.from(hash.slice(2), "hex"));
  if (!trace.learn({ tensor: TRACE, hashes: { level: 0, index: 0, below: shownAtOpening }, siblings: [] })) throw new Error("the opening is not of this trace");
  const depth = placeDepths(program);
  let rootsWithheld = false;
  let rounds = 0;
  for (;;) {
    const free = table.maxOpenDemands ?? 64;
    const move = await nextMove({ program, own, trace, rootsWithheld, served, withheld, shown, pending: new Set(), free }, solver);
    if (move.kind === "convict") return { record: [...record, `convict ${program.nodes[move.node].name} ${move.element}`], end: move, demanded, rounds, trace };
    if (move.kind === "honest") return { record: [...record, "honest"], end: move, demanded, rounds, trace };
    if (move.kind === "wait") throw new Error("the challenger waits although nothing is pending");
    if (move.kind === "fetch") {
      for (const id of move.tensors) {
        if (table.serves(id)) served.set(id, claimed[id]);
        else withheld.add(id);
        record.push(`fetch ${id}: ${table.serves(id) ? "served" : "withheld"}`);
      }
      continue;
    }
    if (move.kind === "fetchRoots") {
      rootsWithheld = table.servesRoots === false || !trace.learnAll(committed.roots);
      record.push(`fetch roots: ${rootsWithheld ? "withheld" : "served"}`);
      continue;
    }
    rounds++;
    const places = decodeDemand(program, encodeDemand(program, move.places));
    const names = new Set(places.map((place) => placeName(place, depth(place.tensor))));
    if (names.size !== places.length) throw new Error("a place is demanded twice");
    record.push(`demand ${places.map(({ tensor, level, index }) => `${tensor}:${level}/${index}`).join(" ")}`);
    demanded.push(...places);
    shown.push(...decodeReveal(encodeReveal(claimed, places)));
  }
}

/** Plays the dispute of an honest challenger with this run of its own, which onnxruntime recomputes nodes for. */
export const playHonestly = (world: World, own: Trace, claimed: Trace, terms: Omit<Table, "program" | "own" | "claimed" | "solver">): Promise<Game> =>
  playDispute({
    program: world.program,
    own: treesOf(world, own),
    claimed: treesOf(world, claimed),
    solver: {
      constant: world.constant,
      recompute: (node, tensor) => world.model.recompute(ortRuntime, node, tensor),
      twin,
      breathe: () => Promise.resolve(),
    },
    ...terms,
  });
