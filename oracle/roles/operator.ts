import { commitTrace, traceReaders } from "../core/dispute/evidence.ts";
import { decodeDemand, encodeReveal, placeName } from "../core/dispute/places.ts";
import { encodeTraceOpening } from "../core/dispute/proof.ts";
import { refusedError } from "../core/errors.ts";
import { Random } from "../core/math/random.ts";
import { inlineCommitment, tracedTensors } from "../core/program/program.ts";
import { tensorRoot, treeDepth, type TensorTree } from "../core/merkle/tensorTree.ts";
import { byteLength, commitStrides, offsetOf, sizeOf, unravel } from "../core/program/types.ts";
import { requestKey } from "../core/jobs/job.ts";
import { unanswered } from "../core/jobs/state.ts";
import type { JobState } from "../core/jobs/state.ts";
import type { Hex } from "../core/hex.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import { shortDigest } from "./transactions.ts";
import type { Dispatch } from "./transactions.ts";
import { outputOf, splitInput } from "./versions.ts";
import type { HostedVersion } from "./versions.ts";

export interface OperatorPolicy {
  /** Versions to serve, or all that this host qualifies for. */
  readonly versions: "all" | readonly string[];
  readonly minFee: bigint;
  readonly maxBond: bigint;
  readonly maxInputBytes: number;
  /** Elements of its own trace that are judged before an output is submitted. */
  readonly sampleElements: number;
  /**
   * Bond that may be put at stake between two such checks; 0 checks every job. A job that stakes as much by itself is
   * always checked.
   */
  readonly bondPerCheck: bigint;
  /** Where this operator's API can be reached. */
  readonly publicUrl: string;
}

/** Each takes 3 KB at most, and a transaction 128 KB. */
const PLACES_PER_REVEAL = 32;
/** Seconds before the deadline at which a job is no longer begun. */
const SERVE_MARGIN = 2;

