import { execFileSync } from "node:child_process";
import { create } from "@bufbuild/protobuf";
import { expect } from "chai";
import { modelNames, readModel } from "../../../models/digits.ts";
import {
  FunctionProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type TensorProto,
} from "../../../core/onnx/onnx_pb.js";
import { encodeModel, parseModel, type OnnxModel } from "../../../core/onnx/model.ts";
import { compile } from "../../../core/compile/compile.ts";
import { rebuild } from "../../../core/compile/rebuild.ts";
import { sha256 } from "../../../core/digest.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { CompileError } from "../../../core/faults.ts";
import { parseProgramFile, printProgramFile, type ProgramFile } from "../../../core/program/programFile.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";

type Node = ProgramFile["nodes"][number];

describe("a compiled version", () => {
  let cnn: CompiledModel;
  before(async () => {
    cnn = await compile(readModel("digits-cnn"), { runtime: ortRuntime });
  });

  for (const name of modelNames) {
    it(`${name} is the same in two other processes`, async () => {
      const own = await compile(readModel(name), { runtime: ortRuntime });
      const lines = [own.root, sha256(own.canonical), sha256(own.programFile)].join(" ");
      const script = new URL("../../support/compileDigest.ts", import.meta.url).pathname;
      for (let i = 0; i < 2; i++) {
        expect(execFileSync(process.execPath, [script, name], { encoding: "utf8" }).trim()).to.equal(lines);
      }
    });
  }

  it("compiles to itself: the canonical form of a canonical file is that file", async () => {
    const again = await compile(cnn.canonical, { runtime: ortRuntime });
    expect(again.root).to.equal(cnn.root);
    expect(sha256(again.canonical)).to.equal(sha256(cnn.canonical));
  });

  it("reports its progress to the end of every stage", async () => {
    const ends = new Set<string>();
    await compile(readModel("digits-cnn"), { runtime: ortRuntime }, ({ stage, done, total }) => done === total && ends.add(stage));
    expect([...ends]).to.include.members(["canonicalise", "schedules", "commit"]);
  });

  it("is rebuilt from its two files, and its schedules hold here", async () => {
    const rebuilt = await rebuild(cnn.canonical, cnn.programFile, ortRuntime);
    expect(rebuilt.root).to.equal(cnn.root);
    expect(rebuilt.program).to.deep.equal(cnn.program);
    expect(await rebuilt.qualify(ortRuntime, 7)).to.deep.equal([]);
  });

  it("gives another root with gemv where a chain is followed, and no host qualifies it", async () => {
    const other = forged((nodes) => nodes.map((node) => (node.op === "Gemm" ? { ...node, rule: "gemv", chunk: 0, flags: 0 } : node)));
    await expectFault(cnn.canonical, other, /states the root .* its rows have the root/);
    const { root } = new RegExp(/rows have the root (?<root>0x[0-9a-f]{64})/).exec(await messageOf(cnn.canonical, other))!.groups!;
    const honest = printProgramFile({ ...parseProgramFile(other), kernels: ["chain", "gemv"], root });
    const loose = await rebuild(cnn.canonical, honest, ortRuntime);
    expect(loose.root).to.equal(root);
    const products = cnn.program.nodes.filter(({ op }) => op === "Gemm").map(({ name }) => name);
    expect(await loose.objections(ortRuntime)).to.deep.equal(products.map((name) => ({ name, against: "schedule" })));
  });

  it("states the runtime, its kernels and threads, on which the root does not hang", async () => {
    const stated = parseProgramFile(cnn.programFile);
    expect(stated).to.include({ format: "opengradient-program/2", runtime: ortRuntime.name });
    expect(stated.kernels).to.deep.equal(["chain"]);
    const other = await rebuild(cnn.canonical, printProgramFile({ ...stated, runtime: "onnxruntime 1.31.0", threads: 1 }), ortRuntime);
    expect(other.root).to.equal(cnn.root);
    expect(other.execution).to.deep.equal({ runtime: "onnxruntime 1.31.0", threads: 1 });
  });

  it("does not qualify with a schedule that this host does not follow", async () => {
    const wrong = forged((nodes) => nodes.map((node) => (node.rule === "chain" ? { ...node, chunk: 5 } : node)));
    const { root } = /rows have the root (?<root>0x[0-9a-f]{64})/.exec(await messageOf(cnn.canonical, wrong))!.groups!;
    const rebuilt = await rebuild(cnn.canonical, printProgramFile({ ...parseProgramFile(wrong), root }), ortRuntime);
    const chains = cnn.program.nodes.filter(({ rule }) => rule === 2).map(({ name }) => name);
    expect(await rebuilt.qualify(ortRuntime)).to.deep.equal(chains);
  });

  /** An input of the name and type of a constant, which the runtime takes for its default. */
  function inputLike({ name, dims, dataType }: TensorProto) {
    const dim = dims.map((size) => ({ value: { case: "dimValue" as const, value: size } }));
    return create(ValueInfoProtoSchema, { name, type: { value: { case: "tensorType", value: { elemType: dataType, shape: { dim } } } } });
  }

  describe("refuses a canonical file that the runtime could read otherwise than the rows say", () => {
    const tampered: [string, (model: OnnxModel) => void, RegExp][] = [
      ["a function that redefines an operator", (m) => m.functions.push(create(FunctionProtoSchema, { name: "Relu", domain: "", input: ["x"], output: ["y"] })), /canonical form/],
      ["a constant that is an input too", (m) => m.graph.input.push(inputLike(m.graph.initializer[0])), /stands for two/],
      ["two constants of one name", (m) => m.graph.initializer.push(create(TensorProtoSchema, m.graph.initializer[0])), /canonical form|stands for two/],
      ["two attributes of one name", (m) => m.graph.node[0].attribute.unshift(m.graph.node[0].attribute[0]), /two attributes of one name|refuses its canonical form/],
      ["nodes out of order", (m) => m.graph.node.reverse(), /before it is computed|canonical form/],
      ["constants out of order", (m) => m.graph.initializer.reverse(), /canonical form/],
      ["a value that is computed twice", (m) => m.graph.node.push(m.graph.node[1]), /twice|refuses|Duplicate/],
      ["another operator set", (m) => m.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: "com.microsoft", version: 1n })), /canonical form/],
      ["data outside", (m) => {
        m.graph.initializer[0].dataLocation = TensorProto_DataLocation.EXTERNAL;
        m.graph.initializer[0].externalData = [create(StringStringEntryProtoSchema, { key: "location", value: "weights" })];
      }, /"weights" is missing/],
    ];
    for (const [what, change, why] of tampered) {
      it(what, async () => {
        const model = parseModel(cnn.canonical);
        change(model);
        const canonical = encodeModel(model);
        const stated = parseProgramFile(cnn.programFile);
        await expectFault(canonical, printProgramFile({ ...stated, canonical: sha256(canonical) }), why);
      });
    }

    it("a field that this reader does not know", async () => {
      const canonical = Uint8Array.from([...cnn.canonical, 0xf8, 0x01, 0x01]);
      await expectFault(canonical, printProgramFile({ ...parseProgramFile(cnn.programFile), canonical: sha256(canonical) }), /canonical form/);
    });
  });

  /** A program file with other nodes, under the old root. */
  function forged(change: (nodes: readonly Node[]) => readonly Node[]): Uint8Array {
    const stated = parseProgramFile(cnn.programFile);
    return printProgramFile({ ...stated, nodes: change(stated.nodes) });
  }
  const first = (change: Partial<Node>) => forged(([node, ...rest]) => [{ ...node, ...change }, ...rest]);

  async function messageOf(canonical: Uint8Array, programFile: Uint8Array): Promise<string> {
    try {
      await rebuild(canonical, programFile, ortRuntime);
    } catch (error) {
      if (error instanceof CompileError) return error.message;
      throw error;
    }
    throw new Error("the version was accepted");
  }
  async function expectFault(canonical: Uint8Array, programFile: Uint8Array, why: RegExp): Promise<void> {
    expect(await messageOf(canonical, programFile)).to.match(why);
  }

  /** The program file with other statements about the whole. */
  const stating = (change: Record<string, unknown>) => text(JSON.stringify({ ...parseProgramFile(cnn.programFile), ...change }));
  const text = (value: string) => new TextEncoder().encode(value);
  const forgeries: [string, () => [Uint8Array, Uint8Array], RegExp][] = [
    ["another canonical file", () => [readModel("digits-mlp"), cnn.programFile], /belongs to the canonical file/],
    ["a rule that is not permitted", () => [cnn.canonical, first({ rule: "equal" })], /rule equal is not permitted/],
    ["a product within a bound", () => [cnn.canonical, first({ rule: "bound", chunk: 0, flags: 0 })], /rule bound is not permitted/],
    ["gemv of more than one row and column", () => [cnn.canonical, first({ rule: "gemv", chunk: 0, flags: 0 })], /schedule chunk 0, flags 0 is not permitted/],
    ["a chunk beyond the products", () => [cnn.canonical, first({ chunk: 9 })], /schedule chunk 9, flags 0 is not permitted/],
    ["unknown flags", () => [cnn.canonical, first({ flags: 2 })], /flags 2 is not permitted/],
    ["a schedule without a chain", () => [cnn.canonical, forged((nodes) => nodes.map((n) => (n.op === "Relu" ? { ...n, chunk: 4 } : n)))], /chunk 4/],
    ["a layout that is none", () => [cnn.canonical, first({ perm: [0, 1, 1, 3] })], /no layout of/],
    ["a layout that differs between rows", () => [cnn.canonical, first({ perm: [0, 2, 3, 1] })], /tensor 1 has the layout/],
    ["an input that is not row-major", () => [cnn.canonical, first({ inputPerms: [[3, 2, 1, 0], [0, 1, 2, 3], [0]] })], /tensor 0 has the layout/],
    ["too few layouts", () => [cnn.canonical, first({ inputPerms: [] })], /0 layouts for 3 inputs/],
    ["a node too few", () => [cnn.canonical, forged((nodes) => nodes.slice(1))], /states \d+ nodes, the canonical file has \d+/],
    ["another node's name", () => [cnn.canonical, first({ name: "other" })], /states Conv "other"/],
    ["no JSON", () => [cnn.canonical, text("{")], /no JSON/],
    ["another format", () => [cnn.canonical, stating({ format: "x" })], /malformed/],
    ["the format of an earlier release", () => [cnn.canonical, stating({ format: "opengradient-program/1" })], /of an earlier release, and states no runtime, kernels and threads: compile the model anew/],
    ["a runtime that is none", () => [cnn.canonical, stating({ runtime: "; rm -rf" })], /malformed.*runtime/],
    ["no runtime", () => [cnn.canonical, stating({ runtime: undefined })], /malformed.*runtime/],
    ["kernels that no row follows", () => [cnn.canonical, stating({ kernels: ["chain", "kernel Exp"] })], /states the kernels \[chain, kernel Exp\], its rows follow \[chain\]/],
    ["fewer kernels than its rows follow", () => [cnn.canonical, stating({ kernels: [] })], /states the kernels \[\], its rows follow \[chain\]/],
    ["no thread", () => [cnn.canonical, stating({ threads: 0 })], /malformed.*threads/],
    ["an unknown key", () => [cnn.canonical, text(new TextDecoder().decode(cnn.programFile).replace("{", '{"extra":1,'))], /malformed/],
  ];
  for (const [what, files, why] of forgeries) {
    it(`is refused with ${what}`, () => expectFault(...files(), why));
  }
});
