import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { challengePrice } from "../../../core/dispute/prices.ts";
import { outputId } from "../../../core/program/program.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { argmax } from "../../../models/digits.ts";
import { BOND, digit, NOWHERE, OPG, openScene, WINDOW, type Scene } from "../../support/scene.ts";
import { readParameters } from "../../../scripts/deploy.ts";
import { DEVNETS, type Devnet } from "../../support/devnets.ts";
import { lyingVersions } from "../../../scripts/devnet/liar.ts";

if (DEVNETS.length === 1) console.log("end to end: anvil is not tested, for it is not installed on this platform");

const FEE = challengePrice(readParameters("local"), BOND);

for (const { name, start } of DEVNETS) {
  describe(`opg end to end on ${name}`, function () {
    this.timeout(300_000);
    let scene: Scene;
    let devnet: Devnet;
    let folder: string;
    let holders: string[];
    let version: string;
    let compiled: CompiledModel;
    let wallets: Scene["wallets"];
    let seen: Scene["seen"];
    const as: Scene["as"] = (...call) => scene.as(...call);
    const daemon: Scene["daemon"] = (...call) => scene.daemon(...call);
    const until: Scene["until"] = (...call) => scene.until(...call);
    const stop: Scene["stop"] = (...call) => scene.stop(...call);
    const request = (...extra: string[]) => scene.request(version, undefined, ...extra);

    before(async () => {
      scene = await openScene(start);
      ({ devnet, folder, wallets, seen } = scene);
      holders = [scene.deployment.jobs, scene.deployment.stakes, scene.deployment.game];
    });
    after(() => scene.close());

    it("compiles and publishes a model that anybody can rebuild", async () => {
      ({ version, compiled } = await scene.publish());
      const listed = await as("watcher", "model", "list");
      expect(listed.json!.models).to.have.length(1);
      const shown = await as("watcher", "model", "show", version, "--check");
      expect(shown.json, shown.stderr).to.include({ version, state: "published", checked: true });
    });

    it("takes an honest operator from registration to a final result that anybody can verify", async () => {
      const registered = await as("operator", "operator", "register", "--bond", "1200");
      expect(registered.code, registered.stderr).to.equal(0);
      const job = await request();
      const [operator, keeper] = [await daemon("operator"), await daemon("keeper")];
      await until(job, "Submitted", operator);
      const verified = await as("watcher", "verify", job);
      expect(verified.code).to.equal(0);
      expect(verified.json).to.include({ verdict: "MATCH" });
      const status = await as("operator", "operator", "status");
      expect(BigInt(status.json!.locked)).to.equal(500n * OPG);

      await devnet.pass(WINDOW);
      await until(job, "Final", operator, keeper);
      const final = await as("requester", "job", job);
      expect(argmax(Buffer.from(String(final.json!.output).slice(2), "hex"))).to.equal(digit.label);
      const collected = await as("operator", "operator", "collect");
      expect(BigInt(collected.json!.collected)).to.equal((2n * OPG * 9n) / 10n);
      await stop(operator, keeper);
    });

    it("convicts a liar that altered one number deep inside and carried it through", async () => {
      expect((await as("liar", "operator", "bond", "500")).code).to.equal(0);
      const liarAddress = new Wallet(wallets.liar).address;
      const job = await request("--operator", liarAddress);
      const first = compiled.program.inputs.length;
      const flip = (bytes: Uint8Array) => {
        new DataView(bytes.buffer, bytes.byteOffset).setFloat32(4 * 21, 3.25, true);
      };
      const liar = await daemon("liar", {
        twin: () => true,
        wrapVersions: (honest) => lyingVersions(honest, compiled, ortRuntime, first, flip),
      });
      await until(job, "Submitted", liar);
      const verified = await as("watcher", "verify", job);
      expect(verified.code).to.equal(1);
      expect(verified.json).to.include({ verdict: "MISMATCH" });
      expect(verified.json!.difference).to.have.property("element");

      const watcher = await daemon("watcher");
      await until(job, "Challenged", watcher);
      await until(job, "Convicted", liar, watcher);
      const accused = seen.find((event) => event.name === "watch.accused");
      expect(accused?.fields).to.include({ node: 0, element: "21" });
      await devnet.pass(400);
      for (let round = 0; round < 6; round++) {
        await watcher.daemon.tick();
        await watcher.daemon.idle();
      }
      const after = await as("watcher", "operator", "status");
      expect(BigInt(after.json!.credit), "the reward: 40 % of the bond").to.equal(200n * OPG);
      expect(BigInt(after.json!.gameBalance), "the challenge fee is back").to.equal(FEE);
      await liar.daemon.tick();
      const told = (who: string, name: string) => seen.filter((event) => event.who === who && event.name === name).map(({ fields }) => fields);
      expect(told("watcher", "watch.convicted")).to.deep.equal([{ job, by: "proof", reward: "200.0" }]);
      expect(told("watcher", "watch.earned")).to.deep.equal([{ job, amount: "200.0" }]);
      expect(told("liar", "job.convicted")).to.deep.equal([{ job, slashed: "500.0" }]);
      const slashed = await as("liar", "operator", "status");
      expect(BigInt(slashed.json!.bonded)).to.equal(0n);
      await stop(liar, watcher);
    });

    it("finds a last digit altered in the output alone, and a challenge by hand", async () => {
      expect((await as("liar", "operator", "bond", "500")).code).to.equal(0);
      const job = await request("--operator", new Wallet(wallets.liar).address);
      const last = compiled.program.outputs[0].id;
      const liar = await daemon("liar", {
        twin: () => true,
        wrapVersions: (honest) => lyingVersions(honest, compiled, ortRuntime, last, (bytes) => (bytes[0] ^= 1)),
      });
      await until(job, "Submitted", liar);
      const challenged = await as("watcher", "challenge", job);
      expect(challenged.code, challenged.stderr).to.equal(0);
      const watcher = await daemon("watcher");
      await until(job, "Convicted", liar, watcher);
      await stop(liar, watcher);
    });

    it("has a liar that stays silent convicted by default", async () => {
      expect((await as("liar", "operator", "bond", "500")).code).to.equal(0);
      const job = await request("--operator", new Wallet(wallets.liar).address);
      const last = compiled.program.outputs[0].id;
      const liar = await daemon("liar", {
        twin: () => true,
        wrapVersions: (honest) => lyingVersions(honest, compiled, ortRuntime, last, (bytes) => (bytes[3] ^= 0x80)),
      });
      await until(job, "Submitted", liar);
      await stop(liar);
      const watcher = await daemon("watcher");
      await until(job, "Challenged", watcher);
      await devnet.pass(700);
      await until(job, "Convicted", watcher);
      const shown = await as("requester", "job", job);
      expect(shown.json!.reason).to.match(/did not open in time/);
      await stop(watcher);
    });

    it("convicts a liar that serves no tensor: what it withholds is demanded on chain", async () => {
      expect((await as("liar", "operator", "bond", "500")).code).to.equal(0);
      const job = await request("--operator", new Wallet(wallets.liar).address);
      const middle = compiled.program.nodes.findIndex(({ op }, i) => op === "Conv" && i > 0);
      const lie = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).setFloat32(4 * 77, 3.25, true);
      const liar = await daemon(
        "liar",
        { twin: () => true, wrapVersions: (honest) => lyingVersions(honest, compiled, ortRuntime, outputId(compiled.program.nodes[middle]), lie) },
        { OPG_PUBLIC_URL: NOWHERE },
      );
      await until(job, "Submitted", liar);
      const watcher = await daemon("watcher");
      const before = seen.length;
      await until(job, "Convicted", liar, watcher);
      const told = seen.slice(before);
      expect(told.filter(({ name }) => name === "watch.demanded").length).to.be.within(1, 2);
      expect(told.find(({ name }) => name === "watch.accused")?.fields).to.include({ node: middle, element: "77" });
      await devnet.pass(400);
      for (let round = 0; round < 6; round++) {
        await watcher.daemon.tick();
        await watcher.daemon.idle();
      }
      const sent = told.concat(seen.slice(before)).filter(({ name }) => name === "tx.confirmed");
      const kinds = new Set(sent.map(({ fields }) => (fields as { kind: string }).kind.replace(/-.*/, "")));
      expect([...kinds]).to.include.members(["challenge", "open", "demand", "reveal", "commit", "convict", "reclaim"]);
      const after = await as("watcher", "operator", "status");
      expect(BigInt(after.json!.gameBalance) >= FEE, "fee and deposits are back").to.equal(true);
      await stop(liar, watcher);
    });

    it("convicts an operator that opens and then answers no demand", async () => {
      expect((await as("liar", "operator", "bond", "500")).code).to.equal(0);
      const job = await request("--operator", new Wallet(wallets.liar).address);
      const lie = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).setFloat32(4 * 77, 3.25, true);
      const first = outputId(compiled.program.nodes[0]);
      const liar = await daemon(
        "liar",
        { twin: () => true, wrapVersions: (honest) => lyingVersions(honest, compiled, ortRuntime, first, lie) },
        { OPG_PUBLIC_URL: NOWHERE },
      );
      await until(job, "Submitted", liar);
      const watcher = await daemon("watcher");
      await until(job, "Challenged", watcher);
      while ((await as("requester", "job", job)).json!.opened !== true) {
        await liar.daemon.tick();
        await liar.daemon.idle();
        await liar.daemon.tick();
        await devnet.pass(1);
      }
      await stop(liar);
      const before = seen.length;
      for (let round = 0; round < 8; round++) {
        await watcher.daemon.tick();
        await watcher.daemon.idle();
        await devnet.pass(1);
      }
      expect(seen.slice(before).some(({ name }) => name === "watch.demanded")).to.equal(true);
      await devnet.pass(70);
      await until(job, "Convicted", watcher);
      const shown = await as("requester", "job", job);
      expect(shown.json!.reason).to.match(/did not answer a demand/);
      await stop(watcher);
    });

    it("never accuses an honest operator, and pays it for a groundless challenge", async () => {
      const job = await request();
      const operator = await daemon("operator");
      await until(job, "Submitted", operator);
      const refused = await as("keeper", "challenge", job);
      expect(refused.code).to.equal(1);
      expect(refused.json!.error).to.include({ code: "CHALLENGE_GROUNDLESS" });
      expect((await as("keeper", "challenge", job, "--force")).code).to.equal(0);
      const watcher = await daemon("watcher");
      await until(job, "Challenged", operator, watcher);
      const accusations = seen.filter((event) => event.name === "watch.accused").length;
      for (let round = 0; round < 4; round++) await until(job, "Challenged", operator, watcher);
      await devnet.pass(WINDOW + 1_300);
      await until(job, "Final", operator, watcher);
      expect(seen.filter((event) => event.name === "watch.accused").length).to.equal(accusations);
      const status = await as("operator", "operator", "status");
      expect(BigInt(status.json!.gameBalance), "the challenger's fee").to.equal(FEE);
      await stop(operator, watcher);
    });

    it("resumes after a stop: what was recorded is submitted, once", async () => {
      const job = await request();
      const before = await daemon("operator");
      await before.daemon.tick();
      await before.daemon.idle();
      expect((await as("requester", "job", job)).json!.status).to.equal("Requested");
      await stop(before);
      const after = await daemon("operator");
      await after.store.wake();
      await until(job, "Submitted", after);
      await stop(after);
    });

    it("refunds a job that nobody serves", async () => {
      const job = await request("--operator", Wallet.createRandom().address, "--deadline", "60");
      const keeper = await daemon("keeper");
      await keeper.daemon.tick();
      await devnet.pass(61);
      await until(job, "Refunded", keeper);
      await stop(keeper);
    });

    it("lets the operator leave after the delay", async () => {
      const started = await as("operator", "operator", "exit", "--amount", "600", "--yes");
      expect(started.code, started.stderr).to.equal(0);
      expect((await as("operator", "operator", "exit", "--withdraw")).json!.error).to.include({ code: "TX_REFUSED" });
      await devnet.pass(7_201);
      const left = await as("operator", "operator", "exit", "--withdraw");
      expect(left.code, left.stderr).to.equal(0);
      expect(BigInt(left.json!.bonded)).to.equal(600n * OPG);
    });

    it("refuses unusable input with exit code 2 and a fix", async () => {
      for (const argv of [
        ["job", "nonsense"],
        ["request", "0x12"],
        ["request", version],
        ["request", version, "--values", "1,2"],
        ["operator", "bond", "much"],
        ["run"],
        ["model", "compile", join(folder, "digit.bin")],
        ["model", "compile", "nowhere.onnx"],
        ["unknown"],
      ]) {
        const refused = await as("requester", ...argv);
        expect(refused.code, argv.join(" ")).to.equal(2);
        expect(refused.json!.error, argv.join(" ")).to.have.property("message");
      }
      const missing = await as("requester", "job", "0x123456789");
      expect(missing.code).to.equal(1);
      expect(missing.json!.error).to.include({ code: "JOB_UNKNOWN" });
    });

    it("has told what the chain says of a job once, though daemons came and went", () => {
      const fromChain = ["job.submitted", "job.challenged", "job.finalized", "job.convicted", "dispute.opened", "dispute.resolved", "watch.convicted", "watch.earned"];
      const said = seen.filter(({ name }) => fromChain.includes(name));
      expect(said.map(({ name }) => name)).to.include.members(fromChain);
      const facts = said.map(({ who, name, fields }) => `${who} ${name} ${JSON.stringify(fields)}`);
      expect(facts.filter((fact, i) => facts.indexOf(fact) !== i)).to.deep.equal([]);
    });

    it("shows no key in anything that was written", async () => {
      const shown = await Promise.all([as("operator", "config", "check"), as("operator", "key", "address")]);
      for (const { stdout, stderr } of shown) {
        for (const key of Object.values(wallets)) expect(stdout + stderr).to.not.include(key.slice(2));
      }
      for (const event of seen) {
        for (const key of Object.values(wallets)) expect(JSON.stringify(event)).to.not.include(key.slice(2));
      }
    });

    it("leaves every OPG where it is owed", async () => {
      const { ethers } = devnet.connection;
      let held = 0n;
      for (const holder of holders) held += (await scene.token.balanceOf(holder)) as bigint;
      const [jobs, stakes, game] = await Promise.all([
        ethers.getContractAt("JobRegistry", holders[0]),
        ethers.getContractAt("StakeRegistry", holders[1]),
        ethers.getContractAt("DisputeGame", holders[2]),
      ]);
      let owed = ((await stakes.burnable()) as bigint) + ((await jobs.shareOf(version)) as bigint);
      for (const account of [...Object.values(wallets).map((key) => new Wallet(key).address), holders[2]]) {
        owed += (await jobs.balanceOf(account)) + (await game.balanceOf(account)) + (await stakes.creditOf(account));
        owed += ((await stakes.bondOf(account, holders[0])) as { bonded: bigint }).bonded;
      }
      // One job is still in its window: its fee is in escrow.
      expect(held - owed).to.equal(2n * OPG);
    });
  });
}
