import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { constantOf, deploymentsIn } from "../../../scripts/package/contracts.ts";
import { withPublishedSpecifiers } from "../../../scripts/package/specifiers.ts";

const PACKAGES = [
  { folder: "contracts", name: "the-contracts" },
  { folder: "core", name: "the-core" },
  { folder: "oracle", name: "the-oracle" },
];

describe("what is published of a source", () => {
  const published = (text: string, path = "oracle/roles/a.ts") => withPublishedSpecifiers(text, path, PACKAGES);

  it("names the package that an import enters, and JavaScript in place of TypeScript, wherever one file names another", () => {
    const rows: [source: string, published: string][] = [
      ['import { x } from "../../core/merkle/keccakTree.ts";', 'import { x } from "the-core/merkle/keccakTree.js";'],
      ['import y from "../../contracts/abi/OPG.json" with { type: "json" };', 'import y from "the-contracts/abi/OPG.json" with { type: "json" };'],
      ['export type { X } from "../ports.ts";', 'export type { X } from "../ports.js";'],
      ['export * from "./b.ts";', 'export * from "./b.js";'],
      ['const z = await import("../cli.ts");', 'const z = await import("../cli.js");'],
      ['type Y = import("../../core/hex.ts").Hex;', 'type Y = import("the-core/hex.js").Hex;'],
      ['new Worker(new URL("./ortWorker.ts", import.meta.url));', 'new Worker(new URL("./ortWorker.js", import.meta.url));'],
      ['import { sha256 } from "#sha256.ts";', 'import { sha256 } from "#sha256.js";'],
      ['import { d } from "../node.mjs";\nimport "pg-boss";', 'import { d } from "../node.mjs";\nimport "pg-boss";'],
    ];
    for (const [source, expected] of rows) expect(published(source)).to.equal(expected);
    expect(published(rows.map(([source]) => source).join("\n"))).to.equal(rows.map(([, expected]) => expected).join("\n"));
  });

  it("leaves alone what stays in its package, what enters none, and what is no reference", () => {
    expect(published('import "../merkle/a.ts";', "core/tensor/b.ts")).to.equal('import "../merkle/a.js";');
    for (const text of ['await import("../../scripts/devnet/network.mjs");', 'const text = "./a.ts";', 'new URL("./a.ts", base);', "// from \"./a.ts\"\n"]) expect(published(text)).to.equal(text);
  });
});

describe("the contracts' package", () => {
  it("calls an ABI by its contract", () => {
    expect(["JobRegistry", "OPG", "OpVerifier", "IInferenceConsumer", "Lens"].map(constantOf)).to.deep.equal(["jobRegistryAbi", "opgAbi", "opVerifierAbi", "iInferenceConsumerAbi", "lensAbi"]);
  });

  it("knows public deployments by their chain, the latest of each, and no chain of developers", () => {
    const folder = mkdtempSync(join(tmpdir(), "deployments-"));
    try {
      const write = (file: string, chainId: number, digit: string) => {
        const contracts = ["opg", "verifier", "models", "stakes", "game", "jobs", "lens"].map((name) => [name, `0x${digit.repeat(40)}`]);
        writeFileSync(join(folder, file), JSON.stringify({ chainId, block: 5, ...Object.fromEntries(contracts) }));
      };
      expect(deploymentsIn(join(folder, "none"))).to.deep.equal({});
      write("local.json", 31337, "1");
      write("sepolia.json", 11155111, "2");
      write("sepolia.until-block-5.json", 11155111, "3");
      const found = deploymentsIn(folder);
      expect(Object.keys(found)).to.deep.equal(["11155111"]);
      expect(found[11155111]).to.deep.include({ block: 5, jobs: `0x${"2".repeat(40)}` });
      write("other.json", 11155111, "4");
      expect(() => deploymentsIn(folder)).to.throw(/second deployment on chain 11155111/);
      writeFileSync(join(folder, "bad.json"), "{}");
      expect(() => deploymentsIn(folder)).to.throw();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
