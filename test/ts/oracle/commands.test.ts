import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { challengePrice } from "../../../core/dispute/prices.ts";
import { deploymentInTheWay, readParameters, writeDeployment } from "../../../scripts/deploy.ts";
import { DEVNETS } from "../../support/devnets.ts";
import { startBentNode } from "../../support/bentNode.ts";
import { opg, type Outcome } from "../../support/commandLine.ts";
import { commandsWithHelp, done, nonceOf, refused } from "../../support/commands.ts";
import { BOND, OPG, openScene, WINDOW, type PartyName, type Scene } from "../../support/scene.ts";

describe("the command line", function () {
  this.timeout(300_000);
  let scene: Scene;
  let version: string;
  let canonical: string;

  before(async () => {
    scene = await openScene(DEVNETS.at(-1)!.start);
    ({ version } = await scene.publish());
    canonical = join(scene.folder, "digits-cnn", "model.canonical.onnx");
  });
  after(() => scene.close());

  it("stands in docs/commands.md with all of its commands", async () => {
    const page = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "commands.md"), "utf8");
    const commands = await commandsWithHelp(scene.folder);
    expect(commands.length).to.be.greaterThan(30);
    for (const { words } of commands) expect(page, words.join(" ")).to.include(`opg ${words.join(" ")}`);
  });

  describe("what is done already", () => {
    it("is not registered twice", async () => {
      await done(scene, "operator", "operator", "register", "--bond", "1200");
      const again = await refused(scene, "operator", "operator", "register", "--bond", "1200");
      expect(again).to.include({ code: "REGISTERED", exit: 1, fix: "to bond more: opg operator bond AMOUNT" });
      expect((await refused(scene, "operator", "operator", "bond", "0")).code).to.equal("AMOUNT");
    });

    it("is not challenged twice, nor before there is a result", async () => {
      const job = await scene.request(version);
      expect((await refused(scene, "watcher", "challenge", job, "--force")).message).to.include("it is Requested");
      const operator = await scene.daemon("operator");
      await scene.until(job, "Submitted", operator);
      await scene.stop(operator);
      await done(scene, "watcher", "challenge", job, "--force");
      const again = await refused(scene, "watcher", "challenge", job, "--force");
      expect(again).to.include({ code: "CHALLENGE_REFUSED", fix: "see it through: opg run --watcher" });
      await scene.devnet.pass(WINDOW);
      expect((await refused(scene, "keeper", "challenge", job, "--force")).message).to.match(/its window ended at \d{4}-\d\d-\d\dT/);
    });
  });

  describe("an exit", () => {
    const asked = async (answer: string | undefined, ...argv: string[]): Promise<Outcome & { questions: string[] }> => {
      const questions: string[] = [];
      const ask = (question: string) => {
        questions.push(question);
        return Promise.resolve(answer!);
      };
      const outcome = await opg([...argv, "--json"], scene.environment("keeper"), scene.folder, answer === undefined ? undefined : { ask, askSecret: ask });
      return { ...outcome, questions };
    };

    it("is begun by nobody who does not say yes", async () => {
      await done(scene, "keeper", "operator", "bond", "100");
      const before = await nonceOf(scene, "keeper");
      const silent = await asked(undefined, "operator", "exit");
      expect(silent.code).to.equal(2);
      expect(silent.json!.error).to.include({ code: "NOT_CONFIRMED", fix: "add --yes" });
      const no = await asked("n", "operator", "exit");
      expect(no.code).to.equal(1);
      expect(no.json!.error).to.include({ code: "NOT_CONFIRMED", message: "nothing was sent" });
      expect(no.questions.join()).to.match(/^100\.0 OPG of 100\.0 OPG begin to leave.*7200 s from now\. Go on\? \[y\/N\] $/);
      expect(await nonceOf(scene, "keeper")).to.equal(before);
      const yes = await asked("yes", "operator", "exit", "--amount", "40");
      expect(yes.code, yes.stderr).to.equal(0);
      expect(yes.json!.exiting).to.equal(String(40n * OPG));
    });

    it("is refused before anything is sent where it cannot be", async () => {
      expect((await refused(scene, "keeper", "operator", "exit", "--amount", "101", "--yes")).code).to.equal("EXIT_TOO_LARGE");
      expect((await refused(scene, "watcher", "operator", "exit", "--yes")).code).to.equal("EXIT_NOTHING");
      expect((await refused(scene, "watcher", "operator", "exit", "--cancel")).code).to.equal("EXIT_NOTHING");
      expect((await refused(scene, "keeper", "operator", "exit", "--withdraw", "--cancel")).code).to.equal("EXIT");
      const early = await refused(scene, "keeper", "operator", "exit", "--withdraw");
      expect(early).to.include({ code: "TX_REFUSED", exit: 1, contractError: "ExitNotDue", fix: "wait until then, and run it again" });
      expect(early.message).to.match(/^withdraw bond: the bond may not leave before \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(ExitNotDue\)$/);
    });
  });

  describe("a job's way", () => {
    let job: string;

    it("is cancelled by its requester, and by nobody else", async () => {
      const mine = await scene.request(version);
      expect((await refused(scene, "watcher", "cancel", mine)).message).to.include("it was requested by");
      expect(await done(scene, "requester", "cancel", mine)).to.include({ status: "Cancelled" });
      expect(await refused(scene, "requester", "cancel", mine)).to.include({ code: "JOB_STATUS" });
    });

    it("is refunded when its deadline is over, by anyone, and not before", async () => {
      const late = await scene.request(version, undefined, "--deadline", "60", "--operator", scene.addressOf("keeper"));
      const early = await refused(scene, "watcher", "refund", late);
      expect(early.message).to.match(/^job 0x[0-9a-f]+ cannot be refunded: it may be served until \d{4}-\d\d-\d\dT/);
      expect((await refused(scene, "watcher", "retry", late)).code).to.equal("JOB_STATUS");
      await scene.devnet.pass(61);
      expect(await done(scene, "watcher", "refund", late)).to.include({ status: "Refunded" });
    });

    it("ends in numbers with their names, which opg job shows", async () => {
      job = await scene.request(version);
      const operator = await scene.daemon("operator");
      await scene.until(job, "Submitted", operator);
      await scene.stop(operator);
      const shown = await opg(["job", job], scene.environment("publisher"), scene.folder);
      expect(shown.stdout).to.match(/\n {2}scores: float32 \[1, 10\]\n {4}-?\d+\.\d+(e-\d+)?, .*\n {4}greatest: [\d.]+ at \d\n/);
      const [output] = (await done(scene, "requester", "job", job)).outputs as { name: string; dims: number[]; values: string[] }[];
      expect(output.dims).to.deep.equal([1, 10]);
      const bytes = Buffer.from(String((await done(scene, "requester", "job", job)).output).slice(2), "hex");
      expect(output.values.map((value) => Math.fround(Number(value)))).to.deep.equal(Array.from({ length: 10 }, (_, i) => bytes.readFloatLE(4 * i)));
      expect((await refused(scene, "keeper", "settle", job)).message).to.match(/cannot be settled: nothing is due before \d{4}-/);
    });

    it("is settled by anyone when its window is over", async () => {
      await scene.devnet.pass(WINDOW);
      expect(await done(scene, "keeper", "settle", job)).to.include({ status: "Final" });
    });
  });

  describe("a publisher", () => {
    it("sees what every version earned, and collects it", async () => {
      const status = await done(scene, "publisher", "publisher", "status");
      const versions = status.versions as { version: string; share: string }[];
      // A tenth of 2 OPG for every job that was served.
      expect(versions.find((each) => each.version === version)!.share).to.equal(String(OPG / 5n));
      expect(status.revenue).to.equal(String(OPG / 5n));
      const before = await scene.token.balanceOf(scene.addressOf("publisher"));
      const collected = await done(scene, "publisher", "publisher", "collect");
      expect(collected.collected).to.equal(String(OPG / 5n));
      expect(await scene.token.balanceOf(scene.addressOf("publisher"))).to.equal(before + OPG / 5n);
      expect((await done(scene, "publisher", "publisher", "status")).revenue).to.equal("0");
    });

    it("deprecates a version for another, which list, show and request tell", async () => {
      const old = (await done(scene, "publisher", "model", "publish", canonical, "--local-files", "--model", "1", "--price", "7")).version as string;
      expect(await refused(scene, "publisher", "model", "deprecate", old)).to.include({ code: "NOT_CONFIRMED", exit: 2 });
      expect((await refused(scene, "watcher", "model", "deprecate", old, "--yes")).code).to.equal("NOT_OWNER");
      for (const [successor, says] of [
        [old, "it is the same version"],
        [`0x${"12".repeat(32)}`, "it is unknown"],
      ]) {
        const failure = await refused(scene, "publisher", "model", "deprecate", old, "--successor", successor, "--yes");
        expect(failure).to.include({ code: "SUCCESSOR" });
        expect(failure.message).to.include(says);
      }
      await done(scene, "publisher", "model", "deprecate", old, "--successor", version, "--yes");
      expect(await done(scene, "watcher", "model", "show", old)).to.include({ state: "deprecated", successor: version });
      expect((await opg(["model", "list"], scene.environment("watcher"), scene.folder)).stdout).to.include(`${old}  deprecated, use ${version} instead`);
      const failure = await refused(scene, "requester", "request", old, "--input", "digit.bin");
      expect(failure).to.include({ code: "VERSION_NOT_OPEN", fix: `its publisher names a successor: opg request ${version}` });
      expect((await refused(scene, "publisher", "model", "deprecate", old, "--yes")).code).to.equal("VERSION_DEPRECATED");
    });
  });

  describe("money", () => {
    it("goes into a balance and out of it, and balance tells where all of it is", async () => {
      const before = await done(scene, "liar", "balance");
      await done(scene, "liar", "deposit", "30");
      await done(scene, "liar", "deposit", "12", "--with", "game");
      await done(scene, "liar", "bond", "5");
      const after = await done(scene, "liar", "balance");
      expect(after).to.include({ jobsBalance: String(30n * OPG), gameBalance: String(12n * OPG), bonded: String(5n * OPG), total: before.total });
      expect(await done(scene, "liar", "requester", "status")).to.include({ jobsBalance: String(30n * OPG) });
      expect(await done(scene, "liar", "watcher", "status")).to.include({ gameBalance: String(12n * OPG), credit: "0" });
      expect(await done(scene, "liar", "bond")).to.include({ bonded: String(5n * OPG), locked: "0" });
      expect(await done(scene, "liar", "withdraw", "10")).to.include({ left: String(20n * OPG) });
      expect(await done(scene, "liar", "requester", "collect")).to.include({ collected: String(20n * OPG) });
      expect(await done(scene, "liar", "withdraw", "all", "--from", "game", "--to", scene.addressOf("keeper"))).to.include({ left: "0" });
      const poor = await refused(scene, "liar", "withdraw", "1", "--from", "rewards");
      expect(poor.message).to.include("has 0.0 OPG with the stake registry, less than 1.0 OPG");
      expect((await refused(scene, "liar", "withdraw", "1", "--from", "bank")).code).to.equal("PLACE");
      expect((await refused(scene, "liar", "deposit", "1000000")).code).to.equal("BALANCE_TOO_LOW");
      await done(scene, "liar", "deposit", "3", "--for", scene.addressOf("keeper"));
      expect(await done(scene, "keeper", "balance", scene.addressOf("keeper"))).to.include({ jobsBalance: String(3n * OPG) });
    });

    it("that is owed is claimed, of one job or of all, and sent to the account", async () => {
      const job = await scene.request(version);
      const operator = await scene.daemon("operator");
      await scene.until(job, "Submitted", operator);
      await scene.stop(operator);
      await done(scene, "watcher", "challenge", job, "--force");
      await scene.devnet.pass(WINDOW + 1_400);
      expect((await done(scene, "publisher", "claim", "--all")).taken).to.deep.equal([]);
      const steps = (claimed: Record<string, never>) => (claimed.taken as { step: string }[]).map(({ step }) => step);
      // Two challenges: one was answered and found nothing; the other was not, so that its operator is convicted.
      const upheld = await done(scene, "operator", "claim", "--all");
      expect(steps(upheld)).to.deep.equal(["resolve", "finalize"]);
      const fee = challengePrice(readParameters("local"), BOND);
      expect(upheld.collected, "two jobs less the publisher's part, and the challenge fee").to.equal(String(2n * 18n * OPG / 10n + fee));
      const all = await done(scene, "watcher", "claim", "--all");
      expect(steps(all)).to.deep.equal(["timeout", "reclaim", "collect"]);
      expect(all.collected, "the challenge fee, and two fifths of the bond").to.equal(String(fee + (BOND * 2n) / 5n));
      expect((await done(scene, "watcher", "job", job)).status).to.equal("Convicted");
      expect((await done(scene, "keeper", "claim", job)).taken, "nobody else is owed anything").to.deep.equal([]);
      expect(await done(scene, "watcher", "claim", "--all")).to.include({ collected: "0" });
      expect(await done(scene, "watcher", "balance")).to.include({ gameBalance: "0", credit: "0" });
      expect((await refused(scene, "watcher", "claim")).code).to.equal("CLAIM");
      expect((await refused(scene, "watcher", "claim", job, "--all")).code).to.equal("CLAIM");
    });
  });

  describe("a dry run", () => {
    it("goes through for every command that sends, shows what it would send, and sends nothing", async () => {
      const job = await scene.request(version);
      const late = await scene.request(version, undefined, "--deadline", "60");
      await scene.devnet.pass(61);
      await done(scene, "operator", "deposit", "1");
      const runs: readonly (readonly [PartyName, string, ...string[]])[] = [
        ["publisher", "model publish", canonical, "--local-files", "--price", "8"],
        ["publisher", "model deprecate", version],
        ["requester", "request", version, "--input", "digit.bin", "--fee", "40"],
        ["requester", "cancel", job],
        ["watcher", "refund", late],
        ["watcher", "settle", late],
        ["requester", "claim", late],
        ["requester", "deposit", "2"],
        ["operator", "withdraw", "all"],
        ["requester", "bond", "2"],
        ["requester", "operator register", "--bond", "2"],
        ["requester", "operator bond", "2"],
        ["keeper", "operator exit", "--amount", "1"],
        ["operator", "operator collect"],
        ["watcher", "watcher collect"],
        ["operator", "requester collect"],
        ["publisher", "publisher collect"],
      ];
      for (const [party, name, ...rest] of runs) {
        const before = await nonceOf(scene, party);
        const shown = await done(scene, party, ...name.split(" "), ...rest, "--dry-run");
        expect(shown.dryRun, name).to.equal(true);
        const transactions = shown.transactions as { kind: string; contract: string; data: string; outcome: string; value: string; gas?: string }[];
        for (const { contract, data, outcome, gas, value } of transactions) {
          expect(contract, name).to.match(/^(OPG|ModelRegistry|StakeRegistry|JobRegistry|DisputeGame)$/);
          expect(data, name).to.match(/^0x[0-9a-f]{8,}$/);
          expect(value, name).to.equal("0");
          expect(outcome, name).to.equal("ok");
          expect(Number(gas), name).to.be.within(21_000, 5_000_000);
        }
        expect(await nonceOf(scene, party), `${name} sent something`).to.equal(before);
      }
      const sending = (await commandsWithHelp(scene.folder)).filter(({ help }) => help.includes("--dry-run")).map(({ words }) => words.join(" "));
      const tried = runs.map(([, name]) => name);
      // These need a state that only disputes and callbacks bring about; what they send goes the same way.
      expect(sending.sort()).to.deep.equal([...new Set([...tried, "challenge", "retry"])].sort());
    });

    it("shows people the contract, the amounts in OPG, the call data, and the gas", async () => {
      const { stdout, code } = await opg(["deposit", "2.5", "--dry-run"], scene.environment("keeper"), scene.folder);
      expect(code).to.equal(0);
      expect(stdout).to.match(/^1 of 2 {3}approve\n {2}to {7}OPG 0x/);
      expect(stdout).to.include(`spender = ${scene.deployment.jobs.toLowerCase()} JobRegistry`);
      expect(stdout).to.include("amount = 2.5 OPG").and.include("value    0.0 of the native coin");
      expect(stdout).to.match(/data {5}0x[0-9a-f]+\n {2}outcome {2}goes through with \d+ gas, 0\.0\d+ of the native coin at [\d.]+ gwei\n/);
      expect(stdout).to.match(/dry run: nothing was sent\n$/);
    });

    it("says what would be refused, with exit code 1", async () => {
      const { stdout, code } = await opg(["operator", "exit", "--withdraw", "--dry-run"], scene.environment("keeper"), scene.folder);
      expect(code).to.equal(1);
      expect(stdout).to.match(/outcome {2}would be refused: the bond may not leave before \d{4}-.*\(ExitNotDue\)\n/);
    });

    it("of a node that runs no calls one after the other says so of those that rest on others", async () => {
      const bent = await startBentNode(scene.devnet.url, (method) => (method === "eth_simulateV1" ? { error: { code: -32_601, message: "method not found" } } : undefined));
      try {
        const { json } = await opg(["deposit", "2.5", "--dry-run", "--json"], { ...scene.environment("keeper"), OPG_RPC_URL: bent.url }, scene.folder);
        expect((json!.transactions as { outcome: string }[]).map(({ outcome }) => outcome)).to.deep.equal(["ok", "unknown"]);
        expect(bent.asked.get("eth_sendRawTransaction")).to.equal(undefined);
      } finally {
        await bent.close();
      }
    });
  });

  describe("a deployment", () => {
    it("that lives is told before it is replaced, and kept", async () => {
      const { connection } = scene.devnet;
      const folder = mkdtempSync(join(tmpdir(), "opg-deploy-"));
      try {
        expect(await deploymentInTheWay(connection, "local", folder)).to.equal(undefined);
        writeDeployment("local", scene.deployment, false, folder);
        const old = await deploymentInTheWay(connection, "local", folder);
        expect(old).to.include({ lives: true });
        expect(old!.text).to.include(scene.deployment.jobs).and.include("chain 31337");
        const nowhere = { ...scene.deployment, jobs: `0x${"12".repeat(20)}` };
        writeDeployment("local", nowhere, true, folder);
        expect(readdirSync(folder)).to.have.length(2);
        const kept = readdirSync(folder).find((file) => file.includes("until-block"))!;
        expect(JSON.parse(readFileSync(join(folder, kept), "utf8"))).to.deep.equal(scene.deployment);
        expect(await deploymentInTheWay(connection, "local", folder), "its chain was started anew").to.include({ lives: false });
        writeFileSync(join(folder, "local.json"), "{}");
        expect(await deploymentInTheWay(connection, "local", folder), "no one knows what it is").to.include({ lives: true });
        expect(existsSync(join(folder, "local.json"))).to.equal(true);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
});
