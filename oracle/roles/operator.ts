import { concat, formatEther, getBytes } from "ethers";
import { commitTrace, traceReaders } from "../core/dispute/evidence.ts";
import { decodeDemand, encodeReveal, placeDepths, placeName } from "../core/dispute/places.ts";
import { encodeTraceOpening } from "../core/dispute/proof.ts";
import { messageOf, refusedError, transientError } from "../core/errors.ts";
import { isStatement } from "../core/program/faults.ts";
import { isTooLate, servingGas, traceBytes, whyTooSlow, whyUnanswerable, whyUnwanted, type Wishes } from "../core/jobs/declining.ts";
import { Random } from "../core/math/random.ts";
import { inlineCommitment, traceTree, tracedTensors } from "../core/program/program.ts";
import { TensorTree, tensorRoot } from "../core/merkle/tensorTree.ts";
import { byteLength, commitStrides, offsetOf, sizeOf, unravel } from "../core/program/types.ts";
import type { Program } from "../core/program/types.ts";
import { formatJobId, requestKey } from "../core/jobs/job.ts";
import type { Demand, Dispute, JobState } from "../core/jobs/state.ts";
import type { Hex } from "../core/hex.ts";
import type { Context, Occasion, StepHandler } from "./context.ts";
import { createMeans } from "./means.ts";
import { createNetworkFacts, type NetworkPolicy } from "./network.ts";
import { intentOf, shortDigest } from "./transactions.ts";
import type { Dispatch } from "./transactions.ts";
import { outputOf, splitInput } from "./versions.ts";
import type { HostedVersion } from "./versions.ts";

