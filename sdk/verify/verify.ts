import { startJudging } from "#thread.ts";
import { formatJobId } from "../../core/jobs/job.ts";
import type { JobState } from "../../core/jobs/state.ts";
import type { Context } from "../chain/context.ts";
import { OpgError } from "../errors.ts";
import { fetchFile as overHttp, publishedFile, type FetchFile } from "../files.ts";
import { rootedValues } from "../jobs/values.ts";
import { job } from "../jobs/waiting.ts";
import { version, type Version } from "../models/versions.ts";
import { judge, type Case, type Judgement } from "./judge.ts";

/** A job's submitted output, judged. */
export type Verdict = Judgement & { readonly job: bigint };

/** How a job is judged. */
export interface VerifyOptions {
  /** How published files and inputs are fetched: by default over http and https, and IPFS by a public gateway. */
  readonly fetchFile?: FetchFile;
  /**
   * Elements that the model's nodes may read and write, each as often as it is needed: about as many as it has products. A longer run
   * is not replayed.
   */
  readonly mostWork?: number;
  /** False to judge on the thread that asks, where no worker can be started. */
  readonly thread?: boolean;
  /** Ends the judging: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told the nodes that are done, and how many there are. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** A run that takes a few seconds where its products are of float32, and about half a minute where they are of integers. */
const MOST_WORK = 20_000_000;

/**
 * Judges a job's submitted output without trusting anybody but the node: fetches the version's two files, which must have the hashes
 * that the chain has, rebuilds the program, whose root must be the version's, and replays the run by the rules' own arithmetic.
 */
export async function verify(context: Context, id: bigint, options: VerifyOptions = {}): Promise<Verdict> {
  const { fetchFile = overHttp, mostWork = MOST_WORK } = options;
  const { state } = await job(context, id);
  if (state.output === undefined) return { job: id, verdict: "unknown", detail: "no output was submitted yet" };
  const stated = await version(context, state.job.version);
  if (!stated.verifierKnown) return { job: id, verdict: "unknown", detail: `the version is judged by the verifier ${stated.verifier}, whose code is that of no release` };
  const [canonical, programFile, input] = await Promise.all([
    publishedFile("the canonical file", stated.fileUris, stated.fileDigest, fetchFile),
    publishedFile("the program file", stated.programUris, stated.programDigest, fetchFile),
    inputOf(state, stated, fetchFile),
  ]);
  const given: Case = { canonical, programFile, programRoot: stated.programRoot, input, output: state.output, mostWork };
  return { job: id, ...(options.thread === false ? judge(given, options.onProgress) : await onThread(given, options)) };
}

/** A job's input: what was sent along, or what is served and has the roots that were. */
const inputOf = async ({ job: { id }, input }: JobState, { inputs }: Version, fetchFile: FetchFile): Promise<Uint8Array> =>
  input.kind === "inline" ? input.bytes : rootedValues(`the input of job ${formatJobId(id)}`, inputs, input.roots, input.uri, fetchFile);

function onThread(given: Case, { signal, onProgress }: VerifyOptions): Promise<Judgement> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const failed = (error: unknown): void => {
      const message = error instanceof Error ? error.message : String(error);
      end(() => reject(new OpgError("JOB", `the job could not be judged here: ${message}`, "try it with `thread: false`, or with opg verify", { cause: error })));
    };
    const judging = startJudging(
      given,
      (said) => {
        if (said.kind === "progress") onProgress?.(said.done, said.all);
        else if (said.kind === "failed") failed(said.error);
        else end(() => resolve(said.judgement));
      },
      failed,
    );
    const abort = (): void => end(() => reject(signal!.reason as Error));
    signal?.addEventListener("abort", abort, { once: true });
    function end(settle: () => void): void {
      signal?.removeEventListener("abort", abort);
      judging.stop();
      settle();
    }
  });
}
