import { expect } from "chai";
import { certify, type CertifyReport } from "../../../oracle/certify/certify.ts";
import { openTestJudge } from "../../support/chain.ts";
import type { Judge } from "../../../oracle/certify/judge.ts";
import { printReport } from "../../../oracle/certify/print.ts";
import { compile } from "../../../core/compile/compile.ts";
import type { Form } from "../../../core/compile/form.ts";
import { rebuild } from "../../../core/compile/rebuild.ts";
import { modelNames, readModel } from "../../../models/digits.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { float, graphModel } from "../../support/graph.ts";
import { oneNodeModels } from "../../support/models.ts";
import { oneNodeModel } from "../../support/onnxModel.ts";
import { deep } from "../../support/profile.ts";
import { onnxData, readNodeTests } from "../../support/onnxData.ts";
import { Random } from "../../support/random.ts";

describe("certify", () => {
  let judge: Judge;
  before(async () => {
    judge = await openTestJudge();
  });
  after(() => judge.close());

  /** One chain serves all models. */
  const shared = (): Promise<Judge> => Promise.resolve({ judge: (...a) => judge.judge(...a), close: () => Promise.resolve() });
  const report = (name: string, model: Uint8Array, elements: number, form: Form = "portable", openJudge = shared): Promise<CertifyReport> =>
    certify(name, model, { runtime: ortRuntime, openJudge, elements, form });

  const expectOk = (result: CertifyReport): void => {
    const { file, nodes, unsupported, ok } = result;
    expect(unsupported, file).to.deep.equal([]);
    expect(nodes.flatMap(({ index, op, failures }) => failures.map((failure) => ({ file, index, op, ...failure })))).to.deep.equal([]);
    for (const node of nodes) {
      expect(node.elements).to.be.greaterThan(0);
      expect(node.honestAccepted).to.equal(node.elements);
      expect(node.convicted).to.equal(node.corruptions);
      expect(node.maxGas).to.be.within(21_000, 2 ** 24);
    }
    expect(ok).to.equal(true);
  };

  for (const name of modelNames)
    it(`${name}: every honest number admitted, every corrupted one convicted`, async () => {
      const result = await report(name, readModel(name), 6);
      expectOk(result);
      expect(result.programRoot).to.match(/^0x[0-9a-f]{64}$/);
      for (const node of result.nodes) expect(node.corruptions).to.be.greaterThan(3 * node.elements);
    });

  for (const [name, model] of oneNodeModels)
    it(`${name}`, async () => {
      const result = await report(name, model, 12, "source");
      expectOk(result);
      for (const node of result.nodes) expect(node.corruptions).to.be.greaterThan(2 * node.elements);
    });

  for (const [form, inside] of [["source", ["LayerNormalization"]], ["portable", ["MatMul", "Sub", "Mul", "MatMul", "Add", "Sqrt", "Div", "Mul", "Add"]]] as const)
    it(`a LayerNormalization between an Add and a product, in the form ${form}: compiled, rebuilt from the two files, certified`, async () => {
      const random = new Random(17);
      const constant = (name: string, ...dims: number[]) => ({ ...float(name, dims), raw: new Uint8Array(Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()).buffer) });
      const file = graphModel({
        inputs: [float("x", [5, 64]), float("residual", [5, 64])],
        constants: [constant("g", 64), constant("b", 64), constant("w", 64, 16)],
        nodes: [["Add", ["x", "residual"], "sum"], ["LayerNormalization", ["sum", "g", "b"], "normal", { axis: -1 }], ["MatMul", ["normal", "w"], "y"]],
        outputs: [float("y", [5, 16])],
        opset: 17,
      });
      const { root, canonical, programFile } = await compile(file, { runtime: ortRuntime, form });
      expect((await rebuild(canonical, programFile, ortRuntime)).root).to.equal(root);
      const result = await report("block", file, form === "source" ? 40 : 12, form);
      expectOk(result);
      expect(result.programRoot).to.equal(root);
      expect(result.nodes.map(({ op }) => op)).to.deep.equal(["Add", ...inside, "MatMul"]);
    });

  it("asks about the canonical form that was accepted, and says how it differs from the file", async () => {
    const numbers = (count: number) => new Uint8Array(Float32Array.from({ length: count }, (_, i) => 0.3 + ((i * 7) % 11) / 9).buffer);
    const model = graphModel({
      inputs: [float("x", [4, 6])],
      constants: [["w", [6, 3]], ["g", [3]], ["b", [3]], ["m", [3]], ["v", [3]]].map(([name, dims]) => ({
        ...float(name as string, dims as number[]),
        raw: numbers((dims as number[]).reduce((a, b) => a * b, 1)),
      })),
      nodes: [["MatMul", ["x", "w"], "p"], ["BatchNormalization", ["p", "g", "b", "m", "v"], "y"]],
      outputs: [float("y")],
    });
    const ask = (acceptDifference: boolean) => certify("fused", model, { runtime: ortRuntime, openJudge: shared, elements: 2, form: "source", acceptDifference });
    const [exact, fused] = [await ask(false), await ask(true)];
    expectOk(exact);
    expect(exact.nodes.map(({ op }) => op)).to.deep.equal(["MatMul", "BatchNormalization"]);
    expect(exact.differences).to.deep.equal([]);
    expect(printReport(exact)).to.not.match(/differ/);
    expectOk(fused);
    expect(fused.nodes.map(({ op }) => op)).to.deep.equal(["Gemm"]);
    expect(fused.differences).to.have.length(1);
    expect(printReport(fused).split("\n")[1]).to.match(/^y is not what the file computes: \d+ of 84 elements differ, at most by /);
  });

  it("repeats itself for the same seed", async () => {
    const twice = await Promise.all([1, 2].map(() => report("digits-mlp", readModel("digits-mlp"), 2)));
    expect(twice[0]).to.deep.equal(twice[1]);
  });

  it("tries every element of a tensor that has no more than asked for", async () => {
    const { nodes } = await report("digits-mlp", readModel("digits-mlp"), 10);
    expect(nodes.map(({ elements }) => elements)).to.deep.equal([10, 10, 10, 10, 10, 10]);
    const { nodes: all } = await report("digits-mlp", readModel("digits-mlp"), 11);
    expect(all[5].elements).to.equal(10);
  });

  it("reports what it cannot take, and asks no contract about it", async () => {
    const result = await certify("x.onnx", new TextEncoder().encode("no model"), {
      runtime: ortRuntime,
      openJudge: () => Promise.reject(new Error("must not be opened")),
    });
    expect(result).to.deep.include({ file: "x.onnx", programRoot: null, nodes: [], ok: false });
    expect(result.unsupported).to.have.length(1);
  });

  // A proof in pieces for every question takes its time.
  const inDepth = process.env.OPG_TEST_PROFILE === "deep" ? it : () => undefined;
  inDepth("judges elements too long for one transaction in several", async () => {
    const random = new Random(3);
    const k = 16_500;
    const raw = new Uint8Array(Float32Array.from({ length: k }, () => random.normal()).buffer);
    const model = oneNodeModel({ op: "MatMul", inputs: [{ dtype: 1, dims: [1, k] }, { dtype: 1, dims: [k, 1], raw }], outputs: [{ dtype: 1, dims: [1, 1] }] });
    const { ok, nodes } = await report("long", model, 1);
    expect(ok).to.equal(true);
    expect(nodes[0].tooLarge).to.equal(0);
    expect(nodes[0].convicted).to.equal(nodes[0].corruptions);
    expect(nodes[0].corruptions).to.be.greaterThan(5);
  });

  it("is not satisfied by a verifier that convicts nobody, everybody, or never answers", async () => {
    const cost = { gas: 50_000, execution: 1_000, fits: true };
    const fixed = (convicts: boolean | undefined, fits = true) => () =>
      Promise.resolve<Judge>({
        judge: () => Promise.resolve({ convicts, revert: convicts === undefined ? "silence" : "", ...cost, fits }),
        close: () => Promise.resolve(),
      });
    const sums = async (open: () => Promise<Judge>) => {
      const { ok, nodes } = await report("digits-mlp", readModel("digits-mlp"), 2, "portable", open);
      const total = (of: (n: (typeof nodes)[number]) => number) => nodes.reduce((s, n) => s + of(n), 0);
      return { ok, accepted: total((n) => n.honestAccepted), convicted: total((n) => n.convicted), tooLarge: total((n) => n.tooLarge) };
    };
    expect(await sums(fixed(false))).to.deep.equal({ ok: false, accepted: 12, convicted: 0, tooLarge: 0 });
    const everybody = await sums(fixed(true));
    expect(everybody.ok).to.equal(false);
    expect(everybody.accepted).to.equal(0);
    expect(everybody.convicted).to.be.greaterThan(60);
    expect(await sums(fixed(undefined))).to.deep.equal({ ok: false, accepted: 0, convicted: 0, tooLarge: 0 });
    // What no transaction can carry convicts nobody.
    expect(await sums(fixed(true, false))).to.deep.equal({ ok: false, accepted: 0, convicted: 0, tooLarge: 12 });
  });

  if (onnxData === undefined) {
    it("the ONNX project's operator tests did not run: the folder with them is absent (OPG_ONNX_DATA names it)");
    return;
  }
  const folder = onnxData;
  // `npm run coverage:onnx` certifies all of them.
  const every = deep ? 1 : 60;
  it(`the ONNX project's operator tests, ${every === 1 ? "all" : `one of ${every}`}, as far as the compiler takes them`, async function () {
    this.timeout(deep ? 3_600_000 : 600_000);
    const failing: unknown[] = [];
    let certified = 0;
    const cases = readNodeTests(folder).filter((_, i) => i % every === 0);
    for (const { name, model } of cases) {
      const { programRoot, nodes, ok } = await report(name, model, 2);
      if (programRoot === null) continue;
      certified++;
      if (!ok) failing.push({ name, failures: nodes.flatMap(({ op, rule, failures }) => failures.slice(0, 1).map((f) => ({ op, rule, ...f }))) });
    }
    console.log(`      certified ${certified} of ${cases.length} models`);
    expect(failing).to.deep.equal([]);
    expect(certified).to.be.at.least(cases.length / 2);
  });
});
