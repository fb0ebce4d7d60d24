/** The real registries and game with the toy verifier, on a node that libraries speak with over HTTP; parties play by hand. */
import { AbiCoder, JsonRpcProvider, type Contract, type JsonRpcSigner } from "ethers";
import { encodeHeader } from "../../core/program/program.ts";
import type { Job as CoreJob } from "../../core/jobs/job.ts";
import type { Hex } from "../../core/hex.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { startHardhat } from "./devnets.ts";
import { by, deployForTests, follow, mined, OPG, publish, type Job } from "./protocol.ts";

export const WINDOW = 60;
export const BOND = 100n * OPG;
const letter = { dtype: DType.uint8, dims: [1] };

export type AlphabetScene = Awaited<ReturnType<typeof openAlphabet>>;

/** A letter goes in, and the letter at the end of the operator's alphabet comes out. */
export async function openAlphabet() {
  const devnet = await startHardhat();
  const protocol = await deployForTests(devnet.connection);
  const { signers, jobs, game, deployment } = protocol;
  const [publisher, requester, operator, challenger] = signers;
  const header = encodeHeader({ tensorCount: 2, nodes: [], inputs: [{ name: "in", ...letter }], outputs: [{ name: "out", id: 1, ...letter }] });
  const { version } = await publish(protocol, { header: `0x${Buffer.from(header).toString("hex")}` });
  await mined(by(jobs, requester).deposit(requester.address, 1_000n * OPG));
  await mined(by(protocol.stakes, operator).bond(deployment.jobs, 1_000n * OPG));
  await mined(by(game, challenger).deposit(challenger.address, 1_000n * OPG));
  const provider = new JsonRpcProvider(devnet.url, undefined, { batchMaxCount: 1, cacheTimeout: -1, pollingInterval: 50 });

  const timestamp = async (): Promise<number> => (await devnet.connection.ethers.provider.getBlock("latest"))!.timestamp;
  const bytes = (text: string): string => `0x${Buffer.from(text).toString("hex")}`;
  const terms = async (callbackGas = 0n) => ({
    ...{ version, operator: `0x${"0".repeat(40)}`, fee: OPG, bond: BOND, callbackGas, window: BigInt(WINDOW) },
    deadline: BigInt((await timestamp()) + 100),
  });
  const words = ({ id, version: of, input, terms: t, claim, output }: Job | CoreJob) => [id, of, input, t, claim, output];

  return {
    ...{ devnet, protocol, provider, version: version as Hex, publisher, requester, operator, challenger, terms, words, bytes },
    signer: (address: string): Promise<JsonRpcSigner> => provider.getSigner(address),
    async request(text = "a"): Promise<Job> {
      return follow(protocol, await mined(by(jobs, requester).request(await terms(), bytes(text))));
    },
    accept: async (job: Job): Promise<Job> => follow(protocol, await mined(by(jobs, operator).accept(words(job))), job),
    submit: async (job: Job, text = "c"): Promise<Job> => follow(protocol, await mined(by(jobs, operator).submit(words(job), bytes(text))), job),
    challenge: (job: Job) => mined(by(game, challenger).challenge(words(job))),
    open: (job: Job, trace = "abc") => mined(by(game, operator).open(words(job), bytes(trace), "http://operator")),
    demand: (job: Job, index: number) => mined(by(game, challenger).demand(words(job), AbiCoder.defaultAbiCoder().encode(["uint256[]"], [[index]]))),
    reveal: (job: Job, index: number, trace: string) => mined(by(game, operator).reveal(job.id, AbiCoder.defaultAbiCoder().encode(["uint256[]", "bytes"], [[index], bytes(trace)]))),
    call: (contract: Contract, name: string, job: Job, ...more: unknown[]) => mined(by(contract, operator).getFunction(name).send(words(job), ...more)),
    async close(): Promise<void> {
      provider.destroy();
      await devnet.close();
    },
  };
}
