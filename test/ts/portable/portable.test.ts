import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { broken, compare, describe as sentence } from "../../../checks/portable/compare.ts";
import { withRows } from "../../../checks/portable/document.ts";
import type { Outcome } from "../../../checks/portable/report.ts";
import { SOURCES, type Subject } from "../../../checks/portable/subjects.ts";
import { compile } from "../../../core/compile/compile.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

const portable = (argv: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(ROOT, "checks", "portable", "main.ts"), ...argv], { encoding: "utf8", env: { ...process.env, ...env } });

describe("npm run portable", () => {
  it("finds every tensor of the shipped models the same in another process", () => {
    const { status, stdout } = portable(["--native", "--only", "digits-"]);
    expect(status, stdout).to.equal(0);
    for (const name of ["digits-mlp", "digits-cnn", "digits-cnn-int8"]) expect(stdout).to.match(new RegExp(`^ {2}${name} +\\d+ tensors: equal$`, "m"));
    expect(stdout).to.match(/portable: in order\n$/);
  });

  it("names what is not to be had, and runs the rest", () => {
    const { status, stdout } = portable(["--only", "digits-mlp"], { PATH: "/nowhere" });
    expect(status, stdout).to.equal(0);
    expect(stdout).to.match(/^Haswell, emulated .*: not run, there is no qemu-x86_64$/m);
    expect(stdout).to.match(/^Neoverse N1, emulated .*: not run, needs an arm64 Node/m);
    expect(stdout).to.match(/^ {2}digits-mlp +7 tensors: equal$/m);
  });

  describe("compares two hosts", () => {
    let subject: Pick<Subject, "file" | "version">;
    before(async () => {
      const version = await compile(SOURCES.find(({ name }) => name === "reductions")!.file(), { runtime: ortRuntime, form: "source" });
      subject = { file: version.canonical, version };
    });
    const outcome = (differing: readonly string[]): Outcome => {
      const names = ["x", ...subject.version!.program.nodes.map(({ name }) => name)];
      return { name: "reductions", roots: [Object.fromEntries(names.map((name) => [name, differing.includes(name) ? "other" : "same"]))] };
    };
    const against = (...differing: string[]) => compare(subject, outcome([]), outcome(differing));
    const rules = () => new Map(subject.version!.program.nodes.map(({ name, rule, op }) => [op, { name, rule }]));

    it("that agree", () => {
      const comparison = against();
      expect(sentence(comparison)).to.equal("equal");
      expect(comparison.tensors).to.equal(6);
      expect(broken(comparison)).to.deep.equal([]);
    });

    it("that differ behind a rule that leaves values open, which breaks nothing", () => {
      const [softmax, add] = [rules().get("Softmax")!.name, rules().get("Add")!.name];
      const comparison = against(softmax, add);
      expect(comparison.differing).to.equal(2);
      expect(comparison.origins.map(({ op }) => op)).to.deep.equal(["Softmax"]);
      expect(broken(comparison)).to.deep.equal([]);
      expect(sentence(comparison)).to.match(/^2 of 6 tensors differ, first Softmax Softmax_\d \((bound|lanes)\)$/);
    });

    it("that differ where a rule leaves nothing open, which does", () => {
      const { name } = rules().get("Add")!;
      expect(broken(against(name))).to.deep.equal([{ tensor: name, op: "Add", rule: "rounded" }]);
    });
  });

  it("replaces the rows of the hosts that it measured, and keeps those of others", () => {
    const row = (host: string, tensors: number, subject = "m") => ({ host, instructions: "x64", runtime: "onnxruntime 1.30.0", subject, tensors, outcome: "equal" });
    const empty = "before\n<!-- hosts -->\n<!-- /hosts -->\nafter";
    const two = withRows(withRows(empty, [row("one", 1)]), [row("two", 2)]);
    const again = withRows(two, [row("one", 3), row("one", 4, "n")]);
    expect(again.match(/^\| .* equal .*$/gm)).to.deep.equal([
      "| one | x64 | onnxruntime 1.30.0 | m; n | 7 | equal |",
      "| two | x64 | onnxruntime 1.30.0 | m | 2 | equal |",
    ]);
    expect(again.startsWith("before\n")).to.equal(true);
    expect(again.endsWith("\nafter")).to.equal(true);
    const document = readFileSync(join(ROOT, "docs", "hardware.md"), "utf8");
    expect(withRows(document, [row("nobody's", 1)])).to.contain("| nobody's |");
  });
});
