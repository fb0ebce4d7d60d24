import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { readDigits, type ModelName } from "../../../models/digits.ts";
import type { SlackSummary } from "../../../core/slack/slackSummary.ts";
import { opg } from "../../support/commandLine.ts";
import { float, graphModel } from "../../support/graph.ts";
import { graph, model, node } from "../../support/nestedModel.ts";
import { oneNodeModel } from "../../support/onnxModel.ts";

const shipped = (name: ModelName): string => fileURLToPath(new URL(`../../../models/${name}/model.onnx`, import.meta.url));

/** Keeps the operators of the file, of which some are bounded. */
const SOURCE = ["--form", "source"];

describe("opg model compile", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "opg-compile-"));
    readDigits().slice(0, 2).forEach(({ input }, i) => writeFileSync(join(folder, `digit${i}.bin`), input));
    writeFileSync(join(folder, "short.bin"), new Uint8Array(255));
  });
  after(() => rmSync(folder, { recursive: true }));

  const compile = (file: string, ...options: string[]) => opg(["model", "compile", file, "--out", folder, ...options], {}, folder);
  /** What is printed of the slack, line by line. */
  const shown = async (file: string, ...options: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await compile(file, ...options);
    expect(code, stderr).to.equal(0);
    return stdout.split("\n").filter((line) => line.startsWith("slack"));
  };

  /** Rows of four numbers, of which the order of additions is not known: in the form of the source they are bounded. */
  const bounded = (): string => {
    const file = join(folder, "bounded.onnx");
    const scale = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    writeFileSync(file, oneNodeModel({ op: "LayerNormalization", inputs: [{ dtype: 1, dims: [16, 4] }, { dtype: 1, dims: [4], raw: scale }], outputs: [{ dtype: 1 }] }));
    return file;
  };

  it("shows how far the bounds let each output be moved, on random inputs", async () => {
    const lines = await shown(bounded(), ...SOURCE);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^slack {9}y0: at most 0\.0\d+, margin [\d.]+ in the median and [\d.]+ at least; .* 4 random inputs$/);
    expect(await shown(bounded(), ...SOURCE), "the inputs are seeded").to.deep.equal(lines);
  });

  it("measures it on samples, and gives the numbers with --json", async () => {
    const samples = ["--sample", "digit0.bin", "digit1.bin"];
    const [single] = await shown(bounded(), ...SOURCE, "--sample", "digit0.bin");
    expect(single).to.match(/ on (1 of )?1 sample$/);
    const { json, stderr } = await compile(bounded(), ...SOURCE, ...samples, "--json");
    const [slack, ...more] = json!.slack as SlackSummary[];
    expect(more, stderr).to.deep.equal([]);
    expect(slack).to.include({ output: "y0", runs: 2 });
    expect(slack.largestShift).to.be.within(1e-8, 1e-2);
    expect(slack.smallestMargin).to.be.within(0, slack.medianMargin!);
  });

  it("says that nothing can be moved where nothing is bounded", async () => {
    for (const name of ["digits-mlp", "digits-cnn"] as const) {
      expect(await shown(shipped(name))).to.deep.equal(["slack         scores: 0, no node is under a bound"]);
    }
    const { json } = await compile(shipped("digits-cnn-int8"), "--json");
    expect((json!.slack as SlackSummary[])[0]).to.include({ largestShift: 0, worstRatio: 0, reached: 0 });
  });

  it("says where the slack is not defined", async () => {
    writeFileSync(join(folder, "values.bin"), new Uint8Array(new Float32Array(64).fill(Infinity).buffer));
    const [line] = await shown(bounded(), ...SOURCE, "--sample", "values.bin");
    expect(line).to.equal("slack         y0: not defined: values overflow or are not finite, so that infinities and NaN are admissible");
  });

  describe("of a file that the runtime would make another model of", () => {
    const fused = () => {
      const file = join(folder, "fused.onnx");
      const numbers = (count: number) => new Uint8Array(Float32Array.from({ length: count }, (_, i) => 0.3 + ((i * 7) % 11) / 9).buffer);
      const constants = [["w", [3, 1, 2, 2]], ["g", [3]], ["b", [3]], ["m", [3]], ["v", [3]]] as const;
      writeFileSync(
        file,
        graphModel({
          inputs: [float("x", [1, 1, 6, 6])],
          constants: constants.map(([name, dims]) => ({ ...float(name, dims), raw: numbers(dims.reduce<number>((a, b) => a * b, 1)) })),
          nodes: [["Conv", ["x", "w"], "c"], ["BatchNormalization", ["c", "g", "b", "m", "v"], "y"]],
          outputs: [float("y")],
        }),
      );
      return file;
    };
    const stated = /^y: \d+ of 525 elements differ, at most by \S+, of \S+, and at most by \d+ ULP/;

    it("takes it as it is", async () => {
      const { code, stdout, json } = await compile(fused(), ...SOURCE, "--json");
      expect(code, stdout).to.equal(0);
      expect((json!.nodes as { op: string }[]).map(({ op }) => op)).to.deep.equal(["Conv", "BatchNormalization"]);
      expect(json!.differences).to.deep.equal([]);
    });

    it("takes what the runtime makes of it with --accept-difference, and says what differs", async () => {
      const { code, stdout } = await compile(fused(), ...SOURCE, "--accept-difference");
      expect(code).to.equal(0);
      const lines = stdout.split("\n");
      expect(lines.filter((line) => line.includes("BatchNormalization"))).to.deep.equal([]);
      const [line, ...more] = lines.filter((text) => text.startsWith("difference"));
      expect(more).to.deep.equal([]);
      expect(line.slice("difference    ".length)).to.match(stated);
      const { json } = await compile(fused(), ...SOURCE, "--accept-difference", "--json");
      const [difference] = json!.differences as Record<string, unknown>[];
      expect(difference).to.include({ output: "y", dtype: "float32", compared: 525 });
      expect(difference.elements).to.be.within(1, 525);
    });

    it("is not published in the place of a source from which it differs", async () => {
      const source = fused();
      await compile(source, ...SOURCE, "--accept-difference");
      const publish = (...options: string[]) => opg(["model", "publish", "fused.canonical.onnx", "--source", source, "--json", ...options], {}, folder);
      const refused = await publish(...SOURCE);
      expect(refused.code).to.equal(2);
      expect(refused.json!.error).to.include({ code: "MODEL" });
      expect((refused.json!.error as { message: string }).message).to.match(/y: its canonical form does not compute what the file computes: \d+ of 525/);
      // What is left to complain of is that no chain is configured.
      const accepted = await publish(...SOURCE, "--accept-difference");
      expect((accepted.json!.error as { code: string }).code).to.not.equal("MODEL");
      expect(((await publish()).json!.error as { code: string }).code, "in portable form a difference is none").to.not.equal("MODEL");
      await compile(source, ...SOURCE);
      expect(((await publish(...SOURCE)).json!.error as { code: string }).code).to.not.equal("MODEL");
    });
  });

  describe("in portable form, the default", () => {
    const lines = (stdout: string, key: string) => stdout.split("\n").filter((line) => line.startsWith(key)).map((line) => line.slice("difference    ".length));

    it("leaves no node bounded, and says how far results change at most and in the mean, and what it costs", async () => {
      const { code, stdout, stderr } = await compile(shipped("digits-cnn"), "--sample", "digit0.bin", "digit1.bin");
      expect(code, stderr).to.equal(0);
      expect(stdout).to.not.match(/^ {2}bound /m);
      expect(lines(stdout, "form ")).to.deep.equal(["portable"]);
      expect(lines(stdout, "bounded ")).to.deep.equal(["0 of 12 nodes"]);
      expect(lines(stdout, "difference")).to.have.length(1);
      expect(lines(stdout, "difference")[0]).to.match(/^scores: \d+ of 20 elements differ, at most by \S+, of \S+, and at most by \d+ ULP, in the mean by \S+, of \S+, on the samples$/);
      expect(lines(stdout, "time")[0]).to.match(/^[\d.]+ times the source's: [\d.]+ ms of CPU time to [\d.]+ ms, both on one thread$/);
    });

    it("gives all of it with --json", async () => {
      const { json } = await compile(shipped("digits-cnn"), "--json");
      expect(json).to.deep.include({ form: "portable", bounded: [] });
      const [difference, ...more] = json!.differences as Record<string, number>[];
      expect(more).to.deep.equal([]);
      expect(difference).to.include({ output: "scores", dtype: "float32", compared: 40, notFinite: 0 });
      expect(difference.absolute).to.be.within(1e-7, 1e-3);
      expect(difference.mean).to.be.within(1e-9, difference.absolute);
      const { source, canonical, ratio } = json!.cost as Record<string, number>;
      expect(source).to.be.within(1e-4, 1_000);
      expect(Math.abs(ratio - canonical / source)).to.be.below(1e-9);
    });

    it("says where nothing differs, and which nodes of the source are bounded, and why", async () => {
      const { stdout } = await compile(shipped("digits-mlp"));
      expect(lines(stdout, "difference")).to.deep.equal(["none: no element of an output differs from the source's on random inputs"]);
      const { json, stdout: kept } = await compile(bounded(), ...SOURCE, "--json");
      expect(json).to.include({ form: "source" }).and.not.have.property("cost");
      const [row, ...more] = json!.bounded as Record<string, string>[];
      expect(more, kept).to.deep.equal([]);
      expect(row).to.deep.equal({ name: "node", op: "LayerNormalization", why: "the source's operator is kept; in portable form it is written in terms of others" });
    });

    it("knows no third form", async () => {
      const { code, json } = await compile(shipped("digits-mlp"), "--form", "other", "--json");
      expect(code).to.equal(2);
      expect(json!.error).to.include({ code: "FORM", fix: "write --form portable or --form source" });
    });
  });

  describe("with the value of an input", () => {
    const file = (): string => {
      const path = join(folder, "axes.onnx");
      writeFileSync(path, model(graph(["float x[2,3]", "int64 axes[1]"], [node("y = ReduceMax(x, axes)", { keepdims: 0 })], ["float y"]), { opset: 18 }));
      return path;
    };

    it("makes it a constant, and says what is bound", async () => {
      const { code, stdout, stderr } = await compile(file(), "--value", "axes=[1]");
      expect(code, stderr).to.equal(0);
      expect(stdout).to.match(/^bound {9}axes=\[1\]$/m).and.to.match(/^output {8}y: float32 \[2\]$/m);
      expect(stdout.match(/^input/gm)).to.have.length(1);
      const { json } = await compile(file(), "--value", "axes=0", "--json");
      expect(json).to.deep.include({ dims: {}, values: { axes: 0 }, settled: [], inputs: [{ name: "x", dtype: "float32", dims: [2, 3] }], outputs: [{ name: "y", dtype: "float32", dims: [3] }] });
    });

    it("is asked for where it is missing, and refused where it does not fit or is no JSON", async () => {
      for (const [options, code, says] of [
        [[], "MODEL", /must be a constant; it depends on the input "axes": bind its value, for example --value axes=\[1\]/],
        [["--value", "axes=[0,1]"], "MODEL", /axes: the value that is given for it does not fit: it has 2 elements, the input 1/],
        [["--value", "axis=1"], "MODEL", /axis: a value is given for it, and the model has no input of this name; its inputs are "x", "axes"/],
        [["--value", "axes=[1"], "INPUT_VALUE", /gives no JSON/],
        [["--value", "axes"], "INPUT_VALUE", /does not name an input and its value/],
      ] as const) {
        const refused = await compile(file(), ...options, "--json");
        expect(refused.code).to.equal(2);
        const error = refused.json!.error as { code: string; message: string; fix: string };
        expect([error.code, error.fix === ""], options.join(" ")).to.deep.equal([code, false]);
        expect(error.message).to.match(says);
      }
    });

    it("is that of a constant, too, when the contracts are asked, or the canonical file is compared with its source", async () => {
      const { code, json } = await opg(["model", "certify", file(), "--value", "axes=[1]", "--elements", "1", "--json"], {}, folder);
      expect(code).to.equal(0);
      expect(json).to.include({ ok: true });
      await compile(file(), "--value", "axes=[1]", ...SOURCE);
      const publish = (...options: string[]) => opg(["model", "publish", "axes.canonical.onnx", ...SOURCE, "--source", "axes.onnx", "--json", ...options], {}, folder);
      // What is left to complain of is that no chain is configured.
      expect(((await publish("--value", "axes=[1]")).json!.error as { code: string }).code).to.not.equal("MODEL");
      expect(((await publish()).json!.error as { code: string }).code).to.equal("MODEL");
    });
  });

  it("says which branch of an If is left out", async () => {
    const path = join(folder, "branches.onnx");
    const weights = (rows: number) => ({ type: "float", dims: [rows, 2], values: new Array<number>(2 * rows).fill(1) }) as const;
    const branches = { then_branch: { graph: graph([], [node("r = MatMul(x, four)")], ["float r"]) }, else_branch: { graph: graph([], [node("r = MatMul(x, three)")], ["float r"]) } };
    const given = graph(["float x[n]", "int64 rate[]"], [node("c = Equal(rate, eight)"), node("y = If(c)", branches, "choice")], ["float y"], { eight: { type: "int64", dims: [], values: [8] }, three: weights(3), four: weights(4) });
    writeFileSync(path, model(given));
    const { code, stdout, stderr } = await compile(path, "--dim", "n=4");
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^bound {9}n=4$/m).and.to.match(/^left out {6}choice \(If\): at these sizes no run of the file that takes its else_branch has a result \(.*\): the program computes its then_branch, whatever the condition says$/m);
    // The file is compared on inputs that choose the branch that is there.
    const publish = (...options: string[]) => opg(["model", "publish", "branches.canonical.onnx", "--source", path, "--json", ...options], {}, folder);
    expect(((await publish()).json!.error as { code: string }).code).to.equal("MODEL");
    expect(((await publish("--value", "rate=8")).json!.error as { code: string }).code).to.not.equal("MODEL");
  });

  it("refuses a sample of the wrong length, and writes nothing", async () => {
    const out = join(folder, "nothing");
    const refused = await compile(shipped("digits-cnn"), "--sample", "digit0.bin", "short.bin", "--out", out, "--json");
    expect(refused.code).to.equal(2);
    expect(refused.json!.error).to.deep.equal({
      code: "INPUT_LENGTH",
      message: "the sample short.bin has 255 bytes, the model takes 256",
      fix: "give the raw little-endian bytes of image: float32 [1, 1, 8, 8]",
    });
    expect(existsSync(out)).to.equal(false);
    const missing = await compile(shipped("digits-cnn"), "--sample", "nowhere.bin", "--json");
    expect(missing.code).to.equal(2);
    expect(missing.json!.error).to.include({ code: "FILE_UNREADABLE" });
  });
});
