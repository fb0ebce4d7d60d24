import { randomBytes } from "node:crypto";
import { getBytes, hexlify } from "ethers";
import { auditTrace } from "../core/dispute/audit.ts";
import { differencesAdmissible, firstDifference } from "../core/dispute/compare.ts";
import type { Difference } from "../core/dispute/compare.ts";
import { commitTrace, traceReaders, traceTrees } from "../core/dispute/evidence.ts";
import { decodeTensorRoots, Prover } from "../core/dispute/proof.ts";
import { isTransient, messageOf, refusedError } from "../core/errors.ts";
import type { Hex } from "../core/hex.ts";
import { jobDigest, ZERO_HASH } from "../core/jobs/job.ts";
import type { JobState } from "../core/jobs/state.ts";
import { TensorTree } from "../core/merkle/tensorTree.ts";
import { tracedTensors } from "../core/program/program.ts";
import { byteLength } from "../core/program/types.ts";
import type { RecordedAccusation, RecordedVerdict } from "../ports.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import { inputOf } from "./operator.ts";
import type { Dispatch } from "./transactions.ts";
import { outputOf } from "./versions.ts";

export interface WatcherPolicy {
  readonly versions: "all" | readonly string[];
  readonly maxInputBytes: number;
  readonly maxTensorBytes: number;
}

/** Seconds before the verdict deadline from which a proof is sent at once, without committing to it first. */
const COMMIT_MARGIN = 60;
/** Longest stretch of an audit without giving the other work a turn, in milliseconds. */
const BREATH = 20;

