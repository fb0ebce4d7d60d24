import type { Command } from "commander";
import { formatUnits } from "ethers";
import { z } from "zod";
import { inputError, refusedError } from "../core/errors.ts";
import { formatJobId, parseJobId, requesterOf, ZERO_ADDRESS } from "../core/jobs/job.ts";
import { challengePrice } from "../core/dispute/prices.ts";
import { unanswered } from "../core/jobs/state.ts";
import type { Dispute, JobState, Verdict } from "../core/jobs/state.ts";
import { tensorRoot } from "../core/merkle/tensorTree.ts";
import { twin } from "../core/ops/index.ts";
import type { Hex } from "../core/hex.ts";
import { openVersions } from "../main.ts";
import type { Connection } from "../main.ts";
import { decodeHeader } from "../core/program/header.ts";
import { requireKnown } from "../core/program/judge.ts";
import type { VersionHost } from "../roles/versions.ts";
import { recompute } from "../roles/recompute.ts";
import { cutInput, encodeInputs, parseAddress, parseAmount, parseCount, parseVersion, readInputFile } from "./parse.ts";
import type { Session } from "./session.ts";

/** Largest input that goes along in calldata by default. */
const INLINE_INPUT = 16 * 1024;

export function jobCommands(parent: Command, session: (command: Command) => Session): void {
  parent
    .command("request <version>")
    .description("ask for an inference and pay for it")
    .option("--input <file>", "raw bytes of the graph inputs: little-endian, row-major, one after the other")
    .option("--values <list...>", "numbers, one list for each graph input, such as 0.5,1,2")
    .option("--input-uri <uri>", "where a large input is served; commits to it by its roots instead of sending it")
    .option("--fee <opg>", "what to pay; the version's price by default")
    .option("--bond <opg>", "what the operator puts at stake; the version's minimum by default")
    .option("--window <seconds>", "challenge window; the version's minimum by default")
    .option("--deadline <seconds>", "time to serve it in, from now", "300")
    .option("--callback-gas <gas>", "gas of the callback to the requester; an account needs none", "0")
    .option("--operator <address>", "the only operator that may serve it")
    .action(async (version: string, options: RequestOptions, command: Command) => {
      await request(session(command), parseVersion(version), options);
    });

  parent
    .command("job <id>")
    .description("status of a job, the reason for it, and when its result is final")
    .action(async (id: string, _options: unknown, command: Command) => {
      const current = session(command);
      const state = await current.job(parseJobId(id));
      const { reader } = await current.connection();
      const summary = describeJob(state, (await reader.head()).timestamp);
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

  parent
    .command("challenge <job>")
    .description("recompute a job's result and challenge it if it differs; pays the challenge fee")
    .option("--force", "challenge although the result matches here")
    .action(async (id: string, options: { force?: boolean }, command: Command) => {
      const current = session(command);
      const state = await current.job(parseJobId(id));
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

interface RequestOptions {
  readonly input?: string;
  readonly values?: string[];
  readonly inputUri?: string;
  readonly fee?: string;
  readonly bond?: string;
  readonly window?: string;
  readonly deadline: string;
  readonly callbackGas: string;
  readonly operator?: string;
}

async function request(session: Session, version: Hex, options: RequestOptions): Promise<void> {
  const { reader, calls } = await session.connection();
  const quote = await reader.quote(version);
  if (!quote.open) throw refusedError("VERSION_NOT_OPEN", `version ${version} takes no jobs: unknown or deprecated`);
  const { header, verifier } = await reader.version(version);
  requireKnown(await reader.judge(verifier));
  const { inputs } = decodeHeader(header);
  if ((options.input === undefined) === (options.values === undefined)) {
    throw inputError("INPUT", "give the input once: either --input or --values", { fix: "add --input FILE or --values LIST" });
  }
  const input =
    options.input === undefined
      ? encodeInputs(inputs, options.values ?? [])
      : readInputFile(options.input === "-" ? "/dev/stdin" : options.input, "input");
  const parts = cutInput(inputs, input);
  const terms = {
    version,
    operator: options.operator === undefined ? ZERO_ADDRESS : parseAddress(options.operator, "--operator"),
    fee: options.fee === undefined ? quote.price : parseAmount(options.fee, "--fee"),
    bond: options.bond === undefined ? quote.minBond : parseAmount(options.bond, "--bond"),
    window: options.window === undefined ? quote.minWindow : parseCount(options.window, "--window", 2 ** 24 - 1),
    callbackGas: parseCount(options.callbackGas, "--callback-gas", 2 ** 24 - 1),
    deadline: (await reader.head()).next + parseCount(options.deadline, "--deadline", 2 ** 32),
  };
  const roots = () => inputs.map((spec, i) => tensorRoot({ ...spec, perm: spec.dims.map((_, axis) => axis) }, parts[i]) as Hex);
  if (options.inputUri === undefined && input.length > INLINE_INPUT) {
    throw inputError("INPUT_LARGE", `an input of ${input.length} bytes is too large to send along`, {
      fix: "serve it over http and name the address with --input-uri",
    });
  }
  const call =
    options.inputUri === undefined ? calls.request(terms, input) : calls.requestByRoots(terms, roots(), options.inputUri);
  const funding = await fund(session, reader.deployment.jobs, terms.fee);
  const sent = await session.send([...funding, { kind: "request", call }]);
  const last = sent[sent.length - 1];
  const { hash } = last;
  const [id] = (await session.outcome(last)).jobs;
  const job = formatJobId(id);
  session.output.result({ job, transaction: hash, ...terms }, [
    `job       ${job}`,
    `fee       ${formatUnits(terms.fee)} OPG, bond ${formatUnits(terms.bond)} OPG`,
    `deadline  ${showTime(terms.deadline)}, window ${terms.window} s`,
  ]);
}

/** What it takes to have `amount` in a ledger: nothing, a deposit, or an approval first. */
export async function fund(session: Session, ledger: Hex, amount: bigint) {
  const { reader, calls } = await session.connection();
  const account = (await session.wallet()).address.toLowerCase() as Hex;
  const held = await reader.ledgerBalance(ledger, account);
  if (held >= amount) return [];
  const missing = amount - held;
  const owned = await reader.tokenBalance(account);
  if (owned < missing) {
    throw refusedError("BALANCE_TOO_LOW", `${account} holds ${formatUnits(owned)} OPG and needs ${formatUnits(missing)}`);
  }
  const deposit = { kind: "deposit", call: calls.deposit(ledger, account, missing) };
  if ((await reader.allowance(account, ledger)) >= missing) return [deposit];
  return [{ kind: "approve", call: calls.approve(ledger, missing) }, deposit];
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

export const showTime = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");

const healthSchema = z.object({ waiting: z.array(z.object({ job: z.string(), for: z.string() })) });

/** What the daemon of this configuration, if it runs, waits for before it can judge the job. */
export async function waitsForHere({ host, port }: { host: string; port: number }, job: string): Promise<string | undefined> {
  const address = host === "0.0.0.0" || host === "::" || host === "[::]" ? "127.0.0.1" : host;
  try {
    const response = await fetch(`http://${address}:${port}/health`, { signal: AbortSignal.timeout(1_000), redirect: "error" });
    return healthSchema.parse(await response.json()).waiting.find((entry) => entry.job === job)?.for;
  } catch {
    // No daemon, or one that does not judge: nothing waits here.
    return undefined;
  }
}

/** Why a job stands where it stands, and when its result is final. */
export function describeJob(state: JobState, now: number): { json: Record<string, unknown>; lines: string[] } {
  const { job, status, terms, claim, dispute } = state;
  const finalizesAt = status === "Submitted" ? claim.time + terms.window : undefined;
  const reason = reasonOf(state, now);
  const output = state.output && `0x${Buffer.from(state.output).toString("hex")}`;
  const id = formatJobId(job.id);
  return {
    json: {
      job: id,
      status,
      reason,
      version: job.version,
      requester: requesterOf(job.id),
      operator: claim.operator === ZERO_ADDRESS ? null : claim.operator,
      fee: terms.fee,
      bond: terms.bond,
      window: terms.window,
      deadline: claim.deadline,
      finalizesAt: finalizesAt ?? null,
      final: status === "Final" || status === "FinalUndelivered",
      output: output ?? null,
      challengers: dispute?.challengers ?? [],
      opened: dispute?.opened !== undefined,
      verdict: dispute?.verdict ?? null,
      unanswered: dispute === undefined ? [] : unanswered(dispute).map(({ item, revealBy }) => ({ item, revealBy })),
    },
    lines: [
      `job        ${id}`,
      `status     ${status}: ${reason}`,
      `version    ${job.version}`,
      `requester  ${requesterOf(job.id)}`,
      `operator   ${claim.operator === ZERO_ADDRESS ? "any" : claim.operator}`,
      `fee        ${formatUnits(terms.fee)} OPG, bond ${formatUnits(terms.bond)} OPG`,
      ...(finalizesAt === undefined ? [] : [`final at   ${showTime(finalizesAt)} unless challenged`]),
      ...(output === undefined ? [] : [`output     ${output}`]),
      ...(dispute?.verdict === undefined ? [] : [`reward     ${describeReward(dispute.verdict)}`]),
    ],
  };
}

function describeReward({ by, beneficiary, laterBeneficiary, reward, collectableAt, collected }: Verdict): string {
  const whole = beneficiary === laterBeneficiary;
  const half = reward / 2n;
  const parts = whole
    ? `${formatUnits(reward)} OPG to ${beneficiary}`
    : `${formatUnits(half)} OPG to ${beneficiary} (earliest commitment), ${formatUnits(reward - half)} OPG to ${laterBeneficiary} (latest)`;
  if (collected) return `${parts}, collected`;
  return `${parts}, ${by === "proof" ? "unless somebody has a better commitment; " : ""}collectable at ${showTime(collectableAt)}`;
}

function reasonOfOpened(dispute: Dispute, now: number): string {
  const waiting = unanswered(dispute);
  if (waiting.length === 0) return `opened; a wrong number convicts until ${showTime(dispute.deadline)}`;
  const due = Math.min(...waiting.map(({ revealBy }) => revealBy));
  return now > due
    ? "the operator left a demand unanswered; anyone may convict it"
    : `opened; ${waiting.length} demanded parts must be revealed by ${showTime(due)}`;
}

function reasonOf({ status, claim, terms, dispute }: JobState, now: number): string {
  const until = (time: number) => (time > now ? `in ${time - now} s` : "now");
  switch (status) {
    case "Requested":
      if (now > claim.deadline) return "nobody served it by its deadline; anyone may refund it";
      return claim.named ? `waits for ${claim.operator}` : `waits for an operator, deadline ${until(claim.deadline)}`;
    case "Accepted":
      if (now > claim.deadline) return "it was reserved but not served by its deadline; anyone may refund it";
      return `reserved by ${claim.operator}, deadline ${until(claim.deadline)}`;
    case "Submitted":
      return now >= claim.time + terms.window
        ? "its window is over; anyone may finalize it"
        : `may be challenged; final ${until(claim.time + terms.window)}`;
    case "Challenged":
      if (dispute?.opened !== undefined) return reasonOfOpened(dispute, now);
      return now > (dispute?.openBy ?? 0)
        ? "the operator did not open in time; anyone may time it out"
        : `the operator must open by ${showTime(dispute?.openBy ?? 0)}`;
    case "Upheld":
      return "no proof against it by the deadline; anyone may finalize it";
    case "Final":
      return "settled";
    case "FinalUndelivered":
      return "settled, but the requester's callback failed; anyone may retry it";
    case "Cancelled":
      return "withdrawn by its requester, fee returned";
    case "Refunded":
      return "not served in time, fee returned";
    case "Convicted":
      return dispute?.verdict?.by === "default"
        ? `the operator ${dispute.opened === undefined ? "did not open" : "did not answer a demand"} in time and was slashed, fee returned`
        : "a wrong number was proved, the operator was slashed, fee returned";
    case "None":
      return "no such job";
  }
}
