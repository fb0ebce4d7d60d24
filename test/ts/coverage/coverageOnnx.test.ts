import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Certifier } from "../../../checks/coverageOnnx/certifier.ts";
import type { Question } from "../../../checks/coverageOnnx/messages.ts";
import { modelsIn } from "../../../checks/coverageOnnx/models.ts";
import { sectionsOf, withSection } from "../../../checks/coverageOnnx/page.ts";
import { isTaken, reasonOf, reasons, rowOf, section, type Row } from "../../../checks/coverageOnnx/report.ts";
import { openHardhatJudge } from "../../../oracle/certify/hardhatJudge.ts";
import type { Judge } from "../../../oracle/certify/judge.ts";
import { toBinary } from "@bufbuild/protobuf";
import { TensorProtoSchema } from "../../../core/onnx/onnx_pb.js";
import { constantOf, type Constant } from "../../../core/onnx/tensor.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { float, graphModel } from "../../support/graph.ts";
import { graph, model, node } from "../../support/nestedModel.ts";

const MLP = new URL("../../../models/digits-mlp/model.onnx", import.meta.url);

const row = (name: string, more: Partial<Row> = {}): Row => ({ name, faults: [], nodes: 3, bounded: 1, gas: 250_000, wrong: [], ms: 1_234, cpuMs: 900, memory: 300 * 2 ** 20, bound: [], ...more });

const encodeTensor = (constant: Constant): Uint8Array => toBinary(TensorProtoSchema, constantOf("", constant));