/** Recomputes results and convicts wrong ones. Its rule: never accuse an honest run. */
export function createWatcher(context: Context, dispatch: Dispatch, policy: WatcherPolicy) {
  const { store, reader, calls, versions, telemetry } = context;

  const judge: StepHandler = async (occasion) => {
    const { id, state, now } = occasion;
    if (policy.versions !== "all" && !policy.versions.includes(state.job.version)) return undefined;
    const subject = jobDigest(state.job);
    const recorded = await store.verdict(id, subject);
    const verdict = recorded ?? (await recompute(context, state, policy.maxInputBytes));
    if (recorded === undefined) {
      await store.recordVerdict(id, subject, verdict);
      if (verdict.verdict === "match") telemetry.emit("watch.matched", { job: id });
      if (verdict.verdict === "mismatch") telemetry.emit("watch.mismatched", { job: id, detail: verdict.detail });
      if (verdict.verdict === "unknown") telemetry.emit("watch.gave-up", { job: id, reason: verdict.detail });
    }
    if (verdict.verdict !== "mismatch") return undefined;
    if (!(await funded(occasion))) return now + 1;
    return (await dispatch("challenge", occasion, () => calls.challenge(state.job))).again;
  };

  /** Pays the challenge fee into the game's ledger, first approving it where needed. */
  async function funded(occasion: Occasion): Promise<boolean> {
    const { game } = reader.deployment;
    const { challengeFee } = await reader.gameTerms();
    if ((await reader.ledgerBalance(game, context.address)) >= challengeFee) return true;
    if ((await reader.allowance(context.address, game)) < challengeFee) {
      await dispatch("approve-fee", occasion, () => calls.approve(game, challengeFee));
    } else {
      await dispatch("deposit-fee", occasion, () => calls.deposit(game, context.address, challengeFee));
    }
    return false;
  }

  const prosecute: StepHandler = async (occasion) => {
    const { id, state, now } = occasion;
    const dispute = state.dispute;
    if (dispute?.opened === undefined) return undefined;
    const { traceRoot } = dispute.opened;
    if ((await store.verdict(id, traceRoot)) !== undefined) return undefined;

    let accusation = await store.accusation(id, traceRoot);
    if (accusation === undefined) {
      const found = await audit(occasion);
      if (found === "honest") {
        await store.recordVerdict(id, traceRoot, { verdict: "match", detail: "every tensor is admissible" });
        telemetry.emit("watch.matched", { job: id });
        return undefined;
      }
      if (found === "withheld") return now + 5;
      const simulated = await reader.simulate(calls.convict(state.job, found.proof, ZERO_HASH), context.address);
      if (!simulated.ok) {
        // INVARIANT: the contract has the last word before an accusation: what it does not convict is not sent.
        const detail = `the contract does not convict by node ${found.node}, element ${found.element}: ${simulated.error}`;
        await store.recordVerdict(id, traceRoot, { verdict: "unknown", detail });
        telemetry.emit("watch.gave-up", { job: id, reason: detail });
        return undefined;
      }
      // The salt is in the store before the commitment leaves: without it the commitment is worth nothing.
      accusation = await store.recordAccusation(id, traceRoot, found);
      telemetry.emit("watch.accused", { job: id, node: found.node, element: found.element });
    }
    return convict(occasion, accusation, dispute.deadline);
  };

  async function convict(occasion: Occasion, accusation: RecordedAccusation, deadline: number): Promise<number | undefined> {
    const { state, now } = occasion;
    const { proof, salt } = accusation;
    const commitment = calls.commitmentOf(state.job.id, context.address, proof, salt);
    const hurried = now + COMMIT_MARGIN > deadline;
    if (!hurried && (await reader.committedAt(commitment)) === 0) {
      const { entry, again } = await dispatch("commit", occasion, () => calls.commit(commitment));
      if (entry.status !== "refused") return again;
    }
    return (await dispatch("convict", occasion, () => calls.convict(state.job, proof, salt))).again;
  }

  const takeover: StepHandler = async (occasion) => {
    const { id, state } = occasion;
    const accusation = state.dispute?.opened && (await store.accusation(id, state.dispute.opened.traceRoot));
    if (accusation === undefined) return undefined;
    const call = calls.convict(state.job, accusation.proof, accusation.salt);
    if (!(await reader.simulate(call, context.address)).ok) return undefined;
    return (await dispatch("takeover", occasion, () => call)).again;
  };

  /** Compares the opened trace with one's own run and looks for a number to convict by. */
  async function audit(occasion: Occasion): Promise<RecordedAccusation | "honest" | "withheld"> {
    const { id, state } = occasion;
    const opened = state.dispute!.opened!;
    const input = await inputOf(context, state, policy.maxInputBytes);
    const hosted = await versions.get(state.job.version);
    const { program, constant } = hosted;
    const trace = await hosted.trace(input);
    const own = commitTrace(program, trace);
    const claimed = decodeTensorRoots(opened.opening);
    if (claimed.length !== program.tensorCount) {
      throw refusedError("OPENING_LENGTH", `${claimed.length} roots opened for ${program.tensorCount} tensors`);
    }
    const specs = tracedTensors(program);
    let reason = "";
    let rested = context.clock.now();
    const result = await auditTrace({
      program,
      own,
      constant,
      claimed,
      recompute: (node, tensor) => hosted.recompute(node, tensor),
      twin: context.twin,
      async download(tensorId) {
        const length = byteLength(specs[tensorId]);
        try {
          if (length > policy.maxTensorBytes) throw refusedError("TENSOR_TOO_LARGE", "above limits.tensorBytes");
          const tree = new TensorTree(specs[tensorId], await context.files.download(`${opened.uri}/${tensorId}`, length));
          if (tree.root !== claimed[tensorId]) throw refusedError("TENSOR_ROOT", "is not what was committed to");
          return tree;
        } catch (error) {
          reason = `tensor ${tensorId}: ${messageOf(error)}`;
          return undefined;
        }
      },
      async breathe() {
        if (context.clock.now() - rested < BREATH) return;
        await context.clock.sleep(0);
        rested = context.clock.now();
      },
    });
    if (result.wrong === undefined) {
      if (result.withheld.length === 0) return "honest";
      telemetry.emit("watch.gave-up", { job: id, reason: `cannot get ${result.withheld.length} tensors; ${reason}` });
      return "withheld";
    }
    const { node, element } = result.wrong;
    const computed = own.map((tree, tensorId) => result.trees.get(tensorId) ?? tree);
    const prover = new Prover(program, traceTrees(computed, constant), claimed);
    const { proof, admissible } = prover.prove(context.twin, node, element);
    if (admissible) throw new Error(`the twin contradicts itself about element ${element} of node ${node}`);
    return { node, element: String(element), proof: getBytes(proof), salt: hexlify(randomBytes(32)) as Hex };
  }

  return { judge, prosecute, takeover };
}

/** Judges a submitted output by this host's own run. Only a reason to come back later is thrown. */
export async function recompute(
  context: Pick<Context, "files" | "versions" | "twin">,
  state: JobState,
  maxInputBytes: number,
): Promise<RecordedVerdict & { difference?: Difference }> {
  if (state.output === undefined) return { verdict: "unknown", detail: "no output was submitted yet" };
  try {
    const input = await inputOf(context, state, maxInputBytes);
    const hosted = await context.versions.get(state.job.version);
    const { program } = hosted;
    const trace = await hosted.trace(input);
    const expected = outputOf(program, trace);
    const difference = firstDifference(program, expected, state.output);
    if (difference === undefined) return { verdict: "match", detail: "the same bytes" };
    const readerOf = traceReaders(program, trace, hosted.constant);
    const { name, coordinates, expected: mine, claimed } = difference;
    const detail = `${name}[${coordinates.join(", ")}]: expected ${mine}, claimed ${claimed}`;
    // Rationale: under a bound, another honest host may differ in the last digits; that is no ground for a challenge.
    return differencesAdmissible(program, readerOf, expected, state.output, context.twin)
      ? { verdict: "match", detail: `within the bound, though not the same bytes; ${detail}`, difference }
      : { verdict: "mismatch", detail, difference };
  } catch (error) {
    if (isTransient(error)) throw error;
    return { verdict: "unknown", detail: messageOf(error) };
  }
}
