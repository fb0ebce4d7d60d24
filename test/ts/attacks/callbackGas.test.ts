/** The gas that a callback begins with, where whoever finalizes sets the gas of its call to the unit. */
import { expect } from "chai";
import { Wallet, type ContractTransactionReceipt, type ContractTransactionResponse } from "ethers";
import { network } from "hardhat";
import { OPG, by, deployForTests, follow, mined, publish, type Job } from "../../support/protocol.ts";

const AGREED = 60_000;
const LENGTHS = [0, 32, 1_024, 16_384, 32_768, 65_536];
const AMPLE = 6_000_000;

/** Runtime: GAS, PUSH0, SSTORE, STOP. Notes the gas that it was called with. */
const METER = "0x635a5f55005f526004601cf3";
/** Runtime: PUSH0, PUSH0, REVERT. */
const REFUSING = "0x625f5ffd5f526003601df3";
/** Notes the gas when the registry calls; hands on to the registry what anybody else calls it with. */
const requesterOver = (jobs: string): string =>
  `0x602d8060095f395ff373${jobs.slice(2)}803314602857365f5f375f5f365f5f855af1005b5a5f5500`;
/** Makes a call of 260 bytes and then zeros: calldata is those bytes, gas, address and the whole length. */
const RELAY = "0x7f6101045f5f375f5f610144355f5f6101243561010435f115601c57005b5f5ffd5f5260205ff3";

interface Requester {
  readonly address: string;
  request(data: string): Promise<ContractTransactionReceipt>;
  /** Delegates to this code from now on (EIP-7702). */
  delegate?(code: string): Promise<void>;
}

async function openWorld() {
  const connection = await network.create();
  const { ethers } = connection;
  const protocol = await deployForTests(connection, { maxOutputBytes: 65_536n });
  const { jobs, stakes, signers } = protocol;
  const [deployer, operator] = signers;
  const { version } = await publish(protocol);
  const jobsAddress = await jobs.getAddress();
  await by(stakes, operator).bond(jobsAddress, 100_000n * OPG);
  const create = async (data: string) => (await (await deployer.sendTransaction({ data })).wait())!.contractAddress!;
  return { connection, ethers, protocol, jobs, jobsAddress, deployer, operator, version, create, relay: await create(RELAY) };
}
type World = Awaited<ReturnType<typeof openWorld>>;

async function contractRequester({ jobs, jobsAddress, deployer, create }: World): Promise<Requester> {
  const address = await create(requesterOver(jobsAddress));
  await by(jobs, deployer).deposit(address, 1_000n * OPG);
  return { address, request: (data) => mined(deployer.sendTransaction({ to: address, data, gasLimit: 1_000_000 }) as Promise<ContractTransactionResponse>) };
}

/** An account of its own key. */
async function accountRequester({ connection, ethers, deployer, jobs, jobsAddress, create }: World): Promise<Requester> {
  const wallet = new ethers.Wallet(Wallet.createRandom().privateKey, ethers.provider);
  await (await deployer.sendTransaction({ to: wallet.address, value: 10n ** 19n })).wait();
  await by(jobs, deployer).deposit(wallet.address, 1_000n * OPG);
  const { chainId } = await ethers.provider.getNetwork();
  let nonce = 0;
  const send = async (fields: object) => {
    const fees = { chainId, gasLimit: 1_000_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
    const raw = await wallet.signTransaction({ type: 2, ...fees, nonce: nonce++, ...fields });
    const hash = await connection.provider.request({ method: "eth_sendRawTransaction", params: [raw] });
    return (await ethers.provider.getTransactionReceipt(hash as string)) as ContractTransactionReceipt;
  };
  return {
    address: wallet.address,
    request: (data) => send({ to: jobsAddress, data }),
    async delegate(code) {
      const authorization = wallet.authorizeSync({ address: await create(code), nonce: BigInt(nonce + 1), chainId });
      await send({ type: 4, to: deployer.address, authorizationList: [authorization] });
      nonce++;
      expect(await ethers.provider.getCode(wallet.address)).to.match(/^0xef0100/);
    },
  };
}

/** A job with an output of this length whose window is over. */
async function due(world: World, requester: Requester, length: number): Promise<{ job: Job; output: string }> {
  const { connection, protocol, jobs, operator, version } = world;
  const { time } = connection.networkHelpers;
  const terms = { version, operator: operator.address, fee: OPG, bond: 100n * OPG, callbackGas: AGREED, window: 60, deadline: (await time.latest()) + 600 };
  const requested = follow(protocol, await requester.request(jobs.interface.encodeFunctionData("request", [terms, "0x01"])));
  const output = `0x${"00".repeat(length)}`;
  const job = follow(protocol, await mined(by(jobs, operator).submit(requested, output, { gasLimit: 16_000_000 })), requested);
  await time.increase(61);
  return { job, output };
}

type Move = "finalize" | "retryCallback";

/** The move as the relay makes it, with so much gas. */
function relayed({ jobs, jobsAddress, relay }: World, move: Move, job: Job, output: string) {
  const whole = jobs.interface.encodeFunctionData(move, [job, output]);
  const word = (value: bigint | number) => value.toString(16).padStart(64, "0");
  const length = whole.length / 2 - 1;
  return (gas: number) => ({ to: relay, data: `${whole.slice(0, 522)}${word(gas)}${word(BigInt(jobsAddress))}${word(length)}`, gasLimit: 12_000_000 });
}

const passes = ({ deployer }: World, call: object): Promise<boolean> =>
  deployer.call(call).then(
    () => true,
    () => false,
  );

/** The least gas with which the call goes through. */
async function least(world: World, send: (gas: number) => object): Promise<number> {
  let [low, high] = [0, AMPLE];
  expect(await passes(world, send(AMPLE)), "with plenty of gas").to.equal(true);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await passes(world, send(middle))) high = middle;
    else low = middle;
  }
  return high;
}

