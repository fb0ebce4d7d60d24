/** One job and one conviction on a chain inside this process, with every transaction that a reader of the page wants to see. */
import { hexlify, type Contract, type ContractTransactionReceipt } from "ethers";
import { network } from "hardhat";
import { commitTrace, constantTrees, traceTrees } from "../../core/dispute/evidence.ts";
import { encodeTraceOpening, Prover } from "../../core/dispute/proof.ts";
import { twin } from "../../core/operators/index.ts";
import { programTree } from "../../core/program/program.ts";
import { deployVerifier } from "../../test/support/families.ts";
import { by, deployForTests, follow, mined, OPG, publish, type Job, type Protocol } from "../../test/support/protocol.ts";
import { BIAS, floats, HONEST, INPUT, LYING, LIE, PROGRAM, WEIGHTS } from "./program.ts";

/** The first block's time: a clock that always reads the same makes the same bytes. */
const START = 2_000_000_000;
const BLOCK = 12;
const WINDOW = 600;
const URI = "https://operator.example/t";
const SALT = `0x${"5a".repeat(32)}`;

export interface Sent {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly data: string;
  readonly receipt: ContractTransactionReceipt;
}

export interface Played {
  readonly job: readonly Sent[];
  readonly conviction: readonly Sent[];
  readonly version: string;
  /** The wrong job as it was challenged. */
  readonly wrong: Job;
  readonly proof: string;
  readonly commitment: string;
  readonly lyingRoot: string;
  /** Who is who, by address. */
  readonly names: Readonly<Record<string, string>>;
  readonly contracts: Readonly<Record<string, Contract>>;
  readonly salt: string;
}

const proverOf = (trace: readonly Uint8Array[]): Prover => {
  const constant = constantTrees(PROGRAM, (node, input) => (node !== 0 ? undefined : [undefined, floats(...WEIGHTS), floats(...BIAS)][input]));
  return new Prover(PROGRAM, traceTrees(commitTrace(PROGRAM, trace), constant));
};

export async function play(): Promise<Played> {
  const connection = await network.create();
  const { ethers, networkHelpers } = connection;
  const verifier = await deployVerifier(connection);
  const protocol = await deployForTests(connection, { verifier });
  const { jobs, stakes, game, opg, signers, deployment } = protocol;
  const [, operator, requester, watcher] = signers;
  const programRoot = programTree(PROGRAM).root;
  const { version } = await publish(protocol, { programRoot });
  await mined(by(stakes, operator).bond(deployment.jobs, 1_000n * OPG));
  await mined(by(jobs, requester).deposit(requester.address, 10n * OPG));
  await mined(by(game, watcher).deposit(watcher.address, 100n * OPG));

  const sent: Sent[] = [];
  let now = START;
  const send = async (contract: Contract, from: (typeof signers)[number], name: string, ...values: unknown[]) => {
    await networkHelpers.time.setNextBlockTimestamp((now += BLOCK));
    const response = await by(contract, from).getFunction(name).send(...values);
    const receipt = await mined(response);
    sent.push({ name, from: from.address, to: receipt.to!, data: response.data, receipt });
    return receipt;
  };
  const answered = async (output: Uint8Array): Promise<Job> => {
    const terms = { version, operator: operator.address, fee: OPG, bond: 100n * OPG, callbackGas: 0, window: WINDOW, deadline: now + 3_600 };
    const asked = follow(protocol, await send(jobs, requester, "request", terms, hexlify(INPUT)));
    return follow(protocol, await send(jobs, operator, "submit", asked, hexlify(output)), asked);
  };

  const right = await answered(HONEST.at(-1)!);
  now += WINDOW;
  await send(jobs, operator, "finalize", right, hexlify(HONEST.at(-1)!));
  const job = sent.splice(0);

  const wrong = await answered(LYING.at(-1)!);
  const { opening, proof, lyingRoot } = evidence();
  await send(game, watcher, "challenge", wrong);
  await send(game, operator, "open", wrong, opening, URI);
  const commitment = (await game.commitmentOf(wrong.id, watcher.address, ethers.keccak256(proof), SALT)) as string;
  await send(game, watcher, "commit", commitment);
  await send(game, watcher, "convict", wrong, proof, SALT);
  now += Number(await game.rewardPeriod());
  await send(game, watcher, "collect", wrong);
  await send(game, watcher, "reclaim", wrong);
  await connection.close();
  const contracts = { JobRegistry: jobs, StakeRegistry: stakes, DisputeGame: game, OPG: opg };
  return { job, conviction: sent, version, wrong, proof, salt: SALT, commitment, lyingRoot, names: namesOf(protocol), contracts };
}

/** What the liar has to open, and the proof about its lie. */
function evidence(): { opening: string; proof: string; lyingRoot: string } {
  const honest = proverOf(HONEST);
  if (!honest.prove(twin, LIE.node, LIE.element).admissible) throw new Error("the honest number is inadmissible");
  const prover = proverOf(LYING);
  const { proof, admissible } = prover.prove(twin, LIE.node, LIE.element);
  if (admissible) throw new Error("the lie is admissible");
  const roots = LYING.map((_, id) => prover.trees.computed(id).root);
  return { opening: encodeTraceOpening(PROGRAM, roots, INPUT, LYING.at(-1)!), proof, lyingRoot: prover.traceRoot };
}

function namesOf({ deployment, signers }: Protocol): Record<string, string> {
  const [publisher, operator, requester, watcher] = signers.map(({ address }) => address);
  const { jobs, stakes, game, opg, models } = deployment;
  const contracts = { JobRegistry: jobs, StakeRegistry: stakes, DisputeGame: game, OPG: opg, ModelRegistry: models };
  const all = { publisher, operator, requester, watcher, ...contracts };
  return Object.fromEntries(Object.entries(all).map(([name, address]) => [address.toLowerCase(), name]));
}