/** Whoever finalizes pays for the requester's callback, which is the operator as a rule: hence a limit to its gas. */
export interface OperatorPolicy extends Wishes, NetworkPolicy {
  /** Versions to serve, or all that this host qualifies for. */
  readonly versions: "all" | readonly string[];
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
/** Seconds until what a job lacks is looked for again, and how often at least before its deadline. */
const LOOK_AGAIN = 15;
const LEAST_LOOKS = 8;

type Lack = "bond" | "native" | "disk";

/** Serves jobs and answers challenges. Its rule: never submit what it could be slashed for. */
export function createOperator(context: Context, dispatch: Dispatch, policy: OperatorPolicy) {
  const { store, calls, versions, shelf, telemetry, clock } = context;
  const means = createMeans(context);
  const network = createNetworkFacts(context, policy);
  /** Bond put at stake since a trace was last checked. The first job after a start is always checked. */
  let unchecked = policy.bondPerCheck;
  /** By job: what it lacks, as was told. */
  const waiting = new Map<string, Lack>();
  /** By version: seconds that the last run and the last trace took. */
  const seconds = { run: new Map<Hex, number>(), trace: new Map<Hex, number>() };

  const serve: StepHandler = async (occasion) => {
    const { id, state } = occasion;
    const recorded = await store.result(id, requestKey(state.job));
    if (recorded !== undefined) {
      const entry = await store.outbox.get(intentOf("submit", occasion));
      if (entry !== undefined && entry.status !== "refused") return submit(occasion, recorded);
      return holdingBond(occasion, () => submit(occasion, recorded));
    }
    const unwanted = unwantedReason(occasion);
    if (unwanted !== undefined) return decline(id, unwanted);
    // INVARIANT: bond is set aside before anything is computed, so that no answer is computed that it does not cover.
    return holdingBond(occasion, () => answer(occasion));
  };

  async function holdingBond(occasion: Occasion, work: () => Promise<number | undefined>): Promise<number | undefined> {
    let again: number | undefined;
    const held = await means.holding(occasion, async () => {
      again = await work();
    });
    return held ? again : wait(occasion, "bond", "free bond that is not promised to other jobs");
  }

  function decline(job: string, reason: string): undefined {
    telemetry.emit("job.declined", { job, reason });
  }

  /** What a job lacks may come. Returns when to look again; tells of it once. */
  function wait({ id, state, now }: Occasion, lacking: Lack, text: string): number {
    if (waiting.get(id) !== lacking) telemetry.emit("job.waiting", { job: id, for: text });
    remember(waiting, id, lacking);
    const wanted = Math.floor((state.claim.deadline - now) / LEAST_LOOKS);
    return now + Math.max(1, Math.min(LOOK_AGAIN, wanted));
  }

  async function answer(occasion: Occasion): Promise<number | undefined> {
    const { id, state } = occasion;
    const { version } = state.job;
    let work: { readonly hosted: HostedVersion; readonly input: Uint8Array };
    try {
      work = await prepare(state);
    } catch (error) {
      // What the protocol, the version or the input rule out now, they rule out for ever.
      if (isStatement(error)) return decline(id, messageOf(error));
      throw error;
    }
    const { hosted, input } = work;
    const never = whyUnanswerable(hosted.program, state.terms, await network.maxOutputBytes()) ?? (await tooSlow(version));
    if (never !== undefined) return decline(id, never);
    const lacking = await lackOf(occasion, hosted.program);
    if (lacking !== undefined) return wait(occasion, ...lacking);

    const started = clock.now();
    const output = await hosted.run(input);
    const ms = clock.now() - started;
    remember(seconds.run, version, ms / 1000);
    telemetry.emit("job.computed", { job: id, ms });
    await selfCheck(occasion, hosted, input, output);
    // The check may have been the first trace of this version.
    const slow = await tooSlow(version);
    if (slow !== undefined) return decline(id, slow);
    // INVARIANT: the answer is recorded before it is sent, and a recorded answer is the only one ever sent.
    const kept = await store.recordResult(id, requestKey(state.job), output);
    telemetry.emit("job.recorded", { job: id });
    return submit(occasion, kept);
  }

  async function prepare(state: JobState): Promise<{ hosted: HostedVersion; input: Uint8Array }> {
    const hosted = await versions.get(state.job.version);
    const input = await inputOf(context, state, policy.maxInputBytes);
    splitInput(hosted.program, input);
    return { hosted, input };
  }

  async function submit(occasion: Occasion, output: Uint8Array): Promise<number | undefined> {
    const { entry, again } = await dispatch("submit", occasion, () => calls.submit(occasion.state.job, output));
    if (entry.status === "refused") {
      telemetry.emit("job.lost", { job: occasion.id, reason: entry.error ?? "refused" });
    }
    return again;
  }

  function unwantedReason({ state, now }: Occasion): string | undefined {
    const { terms, claim, job } = state;
    if (policy.versions !== "all" && !policy.versions.includes(job.version)) return "version is not configured";
    const unwanted = whyUnwanted(terms, policy);
    if (unwanted !== undefined) return unwanted;
    return isTooLate(claim, now, seconds.run.get(job.version) ?? 0, network.knownPace()) ? "deadline is too close" : undefined;
  }

  async function tooSlow(version: Hex): Promise<string | undefined> {
    const [pace, clocks] = await Promise.all([network.pace(), network.clocks()]);
    return whyTooSlow(pace, clocks, seconds.trace.get(version) ?? 0);
  }

  /** What this host lacks at the moment to see a challenge through. */
  async function lackOf(occasion: Occasion, program: Program): Promise<[Lack, string] | undefined> {
    const gas = BigInt(servingGas(program));
    const { native, gasPrice } = await means.purchasing(occasion, gas);
    const cost = gas * gasPrice;
    if (native < cost) {
      return ["native", `native coin: to submit and to open may cost ${formatEther(cost)}, and the account holds ${formatEther(native)}`];
    }
    const [room, trace] = [await shelf.room(), traceBytes(program)];
    return room < trace ? ["disk", `room on the disk: its trace has ${trace} bytes, and ${room} are left`] : undefined;
  }

  /** Judges a random sample of a trace that ends in this output, in proportion to the bond. */
  async function selfCheck(occasion: Occasion, hosted: HostedVersion, input: Uint8Array, output: Uint8Array) {
    unchecked += occasion.state.terms.bond;
    if (unchecked < policy.bondPerCheck) return;
    const { program, constant } = hosted;
    const started = clock.now();
    const trace = await hosted.trace(input);
    remember(seconds.trace, occasion.state.job.version, (clock.now() - started) / 1000);
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
      const input = await inputOf(context, state, Number.MAX_SAFE_INTEGER);
      const hosted = await versions.get(state.job.version);
      const trees = commitTrace(hosted.program, await hosted.trace(input));
      const roots = trees.map((tree) => tree.root);
      await shelf.put(id, trees.map((tree) => tree.data), getBytes(concat(roots)));
      const inline = state.input.kind === "inline" ? input : new Uint8Array();
      const opening = encodeTraceOpening(hosted.program, roots, inline, state.output ?? new Uint8Array());
      return calls.open(state.job, opening as Hex, `${policy.publicUrl}/jobs/${id}/tensors`);
    });
    return dispatched.again;
  };

  const reveal: StepHandler = async (occasion) => {
    const { state } = occasion;
    const dispute = state.dispute!;
    const hosted = await versions.get(state.job.version);
    const { program } = hosted;
    const depth = placeDepths(program);
    const places = new Map(
      dispute.wanted
        .flatMap((wanted) => decodeDemand(program, wanted))
        .map((place) => [placeName(place, depth(place.tensor)), place]),
    );

    let trees: Promise<TensorTree[]> | undefined;
    const due: number[] = [];
    for (const batch of batches(dispute)) {
      const dispatched = await dispatch(
        "reveal",
        occasion,
        async () => {
          trees ??= openedTrees(occasion, hosted);
          return calls.reveal(state.job.id, encodeReveal(await trees, batch.map(({ item }) => places.get(item)!)) as Hex);
        },
        shortDigest(batch.map(({ item }) => item)),
      );
      if (dispatched.again !== undefined) due.push(dispatched.again);
    }
    return due.length === 0 ? undefined : Math.min(...due);
  };

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

  return { serve, open, reveal };
}

