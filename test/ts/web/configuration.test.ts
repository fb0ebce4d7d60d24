import { expect } from "chai";
import { configIn } from "../../../web/src/config.ts";
import { Fault } from "../../../web/src/fault.ts";
import { account } from "../../support/chainEvents.ts";

const PAGE = "https://host.example/explorer/";
const contracts = Object.fromEntries(["opg", "verifier", "models", "stakes", "game", "jobs", "lens"].map((name, i) => [name, account(i + 1)]));
const given = { name: "Base", deployment: { chainId: 8453, block: 1, ...contracts }, rpcUrl: "https://node.example", indexUrl: "../" };

function faultOf(told: unknown): string {
  try {
    configIn(told, PAGE);
  } catch (error) {
    expect(error).to.be.instanceOf(Fault);
    return (error as Fault).message;
  }
  return "";
}

describe("explorer.json", () => {
  it("has addresses that are absolute, or relative to the page", () => {
    const { rpcUrl, indexUrl, name } = configIn(given, PAGE);
    expect([name, rpcUrl, indexUrl]).to.deep.equal(["Base", "https://node.example/", "https://host.example/"]);
    expect(configIn({ ...given, name: undefined, indexUrl: undefined }, PAGE)).to.deep.include({ name: "OpenGradient Optimistic" }).and.not.have.property("indexUrl");
  });

  it("is refused by the name of the field where it is not right, whatever stands there", () => {
    for (const [field, told] of [
      ["explorer.json", null],
      ["explorer.json", []],
      ["name", { ...given, name: {} }],
      ["rpcUrl", { ...given, rpcUrl: "javascript:alert(1)" }],
      ["rpcUrl", { ...given, rpcUrl: "data:text/plain,1" }],
      ["rpcUrl", { ...given, rpcUrl: "http://[" }],
      ["rpcUrl", { ...given, rpcUrl: 7 }],
      ["indexUrl", { ...given, indexUrl: "javascript:alert(1)" }],
      ["indexUrl", { ...given, indexUrl: null }],
      ["deployment", { ...given, deployment: null }],
      ["deployment.chainId", { ...given, deployment: { ...given.deployment, chainId: "1" } }],
      ["deployment.block", { ...given, deployment: { ...given.deployment, block: -1 } }],
      ["deployment.jobs", { ...given, deployment: { ...given.deployment, jobs: "0x12" } }],
      ["devnet.accounts", { ...given, devnet: {} }],
      ["devnet.accounts", { ...given, devnet: { accounts: [{ name: "x" }] } }],
      ["devnet.control", { ...given, devnet: { accounts: [], control: "file:///etc" } }],
    ] as const) expect(faultOf(told)).to.match(new RegExp(`: ${field.replace(".", "\\.")} `));
  });
});
