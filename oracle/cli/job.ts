import type { Command } from "commander";
import { hexlify } from "ethers";
import { messageOf, refusedError } from "../../core/errors.ts";
import { challengePrice } from "../../core/dispute/prices.ts";
import { formatJobId, parseJobId } from "../../core/jobs/job.ts";
import type { JobState } from "../../core/jobs/state.ts";
import { twin } from "../../core/operators/index.ts";
import { isRooted, outputBytes, rootsIn } from "../../core/program/jobOutput.ts";
import { dtypeName } from "../../core/tensor/dtype.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { valuesOf } from "../../core/tensor/values.ts";
import { showTime } from "../../core/words.ts";
import { openVersions } from "../connect.ts";
import type { Connection } from "../connect.ts";
import type { VersionHost } from "../host/versions.ts";
import { submittedValues } from "../host/jobOutput.ts";
import { recompute } from "../host/recompute.ts";
import { fund } from "./funding.ts";
import { describeJob, waitsForHere, type DecodedOutput } from "./jobView.ts";
import { boundaryOf } from "./modelView.ts";
import { requestCommand } from "./request.ts";
import { sends } from "./session.ts";
import type { Session } from "./session.ts";

export function jobCommands(parent: Command, session: (command: Command) => Session): void {
  requestCommand(parent, session);

  parent
    .command("job <id>")
    .description("status of a job, the reason for it, when its result is final, and the numbers of its output")
    .action(async (id: string, _options: unknown, command: Command) => {
      const current = session(command);
      const state = await current.job(parseJobId(id));
      const { reader } = await current.connection();
      const summary = describeJob(state, (await reader.head()).timestamp, await decodedOutput(current, state));
      const waitsFor = state.status === "Submitted" ? await waitsForHere(current.config.api, formatJobId(state.job.id)) : undefined;
      const line = waitsFor === undefined ? [] : [`watcher    waits: ${waitsFor}`];
      current.output.result({ ...summary.json, waitsFor: waitsFor ?? null }, [...summary.lines, ...line]);
    });

  parent
    .command("verify <job>")
    .description("recompute a job's result without any key: MATCH, or MISMATCH and the first number that differs")
    .action(async (id: string, _options: unknown, command: Command) => {
      const current = session(command);
      const state = await current.job(parseJobId(id));
      const result = await judge(current, state);
      const verdict = result.verdict.toUpperCase();
      if (result.verdict === "unknown") throw refusedError("VERIFY", `cannot judge this job here: ${result.detail}`);
      const job = formatJobId(state.job.id);
      const { difference } = result;
      current.output.result({ job, verdict, ...(difference && { difference }), detail: result.detail }, [
        `${verdict}: ${result.detail}`,
      ]);
      current.exitCode = result.verdict === "match" ? 0 : 1;
    });

  sends(parent.command("challenge <job>"))
    .description("recompute a job's result and challenge it if it differs; pays the challenge fee")
    .option("--force", "challenge although the result matches here")
    .action(async (id: string, options: { force?: boolean }, command: Command) => {
      const current = session(command);
      const state = await current.job(parseJobId(id));
      await requireChallengeable(current, state);
      const verdict = options.force === true ? undefined : await judge(current, state);
      if (verdict !== undefined && verdict.verdict !== "mismatch") {
        throw refusedError("CHALLENGE_GROUNDLESS", `not challenged: ${verdict.verdict}, ${verdict.detail}`, {
          fix: "a groundless challenge loses its fee; --force makes it all the same",
        });
      }
      const { reader, calls } = await current.connection();
      const fee = challengePrice(await reader.gameTerms(), state.terms.bond);
      const funding = await fund(current, reader.deployment.game, fee);
      const sent = await current.send([...funding, { kind: "challenge", call: calls.challenge(state.job) }]);
      const transaction = sent[sent.length - 1].hash;
      current.output.result({ job: formatJobId(state.job.id), transaction, fee }, [
        `challenged ${formatJobId(state.job.id)}; opg run --watcher sees it through`,
      ]);
    });
}

/** A job's output as the numbers that it is, or that its operator serves; no values where it is none of its version. */
async function decodedOutput(session: Session, state: JobState): Promise<DecodedOutput> {
  const { job, output } = state;
  if (output === undefined) return {};
  const { reader, files } = await session.connection();
  const { outputs } = await boundaryOf(session, await reader.version(job.version), "");
  const program = { outputs };
  const shown = output.length === outputBytes(program) && isRooted(program) ? { roots: rootsOf(outputs, output) } : {};
  try {
    const values = valuesOf(outputs, await submittedValues(files, program, state, session.config.limits.tensorBytes));
    return { ...shown, ...(values && { values }) };
  } catch (error) {
    return { ...shown, withheld: messageOf(error) };
  }
}

const rootsOf = (outputs: readonly TensorSpec[], output: Uint8Array) =>
  rootsIn(output).map((root, i) => ({ name: outputs[i].name, dtype: dtypeName(outputs[i].dtype), dims: outputs[i].dims, root: hexlify(root) }));

/** Refuses before anything is computed or paid where no challenge would be taken. */
async function requireChallengeable(session: Session, { job, status, claim, terms, dispute }: JobState): Promise<void> {
  const { reader } = await session.connection();
  const id = formatJobId(job.id);
  const refuse = (why: string, fix: string) => refusedError("CHALLENGE_REFUSED", `job ${id} cannot be challenged: ${why}`, { fix });
  const until = claim.time + terms.window;
  if (status !== "Submitted" && status !== "Challenged") throw refuse(`it is ${status}`, `see: opg job ${id}`);
  if ((await reader.head()).next >= until) throw refuse(`its window ended at ${showTime(until)}`, "it stands; a watcher that runs all the time misses no window: opg run --watcher");
  const own = await session.address();
  if (dispute?.challengers.includes(own) === true) throw refuse(`${own} has challenged it already`, "see it through: opg run --watcher");
}

async function judge(session: Session, state: JobState) {
  const connection: Connection = await session.connection();
  const versions: VersionHost = openVersions(connection, session.config);
  const progress = session.output.progress("recompute");
  try {
    progress.update(0, 1);
    return await recompute({ files: connection.files, versions, twin }, state, session.config.limits.tensorBytes);
  } finally {
    progress.stop();
    await versions.close();
  }
}