/** Jobs and versions of which something is remembered. */
const REMEMBERED = 4_096;

function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > REMEMBERED) map.delete(map.keys().next().value!);
}

/**
 * Demands that one transaction answers, where something in it waits for an answer. Those that fall due together were
 * made together, so that a batch is always the same and no place is revealed twice.
 */
function* batches(dispute: Dispute): Generator<readonly Demand[]> {
  const times = new Set(dispute.demands.map(({ revealBy }) => revealBy));
  for (const time of times) {
    const together = dispute.demands.filter(({ revealBy }) => revealBy === time);
    for (let i = 0; i < together.length; i += PLACES_PER_REVEAL) {
      const batch = together.slice(i, i + PLACES_PER_REVEAL);
      if (batch.some(({ answered }) => !answered)) yield batch;
    }
  }
}

/** No address that the request names has the input at this moment. */
export const INPUT_UNAVAILABLE = "INPUT_UNAVAILABLE";

/**
 * The job's input bytes, checked against its commitment. What was downloaded is kept on the shelf, if there is one: a
 * requester that takes it from the net again would have an honest operator unable to answer, and a watcher to prove.
 */
export async function inputOf(
  context: Pick<Context, "files" | "versions"> & Partial<Pick<Context, "shelf">>,
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
  const authentic = (bytes: Uint8Array) =>
    splitInput(program, bytes).every(
      (part, i) => tensorRoot({ ...specs[i], perm: specs[i].dims.map((_, axis) => axis) }, part) === input.roots[i],
    );
  const id = formatJobId(job.id);
  const kept = await context.shelf?.input(id);
  if (kept?.length === length && authentic(kept)) return kept;
  const bytes = await context.files.download(input.uri, length, authentic).catch((error: unknown) => {
    throw transientError(INPUT_UNAVAILABLE, `the input is not to be had: ${messageOf(error)}`);
  });
  await context.shelf?.putInput(id, bytes);
  return bytes;
}
