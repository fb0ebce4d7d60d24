import { inspect } from "node:util";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { loadWallet, writeKeystore } from "../../../oracle/config/keys.ts";
import { Redactor, Secret, displayUrl } from "../../../core/secrets.ts";
import { createLogger, logSubscriber } from "../../../oracle/telemetry/logger.ts";

const KEY = `0x${"4c".repeat(31)}d1`;
const ADDRESS = new Wallet(KEY).address;

describe("keys", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "opg-keys-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("opens a keystore that it wrote, readable by its owner only, and never replaces one", async () => {
    const file = join(folder, "key.json");
    expect(await writeKeystore(file, new Secret(KEY), new Secret("correct horse"), 1024)).to.equal(ADDRESS);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(readFileSync(file, "utf8")).to.not.include(KEY.slice(2));
    const redactor = new Redactor();
    const wallet = await loadWallet({ keystore: file }, { env: { OPG_PASSWORD: "correct horse" }, redactor });
    expect(wallet.address).to.equal(ADDRESS);
    const failure = await writeKeystore(file, new Secret(KEY), new Secret("x"), 1024).catch((error: unknown) => error);
    expect(String(failure)).to.match(/cannot write/);
  });

  it("says that the password is wrong without repeating it", async () => {
    const file = join(folder, "locked.json");
    await writeKeystore(file, new Secret(KEY), new Secret("correct horse"), 1024);
    const sources = { env: { OPG_PASSWORD: "battery staple" }, redactor: new Redactor() };
    const failure = await loadWallet({ keystore: file }, sources).catch((error: unknown) => error);
    expect(String(failure)).to.match(/the password is wrong/);
    expect(inspect(failure)).to.not.include("battery staple");
  });

  it("takes a key from the environment and refuses a malformed one without repeating it", async () => {
    const redactor = new Redactor();
    const wallet = await loadWallet({}, { env: { OPG_PRIVATE_KEY: KEY.slice(2) }, redactor });
    expect(wallet.address).to.equal(ADDRESS);
    const bad = "not-a-key-but-somebodys-secret";
    const failure = await loadWallet({}, { env: { OPG_PRIVATE_KEY: bad }, redactor }).catch((error: unknown) => error);
    expect(String(failure)).to.match(/not 32 bytes of hex/);
    expect(inspect(failure)).to.not.include(bad);
  });

  it("names the ways to give a key when there is none", async () => {
    const failure = await loadWallet({}, { env: {}, redactor: new Redactor() }).catch((error: unknown) => error);
    expect(failure).to.include({ kind: "input", code: "KEY_MISSING" });
  });
});

describe("log", () => {
  function lines(format: "json" | "text"): { written: string[]; log: ReturnType<typeof createLogger> } {
    const redactor = new Redactor();
    redactor.add(KEY);
    redactor.add('pass"word\\1');
    const written: string[] = [];
    const destination = { write: (line: string) => void written.push(line) };
    return { written, log: createLogger({ level: "debug", format, redactor, destination }) };
  }

  for (const format of ["json", "text"] as const) {
    it(`never shows a key or a password (${format})`, () => {
      const { written, log } = lines(format);
      log.info({ privateKey: "under its name", nested: { password: "also under its name" } }, "fields");
      log.error({ err: new Error(`provider said ${KEY}`) }, "error");
      log.info({ body: KEY.slice(2).toUpperCase(), text: 'a pass"word\\1 inside' }, `message with ${KEY}`);
      log.info({ key: new Secret(KEY) }, "wrapped");
      const all = written.join("");
      expect(written).to.have.length(4);
      expect(all.toLowerCase()).to.not.include(KEY.slice(2));
      expect(all).to.not.include("under its name");
      expect(all).to.not.include("word\\\\1");
      expect(all).to.include("[redacted]");
    });
  }

  it("writes an event with its fields and level", () => {
    const { written, log } = lines("json");
    logSubscriber(log)("tx.refused", { intent: "submit:0x1", kind: "submit", error: "StakeTooLow" });
    expect(JSON.parse(written[0])).to.include({ level: "warn", event: "tx.refused", kind: "submit", error: "StakeTooLow" });
  });

  it("shows a URL without credentials, path or query", () => {
    expect(displayUrl("https://user:pw@node.example:8545/v2/APIKEY?x=1")).to.equal("https://node.example:8545");
    expect(inspect({ key: new Secret(KEY) })).to.not.include(KEY);
    expect(JSON.stringify({ key: new Secret(KEY) })).to.not.include(KEY);
  });
});