/** Serves jobs and answers challenges. Its rule: never submit what it could be slashed for. */
export function createOperator(context: Context, dispatch: Dispatch, policy: OperatorPolicy) {
  const { store, reader, calls, versions, telemetry, clock } = context;
  /** Bond put at stake since a trace was last checked. The first job after a start is always checked. */
  let unchecked = policy.bondPerCheck;

  const serve: StepHandler = async (occasion) => {
    const { id, state, now } = occasion;
    const recorded = await store.result(id, requestKey(state.job));
    if (recorded !== undefined) return submit(occasion, recorded);

    const refusal = await declineReason(state, now);
    if (refusal !== undefined) {
      telemetry.emit("job.declined", { job: id, reason: refusal.reason });
      return refusal.again;
    }
    const input = await inputOf(context, state, policy.maxInputBytes);
    const hosted = await versions.get(state.job.version);
    const started = clock.now();
    const output = await hosted.run(input);
    telemetry.emit("job.computed", { job: id, ms: clock.now() - started });
    await selfCheck(occasion, hosted, input, output);
    // INVARIANT: the answer is recorded before it is sent, and a recorded answer is the only one ever sent.
    const kept = await store.recordResult(id, requestKey(state.job), output);
    telemetry.emit("job.recorded", { job: id });
    return submit(occasion, kept);
  };

  async function submit(occasion: Occasion, output: Uint8Array): Promise<number | undefined> {
    const { entry, again } = await dispatch("submit", occasion, () => calls.submit(occasion.state.job, output));
    if (entry.status === "refused") {
      telemetry.emit("job.lost", { job: occasion.id, reason: entry.error ?? "refused" });
    }
    return again;
  }

  async function declineReason(
    state: JobState,
    now: number,
  ): Promise<{ reason: string; again: number | undefined } | undefined> {
    const { terms, claim, job } = state;
    const never = (reason: string) => ({ reason, again: undefined });
    if (policy.versions !== "all" && !policy.versions.includes(job.version)) return never("version is not configured");
    if (terms.fee < policy.minFee) return never("fee is below operator.minPrice");
    if (terms.bond > policy.maxBond) return never("bond is above operator.maxBond");
    if (now + SERVE_MARGIN > claim.deadline) return never("deadline is too close");
    const { free } = await reader.bond(context.address);
    const reserved = state.status === "Accepted" && claim.operator === context.address;
    if (free < terms.bond && !reserved) return { reason: "not enough free bond", again: now + 15 };
    return undefined;
  }

  /** Judges a random sample of a trace that ends in this output, in proportion to the bond. */
  async function selfCheck(occasion: Occasion, hosted: HostedVersion, input: Uint8Array, output: Uint8Array) {
    unchecked += occasion.state.terms.bond;
    if (unchecked < policy.bondPerCheck) return;
    const { program, constant } = hosted;
    const trace = await hosted.trace(input);
    if (!Buffer.from(outputOf(program, trace)).equals(output)) {
      telemetry.emit("self-check.failed", { job: occasion.id, node: -1, element: "output" });
      throw refusedError("SELF_CHECK", "two runs of the same model on the same input differ; nothing was submitted");
    }
    const readerOf = traceReaders(program, trace, constant);
    const random = new Random(Math.floor(clock.now()));
    for (let i = 0; i < policy.sampleElements; i++) {
      const index = random.u32() % program.nodes.length;
      const node = program.nodes[index];
      const element = random.u32() % sizeOf(node.output.dims);
      const offset = offsetOf(unravel(element, node.output.dims), commitStrides(node.output.dims, node.output.perm));
      const bits = readerOf(node.output).bits(offset);
      if (context.twin(node, element, bits, node.inputs.map((t) => t && readerOf(t)))) continue;
      telemetry.emit("self-check.failed", { job: occasion.id, node: index, element: String(element) });
      throw refusedError("SELF_CHECK", `element ${element} of node ${node.name} is not admissible; nothing was submitted`);
    }
    unchecked = 0n;
  }

  const open: StepHandler = async (occasion) => {
    const dispatched = await dispatch("open", occasion, async () => {
      const { id, state } = occasion;
      telemetry.emit("dispute.challenged", { job: id, challenger: state.dispute?.challengers[0] ?? "" });
      const input = await inputOf(context, state, Number.MAX_SAFE_INTEGER);
      const hosted = await versions.get(state.job.version);
      const trees = commitTrace(hosted.program, await hosted.trace(input));
      await context.shelf.put(id, trees.map((tree) => tree.data));
      const inline = state.input.kind === "inline" ? input : new Uint8Array();
      const roots = trees.map((tree) => tree.root);
      const opening = encodeTraceOpening(hosted.program, roots, inline, state.output ?? new Uint8Array());
      return calls.open(state.job, opening as Hex, `${policy.publicUrl}/jobs/${id}/tensors`);
    });
    return dispatched.again;
  };

  const reveal: StepHandler = async (occasion) => {
    const { id, state } = occasion;
    const dispute = state.dispute!;
    const hosted = await versions.get(state.job.version);
    const waiting = new Set(unanswered(dispute).map(({ item }) => item));
    const tensors = tracedTensors(hosted.program);
    const named = dispute.wanted
      .flatMap((wanted) => decodeDemand(hosted.program, wanted))
      .map((place) => ({ place, item: placeName(place, treeDepth(tensors[place.tensor])) as Hex }));
    const places = [...new Map(named.map((entry) => [entry.item, entry])).values()].filter(({ item }) => waiting.has(item));
    telemetry.emit("dispute.demanded", { job: id, places: places.length });

    let trees: TensorTree[] | undefined;
    let again: number | undefined;
    for (let i = 0; i < places.length; i += PLACES_PER_REVEAL) {
      const batch = places.slice(i, i + PLACES_PER_REVEAL);
      const dispatched = await dispatch(`reveal-${shortDigest(batch.map(({ item }) => item))}`, occasion, async () => {
        trees ??= commitTrace(hosted.program, await hosted.trace(await inputOf(context, state, Number.MAX_SAFE_INTEGER)));
        return calls.reveal(state.job.id, encodeReveal(trees, batch.map(({ place }) => place)) as Hex);
      });
      again = Math.min(again ?? Infinity, dispatched.again ?? Infinity);
    }
    return again === Infinity ? undefined : again;
  };

  return { serve, open, reveal };
}

/** The job's input bytes, checked against its commitment. */
export async function inputOf(
  context: Pick<Context, "files" | "versions">,
  state: JobState,
  maxBytes: number,
): Promise<Uint8Array> {
  const { input, job } = state;
  if (input.kind === "inline") {
    if (input.bytes.length > maxBytes) throw refusedError("INPUT_TOO_LONG", `the input has ${input.bytes.length} bytes`);
    if (inlineCommitment(input.bytes) !== job.input) throw refusedError("INPUT_COMMITMENT", "the input is not the job's");
    return input.bytes;
  }
  const { program } = await context.versions.get(job.version);
  const specs = program.inputs;
  const length = specs.reduce((sum, spec) => sum + byteLength(spec), 0);
  if (length > maxBytes) throw refusedError("INPUT_TOO_LONG", `the input has ${length} bytes`);
  if (specs.length !== input.roots.length) {
    throw refusedError("INPUT_ROOTS", `${input.roots.length} input roots for a program of ${specs.length} inputs`);
  }
  const bytes = await context.files.download(input.uri, length);
  splitInput(program, bytes).forEach((part, i) => {
    const root = tensorRoot({ ...specs[i], perm: specs[i].dims.map((_, axis) => axis) }, part);
    if (root !== input.roots[i]) throw refusedError("INPUT_ROOTS", `input ${i} does not have the root of the request`);
  });
  return bytes;
}
