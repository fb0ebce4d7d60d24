import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { readDigits, type ModelName } from "../../../models/digits.ts";
import type { SlackSummary } from "../../../core/slack/slackSummary.ts";
import { opg } from "../../support/commandLine.ts";
import { float, graphModel } from "../../support/graph.ts";
import { oneNodeModel } from "../../support/onnxModel.ts";

const shipped = (name: ModelName): string => fileURLToPath(new URL(`../../../models/${name}/model.onnx`, import.meta.url));

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

  it("shows how far the bounds let each output be moved, on random inputs", async () => {
    const lines = await shown(shipped("digits-cnn"));
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(
      /^slack {9}scores: at most 0\.000\d+, margin [\d.]+ in the median and [\d.]+ at least; at worst 0\.00\d+ of the margin on 4 random inputs$/,
    );
    expect(await shown(shipped("digits-cnn")), "the inputs are seeded").to.deep.equal(lines);
  });

  it("measures it on samples, and gives the numbers with --json", async () => {
    const samples = ["--sample", "digit0.bin", "digit1.bin"];
    const [line] = await shown(shipped("digits-cnn"), ...samples);
    expect(line).to.match(/^slack {9}scores: at most 0\.0000\d+, .* on 2 samples$/);
    const [single] = await shown(shipped("digits-cnn"), "--sample", "digit0.bin");
    expect(single).to.match(/ on 1 sample$/);
    const { json, stderr } = await compile(shipped("digits-cnn"), ...samples, "--json");
    const [slack, ...more] = json!.slack as SlackSummary[];
    expect(more, stderr).to.deep.equal([]);
    expect(slack).to.include({ output: "scores", runs: 2, reached: 0 });
    expect(slack.largestShift).to.be.within(1e-6, 1e-4);
    expect(slack.worstRatio).to.be.within(slack.largestShift! / slack.medianMargin! / 2, slack.largestShift! / slack.smallestMargin!);
    expect(slack.smallestMargin).to.be.within(1, slack.medianMargin!);
  });

  it("says that nothing can be moved where nothing is bounded", async () => {
    expect(await shown(shipped("digits-mlp"))).to.deep.equal(["slack         scores: 0, no node is under a bound"]);
    const { json } = await compile(shipped("digits-cnn-int8"), "--json");
    expect((json!.slack as SlackSummary[])[0]).to.include({ largestShift: 0, worstRatio: 0, reached: 0 });
  });

  it("says where the slack is not defined, is zero in these runs, or reaches the margin", async () => {
    const file = join(folder, "pool.onnx");
    writeFileSync(file, oneNodeModel({ op: "GlobalAveragePool", inputs: [{ dtype: 1, dims: [1, 2, 1, 2] }], outputs: [{ dtype: 1 }] }));
    const rectified = join(folder, "rectified.onnx");
    writeFileSync(
      rectified,
      graphModel({ inputs: [float("x", [1, 2, 1, 2])], constants: [], nodes: [["GlobalAveragePool", ["x"], "m"], ["Relu", ["m"], "y"]], outputs: [float("y", [1, 2, 1, 1])] }),
    );
    const measured = async (model: string, values: readonly number[]) => {
      writeFileSync(join(folder, "values.bin"), new Uint8Array(Float32Array.from(values).buffer));
      return (await shown(model, "--sample", "values.bin"))[0].slice("slack         ".length);
    };
    const on = (...values: number[]) => measured(file, values);
    expect(await on(1, 2, 3, Infinity)).to.equal("y0: not defined: values overflow or are not finite, so that infinities and NaN are admissible");
    expect(await measured(rectified, [-1, -2, -3, -4])).to.equal("y: 0 on 1 sample");
    // Even of zeros a mean may be off by what underflows.
    expect(await on(0, 0, 0, 0)).to.equal("y0: at most 2.4e-38, margin 0 in the median and 0 at least; no less than the margin on 1 of 1 sample");
    expect(await on(1, 2, 2, 1)).to.equal("y0: at most 5.4e-7, margin 0 in the median and 0 at least; no less than the margin on 1 of 1 sample");
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
      const { code, stdout, json } = await compile(fused(), "--json");
      expect(code, stdout).to.equal(0);
      expect((json!.nodes as { op: string }[]).map(({ op }) => op)).to.deep.equal(["Conv", "BatchNormalization"]);
      expect(json!.differences).to.deep.equal([]);
    });

    it("takes what the runtime makes of it with --accept-difference, and says what differs", async () => {
      const { code, stdout } = await compile(fused(), "--accept-difference");
      expect(code).to.equal(0);
      const lines = stdout.split("\n");
      expect(lines.filter((line) => line.includes("BatchNormalization"))).to.deep.equal([]);
      const [line, ...more] = lines.filter((text) => text.startsWith("difference"));
      expect(more).to.deep.equal([]);
      expect(line.slice("difference    ".length)).to.match(stated);
      const { json } = await compile(fused(), "--accept-difference", "--json");
      const [difference] = json!.differences as Record<string, unknown>[];
      expect(difference).to.include({ output: "y", dtype: "float32", compared: 525 });
      expect(difference.elements).to.be.within(1, 525);
    });

    it("is not published in the place of a source from which it differs", async () => {
      const source = fused();
      await compile(source, "--accept-difference");
      const publish = (...options: string[]) => opg(["model", "publish", "fused.canonical.onnx", "--source", source, "--json", ...options], {}, folder);
      const refused = await publish();
      expect(refused.code).to.equal(2);
      expect(refused.json!.error).to.include({ code: "MODEL" });
      expect((refused.json!.error as { message: string }).message).to.match(/y: its canonical form does not compute what the file computes: \d+ of 525/);
      // What is left to complain of is that no chain is configured.
      const accepted = await publish("--accept-difference");
      expect((accepted.json!.error as { code: string }).code).to.not.equal("MODEL");
      await compile(source);
      expect(((await publish()).json!.error as { code: string }).code).to.not.equal("MODEL");
    });
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