describe("the coverage of a folder of models", function () {
  this.timeout(120_000);
  let folder: string;
  let judge: Judge;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "opg-coverage-"));
    mkdirSync(join(folder, "test_nested"));
    mkdirSync(join(folder, "empty"));
    copyFileSync(MLP, join(folder, "test_nested", "model.onnx"));
    writeFileSync(join(folder, "flat.onnx"), graphModel({ inputs: [float("x", [2])], constants: [], nodes: [["NoSuch", ["x"], "y"]], outputs: [float("y")] }));
    writeFileSync(join(folder, "dims.json"), JSON.stringify({ "flat.onnx": { batch: 2 } }));
    judge = await openHardhatJudge();
  });
  after(async () => {
    await judge.close();
    rmSync(folder, { recursive: true });
  });

  it("takes flat files and folders with a model, with their sizes", () => {
    expect(modelsIn(folder)).to.deep.equal([
      { name: "flat", path: join(folder, "flat.onnx"), dims: { batch: 2 } },
      { name: "test_nested", path: join(folder, "test_nested", "model.onnx"), dims: {} },
    ]);
    expect(modelsIn(folder, join(folder, "none.json"))[0].dims).to.deep.equal({});
  });

  it("asks one chain about each, in a process that may be lost with a model", async () => {
    const asked: Pick<Question, "programRoot">[] = [];
    const noting: Judge = { ...judge, judge: (programRoot, ...rest) => (asked.push({ programRoot }), judge.judge(programRoot, ...rest)) };
    const [, mlp] = modelsIn(folder);
    const [flat] = modelsIn(folder, join(folder, "none.json"));
    const hasty = new Certifier(async () => noting, 1);
    expect((await hasty.certify({ model: mlp, elements: 1 })).faults).to.deep.equal([{ name: "model", op: "", why: "it takes more than 0.001 s" }]);
    hasty.close();
    const certifier = new Certifier(async () => noting, 60_000);
    try {
      const refused = await certifier.certify({ model: flat, elements: 1 });
      expect(refused).to.deep.include({ faults: [{ name: "y", op: "NoSuch", why: "the operator is not supported" }], nodes: 0, gas: 0 });
      expect(asked).to.deep.equal([]);
      const taken = await certifier.certify({ model: mlp, elements: 1 });
      expect(taken).to.deep.include({ faults: [], wrong: [], nodes: 6 });
      expect(taken.gas).to.be.greaterThan(100_000);
      expect(taken.memory).to.be.greaterThan(2 ** 20);
      expect(asked.length).to.be.greaterThan(6);
      const compiled = await certifier.certify({ model: mlp, elements: 0 });
      expect(compiled).to.deep.include({ faults: [], nodes: 6, gas: 0 });
      const lying = new Certifier(async () => ({ ...judge, judge: async () => ({ convicts: false, revert: "", gas: 1, fits: true }) }), 60_000);
      expect((await lying.certify({ model: mlp, elements: 1 })).wrong[0]).to.match(/a value that the rule forbids is admitted/);
      lying.close();
    } finally {
      certifier.close();
    }
  });

  it("gives inputs that must be known the values of the test that lies beside a model, or those of the folder's list", async () => {
    const own = join(folder, "bound");
    const write = (name: string): string => {
      mkdirSync(join(own, name, "test_data_set_0"), { recursive: true });
      const nodes = [node("s = ReduceMax(x, axes)", { keepdims: 0 }), node("y = Reshape(s, shape)")];
      writeFileSync(join(own, name, "model.onnx"), model(graph(["float x[2,3]", "int64 axes[1]", "int64 shape[2]"], nodes, ["float y"]), { opset: 18 }));
      return join(own, name, "test_data_set_0");
    };
    const integers = (...values: bigint[]) => encodeTensor({ dtype: DType.int64, dims: [values.length], data: new Uint8Array(BigInt64Array.from(values).buffer) });
    const data = write("test_whole");
    writeFileSync(join(data, "input_1.pb"), integers(1n));
    writeFileSync(join(data, "input_2.pb"), integers(1n, -1n));
    writeFileSync(join(write("test_part"), "input_2.pb"), integers(1n, 2n));
    write("test_listed");
    writeFileSync(join(own, "dims.json"), JSON.stringify({ test_listed: { $values: { axes: [0], shape: [3, 1] } } }));
    const certifier = new Certifier(async () => judge, 60_000);
    try {
      const rows = [];
      for (const each of modelsIn(own)) rows.push(rowOf(each, await certifier.certify({ model: each, elements: each.name === "test_whole" ? 1 : 0 })));
      expect(rows.map(({ name, bound, nodes }) => [name, bound, nodes])).to.deep.equal([["test_listed", [], 2], ["test_part", [], 0], ["test_whole", ["axes", "shape"], 2]]);
      expect(rows[1].faults.map(({ inputs }) => inputs)).to.deep.equal([["axes"]]);
      expect(reasonOf(rows[1].faults[0])).to.match(/^ReduceMax: .*; it depends on inputs$/);
      expect(section(rows, 1)).to.include("Of these, 1 are taken with values of inputs that must be known").and.include("| taken, with the test's own value of axes, shape |");
    } finally {
      certifier.close();
    }
  });

  it("is a table, with the reasons summed up without names and numbers", () => {
    const unknown = { name: "a", op: "Foo", why: "the operator is not supported" };
    const rows = [
      row("first"),
      row("second", { faults: [unknown, { name: "b", op: "Conv", why: '"w" is float16; [3, 4] of 17 | x' }], nodes: 0, bounded: 0, gas: 0 }),
      row("third", { faults: [{ ...unknown, name: "c" }, { ...unknown, name: "d" }], nodes: 0, bounded: 0, gas: 0 }),
      row("fourth", { wrong: ["n (Add), element 3, bit: a value that the rule forbids is admitted"] }),
    ];
    expect(rows.map(isTaken)).to.deep.equal([true, false, false, false]);
    expect(reasonOf(rows[1].faults[1])).to.equal("Conv: … is float16; […] of N | x");
    expect(reasons(rows)).to.deep.equal([["Foo: the operator is not supported", 2], ["Conv: … is float16; […] of N | x", 1]]);
    const text = section(rows, 4);
    expect(text).to.match(/^1 of 4 taken and certified, with 4 elements of every node\./);
    expect(text).to.include("| first | 3 | 1 | 250,000 | 1.2 | 300 | taken |");
    expect(text).to.include('| second |  |  |  | 1.2 | 300 | refused: a (Foo): the operator is not supported; b (Conv): "w" is float16; [3, 4] of 17 \\| x |');
    expect(text).to.include("| judged wrong: n (Add), element 3, bit:");
    const outcome = { kind: "outcome", ...row("x") } as const;
    expect(rowOf({ name: "y", path: "/p", dims: {} }, outcome)).to.deep.equal({ ...row("x"), name: "x" });
  });

  it("lists of very many models those that are refused, and the dearest", () => {
    const many = Array.from({ length: 300 }, (_, i) => row(`m${i}`, i === 7 ? { faults: [{ name: "a", op: "Foo", why: "no" }], nodes: 0, gas: 0 } : { gas: i }));
    const text = section(many, 1);
    expect(text).to.match(/^299 of 300 taken/);
    expect(text).to.include("Of the models that are taken, the table has the 20 with the dearest verdicts.");
    expect([...text.matchAll(/^\| m(\d+) /gm)].map(([, i]) => Number(i))).to.deep.equal([7, ...Array.from({ length: 20 }, (_, i) => 280 + i)]);
  });

  it("takes the place of what the page said of the same folder", () => {
    const page = "# Title\n\nText.\n";
    const first = withSection(page, "a", "one");
    const both = withSection(first, "b", "two");
    expect(both).to.equal("# Title\n\nText.\n\n<!-- coverage a -->\n\n## a\n\none\n\n<!-- /coverage a -->\n\n<!-- coverage b -->\n\n## b\n\ntwo\n\n<!-- /coverage b -->\n");
    expect(withSection(both, "a", "three")).to.equal(both.replace("one", "three"));
    expect(sectionsOf(both)).to.deep.equal(["a", "b"]);
    expect(() => withSection("<!-- coverage a -->", "a", "x")).to.throw("lacks the end");
  });
});
