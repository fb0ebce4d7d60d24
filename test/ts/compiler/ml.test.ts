import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import { CompileError } from "../../../core/faults.ts";
import { parseModel } from "../../../core/onnx/model.ts";
import { supportedOperators } from "../../../core/operators/index.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { randomForest } from "../../support/forests.ts";
import * as cases from "../../support/mlCases.ts";
import { distances, domainsOf, floats, loweredFile, nodesOf } from "../../support/mlLowering.ts";
import { mlModel, tensorOf, type MlAttribute, type MlNode } from "../../support/mlModel.ts";
import { Random } from "../../support/random.ts";

const CASES = process.env.OPG_TEST_PROFILE === "deep" ? 400 : 40;

const normals = (random: Random, count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());

async function faultsOf(file: Uint8Array): Promise<string> {
  const error: unknown = await compile(file, { runtime: ortRuntime }).catch((e: unknown) => e);
  return error instanceof CompileError ? error.message : "none";
}

describe("operators of ai.onnx.ml", () => {
  for (const [what, draw] of Object.entries(cases))
    it(`${what}: ${CASES} random models compute what the runtime's operators do`, async function () {
      this.timeout(60_000 + CASES * 500);
      const random = new Random(41);
      for (let n = 0; n < CASES; n++) {
        const { about, file, feeds, within } = draw(random);
        const written = await loweredFile(file);
        expect(domainsOf(written), about).to.deep.equal([""]);
        for (const [output, { largest, different }] of Object.entries(await distances(file, written, feeds))) {
          if (output === "label" || within === 0) expect(different, `${output}: ${about}`).to.equal(0);
          else expect(largest, `${output}: ${about}`).to.be.at.most(within);
        }
      }
    });

  it("a forest too large for one table is gone through step by step", async function () {
    this.timeout(60_000);
    const random = new Random(3);
    const forest = randomForest(random, "target", { trees: 40, depth: 9, features: 4, targets: 1, missing: true, modes: ["BRANCH_LT", "BRANCH_GT"] });
    const rows = 1 + Math.ceil(2 ** 22 / (forest.nodes_modes as string[]).length);
    const node = { op: "TreeEnsembleRegressor", inputs: ["x"], outputs: ["y"], attributes: { ...forest, n_targets: 1 } };
    const file = mlModel({ nodes: [node], inputs: [{ name: "x", dtype: 1, dims: [rows, 4] }], outputs: [{ name: "y", dtype: 1 }] });
    const written = await loweredFile(file);
    expect(nodesOf(written).filter((op) => op === "LessOrEqual")).to.have.length(9);
    const { y } = await distances(file, written, [{ x: floats([rows, 4], Array.from({ length: rows * 4 }, () => (random.chance(0.1) ? NaN : random.int(-6, 6) / 4))) }]);
    expect(y.different).to.equal(0);
  });

  describe("a file", () => {
    const random = new Random(7);
    const matrix = { name: "x", dtype: 1, dims: [2, 3] };
    const forest = randomForest(random, "class", { trees: 5, depth: 3, features: 3, targets: 3 });
    const trees = (attributes: Readonly<Record<string, MlAttribute>>): MlNode => ({ op: "TreeEnsembleClassifier", inputs: ["x"], outputs: ["label", "scores"], attributes: { ...forest, ...attributes } });
    const zipMap = (attributes: Readonly<Record<string, MlAttribute>>): MlNode => ({ op: "ZipMap", inputs: ["scores"], outputs: ["maps"], attributes });

    it("is compiled into judged operators of the standard domain alone, and certifies itself", async () => {
      const file = mlModel({ nodes: [trees({ classlabels_int64s: [4, 5, 6], post_transform: "SOFTMAX" })], inputs: [matrix], outputs: [{ name: "label", dtype: 7 }, { name: "scores", dtype: 1 }] });
      const compiled = await compile(file, { runtime: ortRuntime });
      for (const { op } of compiled.program.nodes) expect(supportedOperators.has(op), op).to.equal(true);
      expect(parseModel(compiled.canonical).opsetImport.map(({ domain }) => domain)).to.deep.equal([""]);
      expect(await compiled.objections(ortRuntime, 3)).to.deep.equal([]);
    });

    it("with texts as labels, and a list of maps as a result, gives their places and a tensor, and names what they are", async () => {
      const nodes = [trees({ classlabels_strings: ["cat", "dog", "owl"] }), zipMap({ classlabels_strings: ["cat", "dog", "owl"] })];
      const { labels, program } = await compile(mlModel({ nodes, inputs: [matrix], outputs: [{ name: "label", dtype: 8 }, { name: "maps", dtype: 1 }] }), { runtime: ortRuntime });
      expect([...labels]).to.deep.equal([["maps", ["cat", "dog", "owl"]], ["label", ["cat", "dog", "owl"]]]);
      expect(program.outputs.map(({ name, dtype, dims }) => [name, dtype, dims])).to.deep.equal([["label", 7, [2]], ["maps", 1, [2, 3]]]);
    });

    it("with labels that are taken from a constant of texts gives their places", async () => {
      const nodes: MlNode[] = [
        { op: "ArgMax", domain: "", inputs: ["x"], outputs: ["place"], attributes: { axis: 1, keepdims: 0 } },
        { op: "ArrayFeatureExtractor", inputs: ["names", "place"], outputs: ["taken"] },
        { op: "Reshape", domain: "", inputs: ["taken", "shape"], outputs: ["label"] },
      ];
      const names = { ...tensorOf("names", [3], new Uint8Array()), dataType: 8, rawData: new Uint8Array(), stringData: ["a", "b", "c"].map((text) => new TextEncoder().encode(text)) };
      const constants = [names, tensorOf("shape", [1], BigInt64Array.of(-1n))];
      const { labels, program } = await compile(mlModel({ nodes, constants, inputs: [matrix], outputs: [{ name: "label", dtype: 8 }] }), { runtime: ortRuntime });
      expect([...labels]).to.deep.equal([["label", ["a", "b", "c"]]]);
      expect(program.outputs[0].dims).to.deep.equal([2]);
    });

    it("of an older operator set, or none, is lifted to one that has what trees are written in", async () => {
      for (const opset of [9, 11]) {
        const nodes: MlNode[] = [{ op: "Cast", domain: "", inputs: ["x"], outputs: ["a"], attributes: { to: 1 } }, { ...trees({ classlabels_int64s: [0, 1, 2] }), inputs: ["a"] }];
        expect(await faultsOf(mlModel({ nodes, inputs: [{ ...matrix, dtype: 11 }], outputs: [{ name: "label", dtype: 7 }], opset, version: 1 }))).to.equal("none");
      }
    });

    it("of float64 numbers compares these as they are", async () => {
      const values = Float64Array.from(forest.nodes_values as Float32Array, (value) => value + 2 ** -40);
      const node = { ...trees({ classlabels_int64s: [0, 1, 2] }) };
      const attributes = Object.fromEntries(Object.entries({ ...node.attributes, nodes_values_as_tensor: tensorOf("", [values.length], values) }).filter(([name]) => name !== "nodes_values"));
      const outputs = [{ name: "label", dtype: 7 }];
      const { program } = await compile(mlModel({ nodes: [{ ...node, attributes }], inputs: [{ ...matrix, dtype: 11 }], outputs }), { runtime: ortRuntime });
      expect(program.nodes.find(({ op }) => op === "LessOrEqual")!.inputs[0]!.dtype).to.equal(11);
    });

    it("is refused by name and reason where no lowering takes a node", async () => {
      const scaler = mlModel({ nodes: [{ op: "Scaler", inputs: ["x"], outputs: ["b"], attributes: { offset: normals(random, 1), scale: normals(random, 1) } }], inputs: [{ name: "x", dtype: 11, dims: [3, 4] }], outputs: [{ name: "b", dtype: 1 }] });
      expect(await faultsOf(scaler)).to.match(/^b \(Scaler\): the operator is supported only where its input is float32$/);
      const open = mlModel({ nodes: [{ op: "SVMClassifier", inputs: ["x"], outputs: ["l", "s"], attributes: { kernel_type: "LINEAR", kernel_params: Float32Array.of(1, 0, 3), classlabels_ints: [1, 2], support_vectors: normals(random, 6), vectors_per_class: [1, 1], coefficients: normals(random, 2), rho: normals(random, 1), post_transform: "PROBIT" } }], inputs: [matrix], outputs: [{ name: "s", dtype: 1 }] });
      expect(await faultsOf(open)).to.match(/^l \(SVMClassifier\): its post_transform PROBIT leaves the second score open/);
      const texts = mlModel({ nodes: [{ op: "CategoryMapper", inputs: ["x"], outputs: ["y"], attributes: { cats_int64s: [1], cats_strings: ["a"] } }], inputs: [{ ...matrix, dtype: 7 }], outputs: [{ name: "y", dtype: 8 }] });
      expect(await faultsOf(texts)).to.match(/y \(CategoryMapper\): the operator belongs to "ai.onnx.ml", not to standard ONNX/);
    });
  });
});