/** Makes the move with so much gas; what the callback began with, as the requester's storage says, and whether it worked. */
async function make(world: World, requester: Requester, call: object): Promise<{ received: number; delivered: boolean }> {
  const { ethers, deployer, jobs } = world;
  const receipt = await mined(deployer.sendTransaction(call) as Promise<ContractTransactionResponse>);
  const events = receipt.logs.map((log) => jobs.interface.parseLog(log));
  const delivered = events.some((event) => event?.name === "CallbackDelivered" || (event?.name === "JobFinalized" && event.args.delivered === true));
  return { received: Number(await ethers.provider.getStorage(requester.address, 0)), delivered };
}

describe("a callback's gas", function () {
  this.timeout(300_000);

  async function finalizeWithTheLeast(requesterOf: (world: World) => Promise<Requester>) {
    const world = await openWorld();
    const requester = await requesterOf(world);
    for (const length of LENGTHS) {
      const first = await due(world, requester, length);
      const ample = await make(world, requester, relayed(world, "finalize", first.job, first.output)(AMPLE));
      expect(ample.received, `${length} bytes, plenty of gas`).to.be.within(AGREED - 150, AGREED);
      const { job, output } = await due(world, requester, length);
      const send = relayed(world, "finalize", job, output);
      const limit = await least(world, send);
      expect(await make(world, requester, send(limit)), `${length} bytes, ${limit} gas`).to.deep.equal({ received: ample.received, delivered: true });
    }
  }

  it("attack: finalizing with the least gas that goes through, for a contract", () => finalizeWithTheLeast(contractRequester));

  it("attack: finalizing with the least gas that goes through, for an account that delegates", () =>
    finalizeWithTheLeast(async (world) => {
      const account = await accountRequester(world);
      await account.delegate!(METER);
      return account;
    }));

  it("attack: retrying with the least gas that goes through", async () => {
    const world = await openWorld();
    const requester = await accountRequester(world);
    for (const length of LENGTHS) {
      await requester.delegate!(REFUSING);
      const { job, output } = await due(world, requester, length);
      const refused = await make(world, requester, relayed(world, "finalize", job, output)(AMPLE));
      expect(refused.delivered).to.equal(false);
      await requester.delegate!(METER);
      const send = relayed(world, "retryCallback", job, output);
      const limit = await least(world, send);
      const { received, delivered } = await make(world, requester, send(limit));
      expect(delivered).to.equal(true);
      expect(received, `${length} bytes, ${limit} gas`).to.be.within(AGREED - 150, AGREED + 300);
    }
  });

  it("attack: finalizing with the least gas that goes through, for an account without code", async () => {
    const world = await openWorld();
    const requester = await accountRequester(world);
    for (const length of LENGTHS) {
      const { job, output } = await due(world, requester, length);
      const send = relayed(world, "finalize", job, output);
      expect((await make(world, requester, send(await least(world, send)))).delivered).to.equal(true);
    }
  });
});
