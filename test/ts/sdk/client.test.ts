import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { JsonRpcProvider, Wallet, ZeroAddress } from "ethers";
import { createPublicClient, createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { connect as connectEthers, OpgError, type Client, type EthersClient, type FetchFile, type Hex } from "../../../sdk/index.ts";
import { connect as connectViem } from "../../../sdk/viem.ts";
import { startHardhat } from "../../support/devnets.ts";
import { programsIn, runProgram } from "../../support/readmeCode.ts";
import { BOND, digit, openScene, OPG, WINDOW, type Scene } from "../../support/scene.ts";

/** The model's pixels are numbers from 0 to 1, row by row. */
const PIXELS = new Float32Array(digit.input.slice().buffer);
const fromDisk: FetchFile = (uri) => Promise.resolve(new Uint8Array(readFileSync(new URL(uri))));

describe("the kit for dApps, on a chain with an operator", function () {
  this.timeout(240_000);
  let scene: Scene;
  let version: Hex;
  let operator: Awaited<ReturnType<Scene["daemon"]>>;
  let provider: JsonRpcProvider;

  before(async () => {
    scene = await openScene(startHardhat);
    version = (await scene.publish()).version as Hex;
    const registered = await scene.as("operator", "operator", "register", "--bond", "2000");
    expect(registered.code, registered.stderr).to.equal(0);
    operator = await scene.daemon("operator", {}, { OPG_API_INDEX: "true", OPG_POLL_MS: "50" });
    provider = new JsonRpcProvider(scene.devnet.url, undefined, { batchMaxCount: 1, cacheTimeout: -1, pollingInterval: 50 });
  });
  after(async () => {
    provider?.destroy();
    await scene?.close();
  });

  const overEthers = (key: string): Promise<Client> => connectEthers(new Wallet(key, provider), { deployment: scene.deployment });
  const overViem = (key: string): Promise<Client> =>
    connectViem(
      {
        public: createPublicClient({ transport: http(scene.devnet.url), cacheTime: 0, pollingInterval: 50 }),
        wallet: createWalletClient({ transport: http(scene.devnet.url), account: privateKeyToAccount(key as Hex) }),
      },
      { deployment: scene.deployment },
    );

  async function fresh(opg: bigint): Promise<string> {
    const wallet = Wallet.createRandom();
    const [funder] = await scene.devnet.connection.ethers.getSigners();
    await (await funder.sendTransaction({ to: wallet.address, value: OPG })).wait();
    if (opg > 0n) await (await scene.token.transfer(wallet.address, opg)).wait();
    return wallet.privateKey;
  }
  const fault = async (doing: Promise<unknown>): Promise<OpgError> => {
    const error: unknown = await doing.then(() => "nothing was refused", (thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(OpgError);
    return error as OpgError;
  };

  for (const [library, connect] of [["ethers", overEthers], ["viem", overViem]] as const) {
    it(`asks with a permit over ${library}, and follows the job to the result that the model gives`, async () => {
      const client = await connect(await fresh(3n * OPG));
      expect(await client.quote(version)).to.deep.equal({ price: 2n * OPG, minBond: BOND, minWindow: WINDOW, shareBps: 1_000, open: true });
      const { job, block } = await client.request(version, [PIXELS]);
      expect(await client.balance()).to.equal(0n);
      const stages: string[] = [];
      for await (const update of client.waitForResult(job, { fromBlock: block, pollMs: 20 })) {
        stages.push(update.stage);
        if (update.stage === "requested") await scene.round(operator);
        else if (update.stage === "submitted" && update.next?.due === false) await scene.devnet.pass(WINDOW);
        else if (update.stage === "submitted") await client.finalize(job);
        else {
          const [logits] = update.outputs!;
          expect(logits).to.deep.include({ dtype: "float32", dims: [1, 10] });
          expect(logits.data.indexOf(Math.max(...(logits.data as Float32Array)) as never)).to.equal(digit.label);
          expect(update.isFinal).to.equal(true);
        }
      }
      expect(stages).to.deep.equal(["requested", "submitted", "submitted", "final"]);
      expect(await client.operator(scene.addressOf("operator").toLowerCase() as Hex)).to.deep.include({ bonded: 2_000n * OPG, locked: 0n });
    });

    it(`pays by approval or of the prepaid balance over ${library}, takes back, and says what is missing`, async () => {
      const client = await connect(await fresh(5n * OPG));
      expect(await fault(client.request(version, [PIXELS], { funding: "balance" }))).to.deep.include({ code: "FUNDS", message: "the prepaid balance is 0.0 OPG, less than 2.0 OPG" });
      const first = await client.request(version, [PIXELS], { funding: "approval", serveWithin: 40 });
      await client.deposit(3n * OPG);
      expect(await client.balance()).to.equal(3n * OPG);
      const second = await client.request(version, [PIXELS], { funding: "balance", operator: scene.addressOf("liar").toLowerCase() as Hex });
      expect(second.job).to.equal(first.job + 1n);
      await client.cancel(second.job);
      expect((await client.job(second.job)).stage).to.equal("cancelled");
      await scene.devnet.pass(60);
      await client.settle(first.job);
      expect(await client.balance()).to.equal(5n * OPG);
      await client.withdraw(5n * OPG);
      expect(await fault(client.deposit(6n * OPG))).to.deep.include({ code: "FUNDS" });
    });

    it(`tells every refusal of a contract over ${library} by its name, its values, and the way out`, async () => {
      const client = await connect(await fresh(5n * OPG));
      const { job } = await client.request(version, [PIXELS]);
      const early = await fault(client.refund(job));
      expect(early.code).to.equal("DeadlineNotPassed");
      expect(early.args).to.deep.include({ id: job });
      expect(early.message).to.match(/^job 0x[0-9a-f]+ may still be served, until \S+Z \(DeadlineNotPassed\)$/);
      expect(early.remedy).to.match(/^wait until then, or cancel/);
      expect(early.cause).to.not.equal(undefined);
      const other = await connect(await fresh(0n));
      expect(await fault(other.cancel(job))).to.deep.include({ code: "NotRequester" });
      expect(await fault(other.withdraw(1n))).to.deep.include({ code: "BalanceTooLow" });
      expect(await fault(client.withdraw(1n, ZeroAddress as Hex))).to.deep.include({ code: "BalanceTooLow" });
      await client.cancel(job);
      expect(await fault(client.cancel(job))).to.deep.include({ code: "WrongStatus" });
      expect(await fault(client.version(`0x${"12".repeat(32)}`))).to.deep.include({ code: "UnknownVersion" });
    });
  }

  it("verifies an honest result on a thread of its own, and shows the number in which a lie differs", async () => {
    const registered = await scene.as("liar", "operator", "register", "--bond", "2000");
    expect(registered.code, registered.stderr).to.equal(0);
    const [client, liar] = await Promise.all([overEthers(await fresh(5n * OPG)), connectEthers(new Wallet(scene.wallets.liar, provider), { deployment: scene.deployment })]);
    const honest = await client.request(version, [PIXELS], { operator: scene.addressOf("operator").toLowerCase() as Hex });
    expect(await client.verify(honest.job)).to.deep.equal({ job: honest.job, verdict: "unknown", detail: "no output was submitted yet" });
    const lied = await client.request(version, [PIXELS], { operator: liarAddress() });
    await scene.round(operator);
    const output = (await client.job(honest.job)).state.output!;
    const { id, version: of, input, terms, claim, output: none } = (await client.job(lied.job)).state.job;
    const bent = Uint8Array.from(output, (byte, at) => (at === 12 ? byte ^ 1 : byte));
    await (await liar.contracts.jobs.submit([id, of, input, terms, claim, none] as never, bent)).wait();

    const told: number[] = [];
    const verdict = { job: honest.job, verdict: "match", detail: "the same bytes, by 12 nodes" };
    expect(await client.verify(honest.job, { fetchFile: fromDisk, onProgress: (done) => told.push(done) })).to.deep.equal(verdict);
    expect(told).to.have.length(12);
    expect(await client.verify(honest.job, { fetchFile: fromDisk, thread: false })).to.deep.equal(verdict);
    const caught = await client.verify(lied.job, { fetchFile: fromDisk });
    expect(caught.verdict).to.equal("mismatch");
    expect(caught.detail).to.match(/^scores\[0, 3\]: expected .+, claimed .+$/);
    expect(await client.verify(honest.job, { fetchFile: fromDisk, mostWork: 1_000 })).to.deep.include({ verdict: "unknown" });
    expect(await fault(client.verify(honest.job))).to.deep.include({ code: "FILE" });
    const stopped = client.verify(honest.job, { fetchFile: fromDisk, signal: AbortSignal.abort(new Error("enough")) });
    expect(String(await stopped.catch((error: unknown) => error))).to.equal("Error: enough");
  });
  const liarAddress = (): Hex => scene.addressOf("liar").toLowerCase() as Hex;

  it("verifies an input that was committed to by its roots, and says where it is not served", async () => {
    const client = await overEthers(await fresh(5n * OPG));
    const { job } = await client.request(version, [PIXELS], { inputUri: "http://127.0.0.1:9/input", operator: scene.addressOf("operator").toLowerCase() as Hex });
    const liar = await connectEthers(new Wallet(scene.wallets.operator, provider), { deployment: scene.deployment });
    const { id, version: of, input, terms, claim, output } = (await client.job(job)).state.job;
    await (await liar.contracts.jobs.submit([id, of, input, terms, claim, output] as never, new Uint8Array(40))).wait();
    const served: FetchFile = (uri, most) => (uri.startsWith("http:") ? Promise.resolve(digit.input) : fromDisk(uri, most));
    expect(await client.verify(job, { fetchFile: served })).to.deep.include({ verdict: "mismatch" });
    const other: FetchFile = (uri, most) => (uri.startsWith("http:") ? Promise.resolve(new Uint8Array(digit.input.length)) : fromDisk(uri, most));
    expect((await fault(client.verify(job, { fetchFile: other }))).message).to.match(/http:\/\/127.0.0.1:9\/input gives other values$/);
  });

  it("refuses terms that the registry would refuse before anything is signed, under its own names", async () => {
    const client = await overEthers(await fresh(5n * OPG));
    const { code, message } = await fault(client.request(version, [PIXELS], { fee: OPG, window: 1, callbackGas: 9_000_000, serveWithin: 0 }));
    expect(code).to.equal("TERMS");
    for (const name of ["fee: 1.0 OPG is less", "window: 1 s is less", "callbackGas: 9000000", "serveWithin: it leaves no time"]) expect(message).to.include(name);
    expect(await fault(client.request(version, [PIXELS.subarray(1)]))).to.deep.include({ code: "TENSOR" });
    expect(await client.balance()).to.equal(0n);
  });

  it("only reads without an account, and on no other chain than that of the deployment", async () => {
    const reader = await connectEthers(provider, { deployment: scene.deployment });
    expect((await reader.version(version)).quote.price).to.equal(2n * OPG);
    expect(await fault(reader.request(version, [PIXELS]))).to.deep.include({ code: "NO_ACCOUNT" });
    expect(await fault(connectEthers(provider))).to.deep.include({ code: "DEPLOYMENT", message: "no public deployment is known on chain 31337" });
    expect(await fault(connectEthers(provider, { deployment: { ...scene.deployment, chainId: 1 } }))).to.deep.include({ code: "DEPLOYMENT" });
    expect(await fault(connectEthers(provider, { deployment: scene.deployment, chainId: 1 }))).to.deep.include({ code: "DEPLOYMENT" });
    expect(await fault(connectEthers(provider, { deployment: { ...scene.deployment, lens: "0x1" } }))).to.deep.include({ message: "the deployment has no address of lens" });
    const viem = await connectViem({ public: createPublicClient({ transport: http(scene.devnet.url) }) }, { deployment: scene.deployment });
    expect(await fault(viem.deposit(1n))).to.deep.include({ code: "NO_ACCOUNT" });
    const gone = await connectEthers(provider, { deployment: { ...scene.deployment, jobs: `0x${"9".repeat(40)}` } });
    expect(await fault(gone.quote(version))).to.deep.include({ code: "CHAIN" });
  });

  it("lists models with their versions, operators, and specs under the names of the published file", async () => {
    const client = await connectEthers(provider, { deployment: scene.deployment });
    const [model] = await client.models();
    expect(model).to.deep.include({ id: 1n, owner: scene.addressOf("publisher").toLowerCase(), versions: [version] });
    expect(await client.model(1n)).to.deep.equal(model);
    expect(await fault(client.model(2n))).to.deep.include({ code: "VERSION" });
    const found = await client.version(version);
    expect(found).to.deep.include({ modelId: 1n, verifierKnown: true, successor: undefined });
    expect([found.inputs, found.outputs].flat().map(({ name, dims }) => [name, dims])).to.deep.equal([["input 0", [1, 1, 8, 8]], ["output 0", [1, 10]]]);
    const named = await client.namedSpecs(version, fromDisk);
    expect([named.inputs, named.outputs].flat().map(({ name }) => name)).to.deep.equal(["image", "scores"]);
    expect(await fault(client.namedSpecs(version))).to.deep.include({ code: "FILE" });
    const bent: FetchFile = async (uri, most) => (await fromDisk(uri, most)).subarray(1);
    expect((await fault(client.namedSpecs(version, bent))).message).to.match(/gives bytes with the SHA-256 0x/);
    expect((await client.operators()).map(({ address }) => address)).to.deep.equal([scene.addressOf("operator").toLowerCase(), liarAddress()]);
  });

  it("takes inputs and gives outputs by the names of the published file, and refuses those of another version", async () => {
    const client = await overEthers(await fresh(5n * OPG));
    const named = await client.namedSpecs(version, fromDisk);
    const { job, block } = await client.request(version, { image: PIXELS }, { named });
    await scene.round(operator);
    for await (const { stage, outputs } of client.waitForResult(job, { named, fromBlock: block, pollMs: 20 })) {
      if (stage !== "submitted") continue;
      expect(outputs!.map(({ name }) => name)).to.deep.equal(["scores"]);
      break;
    }
    const other = { ...named, inputs: [{ ...named.inputs[0], dims: [8, 8] }] };
    expect((await fault(client.request(version, { image: PIXELS }, { named: other }))).message).to.equal("the version has float32 [1, 1, 8, 8], the named specs float32 [8, 8]");
    expect(await fault(client.request(version, { image: PIXELS }))).to.deep.include({ code: "TENSOR" });
  });

  it("does what its README says, block by block", async () => {
    const sdk = join(import.meta.dirname, "..", "..", "..", "sdk");
    const places = { "opengradient-optimistic-sdk": join(sdk, "index.ts"), "opengradient-optimistic-sdk/viem": join(sdk, "viem.ts"), "opengradient-optimistic-sdk/history": join(sdk, "history", "index.ts") };
    const programs = programsIn(join(sdk, "README.md"));
    expect(programs).to.have.length(2);
    const given = { RPC_URL: scene.devnet.url, PRIVATE_KEY: await fresh(3n * OPG), DEPLOYMENT: join(scene.folder, "deployment.json"), VERSION: version, API_URL: operator.api.url };
    Object.assign(process.env, given);
    let isOver = false;
    const goingOn = (async () => {
      for (; !isOver; await scene.devnet.pass(20)) await scene.round(operator);
    })();
    try {
      const printed = (await runProgram(programs[0], places)).map((values) => values.join(" "));
      expect(printed.join("\n")).to.match(/^requested because [^]*^submitted because [^]*^final because settled\nit is a \d\nmatch the same bytes, by 12 nodes\n(JobMismatch|WrongStatus) /m);
      expect(printed.join("\n")).to.match(/^(0x\w+ \w+ by \w+\n)+(that is all|\d)\n(\d+ of \d+ blocks\n)+(0x\w+ \w+ by \w+\n)+(that is all|\d)\n(\d+ of \d+ blocks\n)*JobRequested, JobSubmitted, JobFinalized$/m);
      expect(await runProgram(programs[1], places)).to.deep.equal([[0n]]);
    } finally {
      isOver = true;
      await goingOn;
      for (const name of Object.keys(given)) delete process.env[name];
    }
  });

  it("hands out the contracts themselves, with types", async () => {
    const client: EthersClient = await connectEthers(provider, { deployment: scene.deployment });
    const window: bigint = await client.contracts.jobs.maxWindow();
    expect(window).to.equal(3600n);
    const { price } = await client.contracts.jobs.quote(version);
    expect(price).to.equal(2n * OPG);
    expect(await client.contracts.lens.isVerifierKnown(await client.contracts.verifier.getAddress())).to.equal(true);
  });
});
