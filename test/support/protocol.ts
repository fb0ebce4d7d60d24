/** The protocol deployed for tests, and jobs rebuilt from its events as any client would. */
import { concat, keccak256, type Contract, type ContractRunner, type ContractTransactionReceipt, type ContractTransactionResponse } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import { rootsCommitment } from "../../core/program/program.ts";
import { deployProtocol, readParameters, type Deployment, type Parameters } from "../../scripts/deploy.ts";

export const OPG = 10n ** 18n;

export interface Job {
  id: bigint;
  version: string;
  input: string;
  terms: bigint;
  claim: bigint;
  output: string;
}

export interface Request {
  version: string;
  operator: string;
  fee: bigint;
  bond: bigint;
  callbackGas: bigint;
  window: bigint;
  deadline: bigint;
}

export const ZERO = `0x${"0".repeat(64)}`;
export const inlineCommitment = (bytes: string): string => keccak256(`0x00${bytes.slice(2)}`);

/** The contract as seen by a signer. */
export const by = (contract: Contract, signer: ContractRunner): Contract => contract.connect(signer) as Contract;

/** All contracts, with OPG in the hands of every signer and allowances set. */
export async function deployForTests(connection: NetworkConnection, changes: Partial<Parameters> = {}) {
  const { ethers } = connection;
  const verifier = changes.verifier ?? (await (await ethers.deployContract("AlphabetVerifier")).getAddress());
  const parameters: Parameters = { ...readParameters("local"), ...changes, verifier };
  const deployment = await deployProtocol(connection, parameters);
  const contracts = await attach(connection, deployment);
  const signers = await ethers.getSigners();
  for (const signer of signers.slice(0, 8)) {
    if (signer !== signers[0]) await contracts.opg.transfer(signer.address, 1_000_000n * OPG);
    for (const spender of [deployment.jobs, deployment.stakes, deployment.game]) {
      await by(contracts.opg, signer).approve(spender, 2n ** 256n - 1n);
    }
  }
  return { ...contracts, deployment, parameters, signers };
}

async function attach({ ethers }: NetworkConnection, d: Deployment) {
  return {
    opg: await ethers.getContractAt("OPG", d.opg),
    models: await ethers.getContractAt("ModelRegistry", d.models),
    stakes: await ethers.getContractAt("StakeRegistry", d.stakes),
    game: await ethers.getContractAt("DisputeGame", d.game),
    jobs: await ethers.getContractAt("JobRegistry", d.jobs),
    lens: await ethers.getContractAt("Lens", d.lens),
  };
}
export type Protocol = Awaited<ReturnType<typeof deployForTests>>;

/** Publishes a version under a new model of the first signer and returns its id. */
export async function publish({ models, deployment }: Protocol, changes: { programRoot?: string; verifier?: string; price?: bigint; shareBps?: bigint; header?: string } = {}) {
  await (await models.createModel("ipfs://card")).wait();
  const details = {
    modelId: await models.modelCount(),
    programRoot: changes.programRoot ?? keccak256("0x01"),
    verifier: changes.verifier ?? deployment.verifier,
    fileDigest: keccak256("0x02"),
    programDigest: keccak256("0x03"),
    price: changes.price ?? OPG,
    minBond: 100n * OPG,
    minWindow: 60n,
    shareBps: changes.shareBps ?? 500n,
    header: changes.header ?? "0x01",
    fileURI: "ipfs://model.onnx",
    programURI: "ipfs://program.json",
  };
  await (await models.publish(details)).wait();
  return { version: await models.versionId(details), details };
}

export async function mined(tx: ContractTransactionResponse | Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
  const receipt = await (await tx).wait();
  if (receipt === null) throw new Error("no receipt");
  return receipt;
}

/** The job after the events of a receipt: requested, accepted or submitted. */
export function follow({ jobs }: Pick<Protocol, "jobs">, receipt: ContractTransactionReceipt, before?: Job): Job {
  let job = before;
  for (const log of receipt.logs) {
    const event = jobs.interface.parseLog(log);
    if (event === null) continue;
    const { jobId, version, terms, claim, input, output } = event.args.toObject(true) as Record<string, never>;
    if (event.name === "JobRequested") {
      job = { id: jobId, version, input: inlineCommitment(input), terms, claim, output: ZERO };
    } else if (event.name === "JobRequestedByRoots") {
      job = { id: jobId, version, input: rootsCommitment(Array.from(event.args.roots as string[])), terms, claim, output: ZERO };
    } else if (event.name === "JobAccepted" && job !== undefined) {
      job = { ...job, claim };
    } else if (event.name === "JobSubmitted" && job !== undefined) {
      job = { ...job, claim, output: inlineCommitment(output) };
    } else if (event.name === "JobSubmittedByRoots" && job !== undefined) {
      job = { ...job, claim, output: inlineCommitment(concat(Array.from(event.args.roots as string[]))) };
    }
  }
  if (job === undefined) throw new Error("no job in this receipt");
  return job;
}

/** A picture of a digit as float32 pixels (0 … 16)/16, row by row. */
export function imageBytes(pixels: readonly number[]): string {
  const data = Buffer.alloc(pixels.length * 4);
  pixels.forEach((p, i) => data.writeFloatLE(p / 16, 4 * i));
  return `0x${data.toString("hex")}`;
}

export function floats(values: readonly number[]): string {
  const data = Buffer.alloc(values.length * 4);
  values.forEach((v, i) => data.writeFloatLE(v, 4 * i));
  return `0x${data.toString("hex")}`;
}
