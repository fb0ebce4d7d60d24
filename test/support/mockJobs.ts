/** A mock registry with one open version, for tests of consumers. */
import type { Contract, ContractTransactionResponse } from "ethers";
import { ZeroAddress } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import { floats, mined, OPG } from "./protocol.ts";

export const VERSION = `0x${"5e".repeat(32)}`;
/** What a consumer is constructed with: `deadline` is a period. */
export const TERMS = { version: VERSION, operator: ZeroAddress, fee: OPG, bond: 100n * OPG, callbackGas: 300_000, window: 60, deadline: 3_600 } as const;

export async function openMock({ ethers }: NetworkConnection) {
  const jobs: Contract = await ethers.deployContract("MockJobRegistry", [ZeroAddress]);
  await jobs.mockPublish(VERSION, { price: OPG, minBond: 100n * OPG, minWindow: 60, shareBps: 500, open: true });

  /** A consumer of this registry, prepaid. */
  async function deploy(name: string, ...args: readonly unknown[]): Promise<Contract> {
    const consumer: Contract = await ethers.deployContract(name, [jobs, TERMS, ...args]);
    await jobs.deposit(consumer, 100n * OPG);
    return consumer;
  }

  /** The job that a transaction asked for. */
  async function askedBy(tx: Promise<ContractTransactionResponse>): Promise<bigint> {
    const { logs } = await mined(tx);
    const event = logs.map((log) => jobs.interface.parseLog(log)).find((each) => each?.name === "JobRequested");
    if (event === null || event === undefined) throw new Error("nothing was asked");
    return event.args.jobId as bigint;
  }

  /** Whether an answer of these float32 numbers was taken. */
  async function answer(jobId: bigint, ...values: readonly number[]): Promise<boolean> {
    const { logs } = await mined(jobs.mockAnswer(jobId, floats(values)));
    return logs.map((log) => jobs.interface.parseLog(log)).find((each) => each?.name === "JobFinalized")!.args.delivered as boolean;
  }

  /** The numbers that a job was asked about. */
  async function inputOf(jobId: bigint): Promise<number[]> {
    const bytes = Buffer.from(((await jobs.mockInput(jobId)) as string).slice(2), "hex");
    return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  }

  return { jobs, deploy, askedBy, answer, inputOf };
}

