import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { deploymentInTheWay, writeDeployment } from "../../../scripts/deploy.ts";
import { DEVNETS } from "../../../scripts/demo/devnet.ts";
import { startBentNode } from "../../support/bentNode.ts";
import { opg, type Outcome } from "../../support/commandLine.ts";
import { BOND, OPG, openScene, WINDOW, type PartyName, type Scene } from "../../support/scene.ts";

interface Failure {
  code: string;
  message: string;
  fix?: string;
  modelId?: string;
  contractError?: string;
}

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

  const nonceOf = (party: PartyName): Promise<number> => scene.devnet.connection.ethers.provider.getTransactionCount(scene.addressOf(party));

  async function done(party: PartyName, ...argv: string[]): Promise<Record<string, never>> {
    const outcome = await scene.as(party, ...argv);
    expect(outcome.code, `${argv.join(" ")}: ${outcome.stderr}`).to.equal(0);
    return outcome.json!;
  }

  /** Runs a command that is refused, and nothing may have been sent by it. */
  async function refused(party: PartyName, ...argv: string[]): Promise<Failure & { exit: number }> {
    const before = await nonceOf(party);
    const outcome = await scene.as(party, ...argv);
    expect(outcome.code, argv.join(" ")).to.not.equal(0);
    expect(await nonceOf(party), `${argv.join(" ")} sent something`).to.equal(before);
    return { ...(outcome.json!.error as Failure), exit: outcome.code };
  }

  describe("publishing", () => {
    const publish = (...options: string[]) => ["model", "publish", canonical, "--local-files", ...options];
    const modelCount = async () => ((await done("watcher", "model", "list")).models as unknown[]).length;

    it("leaves nothing on the chain when an option is wrong, whichever it is", async () => {
      const before = await modelCount();
      for (const [options, code] of [
        [["--price", "abc"], "AMOUNT"],
        [["--price", "1e3"], "AMOUNT"],
        [["--price", "99999999999999"], "AMOUNT"],
        [["--min-bond", "-1"], "AMOUNT"],
        [["--min-bond", "0.0000000000000000001"], "AMOUNT"],
        [["--min-window", "0"], "NUMBER"],
        [["--min-window", "soon"], "NUMBER"],
        [["--min-window", "4000"], "TERMS"],
        [["--share", "5001"], "TERMS"],
        [["--share", "10001"], "NUMBER"],
        [["--model", "0"], "NUMBER"],
        [["--model", "one"], "NUMBER"],
        [["--verifier", "0x12"], "ADDRESS"],
        [["--verifier", scene.addressOf("watcher")], "VERIFIER_UNKNOWN"],
        [["--card", "not a uri"], "URI"],
        [["--file-uri", "ftp://files.example/model"], "URI"],
        [["--program", "nowhere.json"], "FILE_UNREADABLE"],
      ] as const) {
        const failure = await refused("publisher", ...publish(...options));
        expect(failure.code, options.join(" ")).to.equal(code);
        expect(failure.exit, options.join(" ")).to.equal(code === "VERIFIER_UNKNOWN" ? 1 : 2);
        expect(failure.fix, options.join(" ")).to.be.a("string");
      }
      expect((await refused("publisher", ...publish("--model", "77"))).code).to.equal("MODEL_UNKNOWN");
      expect((await refused("requester", ...publish("--model", "1"))).code).to.equal("NOT_OWNER");
      expect(await modelCount(), "no model was left behind").to.equal(before);
    });

    it("names all terms that would be refused at once", async () => {
      const { message } = await refused("publisher", ...publish("--share", "6000", "--min-window", "5000"));
      expect(message).to.include("--share: 6000 basis points are more than a publisher may take, 5000");
      expect(message).to.include("--min-window: 5000 s is more than the jobs registry takes, 3600 s");
    });

    it("says that the same version is published already, in a sentence and once", async () => {
      const again = publish("--model", "1", "--price", "2", "--min-bond", String(BOND / OPG), "--min-window", String(WINDOW), "--share", "1000");
      const outcome = await scene.as("publisher", ...again);
      expect(outcome.code).to.equal(1);
      expect(outcome.json!.error).to.deep.equal({
        code: "TX_REFUSED",
        message: `publish: version ${version} is published already: the same files on the same terms (AlreadyPublished)`,
        fix: "use it, or change a term",
        contractError: "AlreadyPublished",
      });
      expect(outcome.stderr.match(/AlreadyPublished/g)).to.have.length(1);
    });

    it("publishes no address that only this machine can read unless that is meant", async () => {
      const local = await refused("publisher", "model", "publish", canonical);
      expect(local).to.include({ code: "URI_LOCAL", exit: 2 });
      expect(local.message).to.include("file://");
      expect(local.fix).to.include("--file-uri").and.include("api.publicUrl").and.include("--local-files");
      for (const uri of ["http://127.0.0.1:8600/models/0x12", "http://localhost/m", "http://[::1]/m", "file:///m"]) {
        expect((await refused("publisher", "model", "publish", canonical, "--file-uri", uri, "--program-uri", "https://files.example/p")).code, uri).to.equal("URI_LOCAL");
      }
      expect((await refused("requester", "request", version, "--input", "digit.bin", "--input-uri", "http://127.0.0.1:9/x")).code).to.equal("URI_LOCAL");
      const served = await done("publisher", "model", "publish", canonical, "--model", "1", "--file-uri", "https://files.example/m", "--program-uri", "https://files.example/p http://127.0.0.1/p");
      expect(served).to.include({ fileURI: "https://files.example/m" });
    });

    it("says which model it made when its version could not be published, and how to go on", async () => {
      const { devnet } = scene;
      const before = await modelCount();
      // The publisher's last coins pay for the model and not for its version.
      let handed = 0;
      const cut = await startBentNode(devnet.url, (method) =>
        method === "eth_sendRawTransaction" && ++handed === 2 ? { error: { code: -32_000, message: "insufficient funds for gas * price + value" } } : undefined,
      );
      try {
        const outcome = await opg(["--json", ...publish("--price", "5")], { ...scene.environment("publisher"), OPG_RPC_URL: cut.url }, scene.folder);
        expect(outcome.code, outcome.stdout).to.equal(1);
        const failure = outcome.json!.error as Failure;
        expect(failure).to.include({ code: "MODEL_WITHOUT_VERSION", modelId: String(before + 1) });
        expect(failure.message).to.include(`model ${before + 1} was made`);
        expect(failure.fix).to.include(`--model ${before + 1}`);
      } finally {
        await cut.close();
      }
      await devnet.pass(1);
      expect(await done("publisher", ...publish("--price", "5", "--model", String(before + 1)))).to.include({ modelId: String(before + 1) });
    });
  });

  describe("requests", () => {
    it("are refused with all that is wrong, and nothing is deposited", async () => {
      const request = (...options: string[]) => ["request", version, "--input", "digit.bin", ...options];
      for (const [options, code, says] of [
        [["--fee", "1"], "TERMS", "1.0 OPG is less than the version's price, 2.0 OPG"],
        [["--fee", "80000000000"], "AMOUNT", "more than any account can hold"],
        [["--fee", "10001"], "BALANCE_TOO_LOW", "holds 10000.0 OPG"],
        [["--bond", "499"], "TERMS", "least bond, 500.0 OPG"],
        [["--window", "119"], "TERMS", "least window, 120 s"],
        [["--window", "3601"], "TERMS", "more than the registry takes, 3600 s"],
        [["--window", "16777216"], "NUMBER", "from 0 to 16777215"],
        [["--deadline", "0"], "TERMS", "no time to serve"],
        [["--deadline", "86401"], "TERMS", "more than the registry takes, 86400 s"],
        [["--deadline", "-5"], "NUMBER", "whole number"],
        [["--callback-gas", "2000001"], "TERMS", "more than the registry takes, 2000000"],
        [["--operator", "0xabc"], "ADDRESS", "must be an address"],
        [["--input-uri", "files"], "URI", "is not a URI"],
      ] as const) {
        const failure = await refused("requester", ...request(...options));
        expect(failure.code, options.join(" ")).to.equal(code);
        expect(failure.message, options.join(" ")).to.include(says);
        expect(failure.fix, options.join(" ")).to.be.a("string");
      }
      const all = await refused("requester", ...request("--fee", "1", "--bond", "1", "--window", "1", "--deadline", "0", "--callback-gas", "3000000"));
      expect(all.message.match(/--/g)).to.have.length(5);
    });

    it("take numbers only as what they are", async () => {
      const values = (first: string) => ["request", version, "--values", [first, ...new Array<string>(63).fill("0")].join(",")];
      for (const [first, says] of [
        ["3.5e38", "float32 ends at ±3.4028234663852886e+38"],
        ["-1e39", "float32 ends at"],
        ["1e400", "out of range"],
        ["NaN", "not a list of numbers"],
        ["null", "not a list of numbers"],
        ["", "not a list of numbers"],
      ]) {
        const failure = await refused("requester", ...values(first));
        expect(failure, first).to.include({ code: "VALUES", exit: 2 });
        expect(failure.message, first).to.include(says);
      }
      const short = await refused("requester", "request", version, "--values", "1,2");
      expect(short.message).to.include("64 elements, 2 were given");
    });
  });

  describe("what is done already", () => {
    it("is not registered twice", async () => {
      await done("operator", "operator", "register", "--bond", "600");
      const again = await refused("operator", "operator", "register", "--bond", "600");
      expect(again).to.include({ code: "REGISTERED", exit: 1, fix: "to bond more: opg operator bond AMOUNT" });
      expect((await refused("operator", "operator", "bond", "0")).code).to.equal("AMOUNT");
    });

    it("is not challenged twice, nor before there is a result", async () => {
      const job = await scene.request(version);
      expect((await refused("watcher", "challenge", job, "--force")).message).to.include("it is Requested");
      const operator = await scene.daemon("operator");
      await scene.until(job, "Submitted", operator);
      await scene.stop(operator);
      await done("watcher", "challenge", job, "--force");
      const again = await refused("watcher", "challenge", job, "--force");
      expect(again).to.include({ code: "CHALLENGE_REFUSED", fix: "see it through: opg run --watcher" });
      await scene.devnet.pass(WINDOW);
      expect((await refused("keeper", "challenge", job, "--force")).message).to.match(/its window ended at \d{4}-\d\d-\d\dT/);
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
      await done("keeper", "operator", "bond", "100");
      const before = await nonceOf("keeper");
      const silent = await asked(undefined, "operator", "exit");
      expect(silent.code).to.equal(2);
      expect(silent.json!.error).to.include({ code: "NOT_CONFIRMED", fix: "add --yes" });
      const no = await asked("n", "operator", "exit");
      expect(no.code).to.equal(1);
      expect(no.json!.error).to.include({ code: "NOT_CONFIRMED", message: "nothing was sent" });
      expect(no.questions.join()).to.match(/^100\.0 OPG of 100\.0 OPG begin to leave.*7200 s from now\. Go on\? \[y\/N\] $/);
      expect(await nonceOf("keeper")).to.equal(before);
      const yes = await asked("yes", "operator", "exit", "--amount", "40");
      expect(yes.code, yes.stderr).to.equal(0);
      expect(yes.json!.exiting).to.equal(String(40n * OPG));
    });

    it("is refused before anything is sent where it cannot be", async () => {
      expect((await refused("keeper", "operator", "exit", "--amount", "101", "--yes")).code).to.equal("EXIT_TOO_LARGE");
      expect((await refused("watcher", "operator", "exit", "--yes")).code).to.equal("EXIT_NOTHING");
      expect((await refused("watcher", "operator", "exit", "--cancel")).code).to.equal("EXIT_NOTHING");
      expect((await refused("keeper", "operator", "exit", "--withdraw", "--cancel")).code).to.equal("EXIT");
      const early = await refused("keeper", "operator", "exit", "--withdraw");
      expect(early).to.include({ code: "TX_REFUSED", exit: 1, contractError: "ExitNotDue", fix: "wait until then, and run it again" });
      expect(early.message).to.match(/^withdraw bond: the bond may not leave before \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(ExitNotDue\)$/);
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
