import { expect } from "chai";
import { initialConfig, parseConfig } from "../../../oracle/config/load.ts";
import { OpgError } from "../../../core/errors.ts";

const parse = (file: unknown, env: Record<string, string> = {}) =>
  parseConfig(file === undefined ? undefined : JSON.stringify(file), "/srv/opg/opg.config.json", env, "/home/user").config;

function faultsOf(run: () => unknown): { path: string; problem: string; fix: string }[] {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(OpgError);
    const { kind, details } = error as OpgError;
    expect(kind).to.equal("input");
    return details.faults as { path: string; problem: string; fix: string }[];
  }
  throw new Error("the configuration was accepted");
}

describe("configuration", () => {
  it("has a default for every setting", () => {
    const config = parse(undefined);
    expect(config.network.rpcUrl).to.deep.equal(["http://127.0.0.1:8545"]);
    expect(config.dataDir).to.equal("/srv/opg/.opg");
    expect(config.operator.versions).to.equal("all");
    expect(parse(JSON.parse(initialConfig()))).to.deep.equal(config);
  });

  it("names all faults at once, each with its path and a fix", () => {
    const faults = faultsOf(() =>
      parse(
        {
          network: { rpcUrl: "ftp://node", pollMs: 3, speed: 1 },
          api: { port: 70_000 },
          operator: { minPrice: 5, versions: ["0x12"] },
          privateKey: "0xabc",
          stoer: {},
        },
        { OPG_CONFIRMATIONS: "many", OPG_LOG_LEVEL: "loud" },
      ),
    );
    expect(faults.map(({ path }) => path).sort()).to.deep.equal(
      [
        "OPG_CONFIRMATIONS",
        "OPG_LOG_LEVEL",
        "api.port",
        "network.pollMs",
        "network.rpcUrl",
        "network.speed",
        "operator.minPrice",
        "operator.versions.0",
        "privateKey",
        "stoer",
      ].sort(),
    );
    for (const { problem, fix } of faults) {
      expect(problem).to.not.equal("");
      expect(fix).to.not.equal("");
    }
    expect(faults.find(({ path }) => path === "privateKey")?.fix).to.include("OPG_PRIVATE_KEY");
  });

  it("does not repeat a secret that stands in the file by mistake", () => {
    const secret = `0x${"7a".repeat(32)}`;
    let text = "";
    try {
      parse({ privateKey: secret, key: { password: secret } });
    } catch (error) {
      text = `${String(error)} ${JSON.stringify((error as OpgError).details)}`;
    }
    expect(text).to.include("does not belong in the configuration file");
    expect(text).to.not.include(secret.slice(2, 20));
  });

  it("lets the environment override the file", () => {
    const config = parse(
      { network: { rpcUrl: "http://a:1" }, api: { port: 1 } },
      { OPG_RPC_URL: "https://b:2", OPG_API_PORT: "99", OPG_DATA_DIR: "data", OPG_WATCHER_VERSIONS: "all" },
    );
    expect(config.network.rpcUrl).to.deep.equal(["https://b:2"]);
    expect(config.api.port).to.equal(99);
    expect(config.dataDir).to.equal("/home/user/data");
    expect(config.watcher.versions).to.equal("all");
  });

  it("reads paths in the file relative to the file", () => {
    const { network, key } = parse({ network: { deployment: "d.json" }, key: { keystore: "keys/a.json" } });
    expect(network.deployment).to.equal("/srv/opg/d.json");
    expect(key.keystore).to.equal("/srv/opg/keys/a.json");
  });

  it("says what is wrong with a file that is not JSON or not an object", () => {
    expect(() => parseConfig("{", "f.json", {}, "/")).to.throw(/f\.json is not JSON/);
    expect(() => parseConfig("[]", "f.json", {}, "/")).to.throw(/must hold a JSON object/);
  });
});
