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
import { float, graphModel } from "../../support/graph.ts";

const MLP = new URL("../../../models/digits-mlp/model.onnx", import.meta.url);

const row = (name: string, more: Partial<Row> = {}): Row => ({ name, faults: [], nodes: 3, bounded: 1, gas: 250_000, wrong: [], ms: 1_234, cpuMs: 900, memory: 300 * 2 ** 20, ...more });

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
