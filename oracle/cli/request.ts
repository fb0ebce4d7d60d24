import { resolve } from "node:path";
import type { Command } from "commander";
import { inputError, refusedError } from "../../core/errors.ts";
import type { Hex } from "../../core/hex.ts";
import { formatJobId, ZERO_ADDRESS } from "../../core/jobs/job.ts";
import { faultsOfRequest } from "../../core/jobs/limits.ts";
import { tensorRoot } from "../../core/merkle/tensorTree.ts";
import { decodeHeader } from "../../core/program/header.ts";
import { requireKnown } from "../../core/program/judge.ts";
import { showOpg, showTime } from "../../core/words.ts";
import { fund } from "./funding.ts";
import { cutInput, encodeInputs, parseAddress, parseAmount, parseCount, parseVersion, readInputFile, UINT24 } from "./parse.ts";
import { sends } from "./session.ts";
import type { Session } from "./session.ts";
import { LOCAL_FILES, requireReadable, requireTerms, requireUris } from "./terms.ts";

interface RequestFlags {
  readonly input?: string;
  readonly values?: string[];
  readonly inputUri?: string;
  readonly localFiles?: boolean;
  readonly fee?: string;
  readonly bond?: string;
  readonly window?: string;
  readonly deadline: string;
  readonly callbackGas: string;
  readonly operator?: string;
}

/** The command line, read: nothing of it depends on the chain. */
interface Wishes {
  readonly version: Hex;
  readonly operator: Hex;
  readonly fee: bigint | undefined;
  readonly bond: bigint | undefined;
  readonly window: number | undefined;
  readonly serveWithin: number;
  readonly callbackGas: number;
  readonly inputUri: string | undefined;
}

export function requestCommand(parent: Command, session: (command: Command) => Session): void {
  const command = parent
    .command("request <version>")
    .description("ask for an inference and pay for it")
    .option("--input <file>", "raw bytes of the graph inputs: little-endian, row-major, one after the other; - for standard input")
    .option("--values <list...>", "numbers, one list for each graph input, such as 0.5,1,2")
    .option("--input-uri <uri>", "where a large input is served; commits to it by its roots instead of sending it")
    .option("--local-files", LOCAL_FILES)
    .option("--fee <opg>", "what to pay; the version's price by default")
    .option("--bond <opg>", "what the operator puts at stake; the version's minimum by default")
    .option("--window <seconds>", "challenge window; the version's minimum by default")
    .option("--deadline <seconds>", "time to serve it in, from now", "300")
    .option("--callback-gas <gas>", "gas of the callback to the requester; an account needs none", "0")
    .option("--operator <address>", "the only operator that may serve it");
  sends(command).action(async (version: string, flags: RequestFlags, own: Command) => {
    await request(session(own), readWishes(version, flags), flags);
  });
}

function readWishes(version: string, flags: RequestFlags): Wishes {
  if ((flags.input === undefined) === (flags.values === undefined)) {
    throw inputError("INPUT", "give the input once: either --input or --values", { fix: "add --input FILE or --values LIST" });
  }
  const given = <T>(text: string | undefined, read: (text: string) => T): T | undefined => (text === undefined ? undefined : read(text));
  return {
    version: parseVersion(version),
    operator: given(flags.operator, (text) => parseAddress(text, "--operator")) ?? ZERO_ADDRESS,
    fee: given(flags.fee, (text) => parseAmount(text, "--fee")),
    bond: given(flags.bond, (text) => parseAmount(text, "--bond")),
    window: given(flags.window, (text) => parseCount(text, "--window", UINT24)),
    serveWithin: parseCount(flags.deadline, "--deadline", 2 ** 32),
    callbackGas: parseCount(flags.callbackGas, "--callback-gas", UINT24),
    inputUri: given(flags.inputUri, (text) => requireUris(text, "--input-uri", ["http", "https", "ipfs"])),
  };
}

async function request(session: Session, wishes: Wishes, flags: RequestFlags): Promise<void> {
  const { version, operator, callbackGas, serveWithin, inputUri } = wishes;
  // What can be read without a chain is read first.
  const file = flags.input === undefined ? undefined : readInputFile(flags.input === "-" ? "/dev/stdin" : resolve(session.world.cwd, flags.input), "input");
  const { reader, calls } = await session.connection();
  if (inputUri !== undefined && flags.localFiles !== true) requireReadable(inputUri, "--input-uri", reader.deployment.chainId);
  await requireOpen(session, version);
  const { header, verifier, ...offer } = await reader.version(version);
  requireKnown(await reader.judge(verifier));
  const { inputs } = decodeHeader(header);
  const input = file ?? encodeInputs(inputs, flags.values ?? []);
  const parts = cutInput(inputs, input);
  const { fee = offer.price, bond = offer.minBond, window = offer.minWindow } = wishes;
  const inline = inputUri === undefined ? input.length : 0;
  requireTerms(faultsOfRequest({ fee, bond, window, callbackGas, serveWithin, inline }, offer, await reader.limits()));

  const deadline = (await reader.head()).next + serveWithin;
  const terms = { version, operator, fee, bond, window, callbackGas, deadline };
  const roots = () => inputs.map((spec, i) => tensorRoot({ ...spec, perm: spec.dims.map((_, axis) => axis) }, parts[i]) as Hex);
  const call = inputUri === undefined ? calls.request(terms, input) : calls.requestByRoots(terms, roots(), inputUri);
  const funding = await fund(session, reader.deployment.jobs, fee);
  const sent = await session.send([...funding, { kind: "request", call }]);
  const last = sent[sent.length - 1];
  const [id] = (await session.outcome(last)).jobs;
  const job = formatJobId(id);
  session.output.result({ job, transaction: last.hash, ...terms }, [
    `job       ${job}`,
    `fee       ${showOpg(fee)}, bond ${showOpg(bond)}`,
    `deadline  ${showTime(deadline)}, window ${window} s`,
  ]);
}

/** Refuses a version that takes no jobs, and says what to use instead. */
async function requireOpen(session: Session, version: Hex): Promise<void> {
  const { reader } = await session.connection();
  const state = await reader.offerState(version);
  if (state === "unknown") {
    throw refusedError("VERSION_UNKNOWN", `there is no version ${version} in this registry`, { fix: "see: opg model list" });
  }
  if (state === "published") return;
  const successor = await reader.successor(version);
  throw refusedError("VERSION_NOT_OPEN", `version ${version} is deprecated and takes no jobs`, {
    fix: successor === undefined ? "choose another: opg model list" : `its publisher names a successor: opg request ${successor}`,
    details: { successor: successor ?? null },
  });
}
