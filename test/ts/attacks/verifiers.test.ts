import { expect } from "chai";
import { Wallet } from "ethers";
import { FAMILIES } from "../../../core/program/families.ts";
import { startHardhat } from "../../support/devnets.ts";
import { deployVerifier } from "../../support/families.ts";
import { openScene, type Scene } from "../../support/scene.ts";

/** Publishers choose who judges. Everybody in the oracle refuses a judge that this release does not know, by name. */
describe("a version with another verifier", function () {
  this.timeout(300_000);
  let scene: Scene;
  let version: string;
  let stranger: string;
  let strange: string;

  before(async () => {
    scene = await openScene(startHardhat);
    const { ethers } = scene.devnet.connection;
    ({ version } = await scene.publish());
    stranger = await (await ethers.deployContract("AlphabetVerifier")).getAddress();
    strange = await copyOf(version, stranger);
    for (const party of ["operator", "liar"] as const) {
      const registered = await scene.as(party, "operator", "register", "--bond", "1200");
      expect(registered.code, registered.stderr).to.equal(0);
    }
  });
  after(() => scene.close());

  /** The same version in all but its verifier, published by its publisher past the tool. */
  async function copyOf(of: string, verifier: string): Promise<string> {
    const { devnet, deployment, wallets } = scene;
    const { ethers } = devnet.connection;
    const publisher = new Wallet(wallets.publisher, ethers.provider);
    const models = (await ethers.getContractAt("ModelRegistry", deployment.models)).connect(publisher) as Awaited<ReturnType<typeof ethers.getContractAt>>;
    const details = { ...((await models.versionOf(of)) as { toObject(): object }).toObject(), verifier };
    await (await models.publish(details)).wait();
    return (await models.versionId(details)) as string;
  }

  const refused = (said: string) => expect(said).to.include("VERIFIER_UNKNOWN").and.include(stranger.toLowerCase());

  it("attack: a foreign verifier is shown as what it is", async () => {
    const listed = await scene.as("watcher", "model", "list");
    const [{ versions }] = listed.json!.models as { versions: { version: string; judge: { verifier: string; release: string | null } }[] }[];
    expect(versions.map(({ version: id, judge }) => [id, judge.release])).to.deep.equal([[version, "0.1.0"], [strange, null]]);
    const shown = await scene.as("watcher", "model", "show", strange);
    expect(shown.json!.judge).to.include({ verifier: stranger.toLowerCase(), release: null });
    const known = await scene.as("watcher", "model", "show", version);
    expect((known.json!.judge as { families: unknown[] }).families).to.have.length(FAMILIES.length);
  });

  it("attack: a version with a foreign verifier is neither published, checked nor asked by the tool", async () => {
    for (const argv of [
      ["model", "show", strange, "--check"],
      ["request", strange, "--input", `${scene.folder}/digit.bin`],
      ["model", "publish", `${scene.folder}/digits-cnn/model.canonical.onnx`, "--verifier", stranger, "--local-files"],
    ]) {
      const outcome = await scene.as("requester", ...argv);
      expect(outcome.code, argv.join(" ")).to.not.equal(0);
      refused(outcome.stdout + outcome.stderr);
    }
  });

  it("attack: a version with a foreign verifier is neither served, verified nor watched", async () => {
    const { devnet, deployment, wallets } = scene;
    const { ethers } = devnet.connection;
    const signed = async (name: string, at: string, key: string) =>
      (await ethers.getContractAt(name, at)).connect(new Wallet(key, ethers.provider)) as Awaited<ReturnType<typeof ethers.getContractAt>>;
    const [jobs, token] = [await signed("JobRegistry", deployment.jobs, wallets.requester), await signed("OPG", deployment.opg, wallets.requester)];
    await (await token.approve(deployment.jobs, 2n ** 200n)).wait();
    await (await jobs.deposit(scene.addressOf("requester"), 100n * 10n ** 18n)).wait();
    const { price, minBond, minWindow } = (await jobs.quote(strange)) as { price: bigint; minBond: bigint; minWindow: bigint };
    const deadline = (await ethers.provider.getBlock("latest"))!.timestamp + 600;
    const terms = { version: strange, operator: ethers.ZeroAddress, fee: price, bond: minBond, callbackGas: 0, window: minWindow, deadline };
    const input = new Uint8Array(4 * 64);
    const receipt = await (await jobs.request(terms, input)).wait();
    const [request] = receipt.logs.flatMap((log: never) => jobs.interface.parseLog(log) ?? []);
    const { jobId: id, terms: packed, claim } = request.args as { jobId: bigint; terms: bigint; claim: bigint };

    const operator = await scene.daemon("operator");
    for (let i = 0; i < 3; i++) await scene.round(operator);
    const said = scene.seen.filter(({ who, name }) => who === "operator" && name === "version.refused");
    expect(said.length).to.be.at.least(1);
    expect(JSON.stringify(said[0].fields)).to.include(stranger.toLowerCase());
    expect(await jobs.statusOf(id), "nobody submits").to.equal(1n);

    // Somebody that does not look answers all the same.
    const careless = await signed("JobRegistry", deployment.jobs, wallets.liar);
    const job = { id, version: strange, input: ethers.keccak256(ethers.concat(["0x00", input])), terms: packed, claim, output: ethers.ZeroHash };
    await (await careless.submit(job, new Uint8Array(40))).wait();
    const verified = await scene.as("watcher", "verify", `0x${id.toString(16)}`);
    expect(verified.code).to.not.equal(0);
    expect(verified.stdout + verified.stderr).to.include("cannot judge").and.include(stranger.toLowerCase());
    const watcher = await scene.daemon("watcher");
    for (let i = 0; i < 3; i++) await scene.round(watcher);
    expect(scene.seen.find(({ who, name }) => who === "watcher" && name === "watch.gave-up"), "says why").to.not.equal(undefined);
    expect(await jobs.statusOf(id), "not challenged").to.equal(3n);
    await scene.stop(operator, watcher);
  });

  it("a version is served whoever deployed its verifier, if the code is known", async () => {
    const { connection } = scene.devnet;
    const again = await deployVerifier(connection);
    const published = await scene.as("publisher", "model", "publish", `${scene.folder}/digits-cnn/model.canonical.onnx`, "--verifier", again, "--local-files", "--price", "2", "--min-bond", "500");
    expect(published.code, published.stderr).to.equal(0);
    const job = await scene.request(published.json!.version);
    const operator = await scene.daemon("operator");
    await scene.until(job, "Submitted", operator);
    expect((await scene.as("watcher", "verify", job)).json).to.include({ verdict: "MATCH" });
    await scene.stop(operator);
  });
});
