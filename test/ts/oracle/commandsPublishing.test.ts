import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { encodeModel, parseModel } from "../../../core/onnx/model.ts";
import { localOnly } from "../../../core/uris.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { DEVNETS } from "../../support/devnets.ts";
import { startBentNode } from "../../support/bentNode.ts";
import { opg } from "../../support/commandLine.ts";
import { float, graphModel } from "../../support/graph.ts";
import { graph, model, node } from "../../support/nestedModel.ts";
import { done, nonceOf, refused, type Failure } from "../../support/commands.ts";
import { BOND, OPG, openScene, WINDOW, type Scene } from "../../support/scene.ts";

describe("what is offered and asked for by commands", function () {
  this.timeout(300_000);
  let scene: Scene;
  let version: string;
  let canonical: string;

  before(async () => {
    scene = await openScene(DEVNETS.at(-1)!.start);
    ({ version } = await scene.publish());
    canonical = join(scene.folder, "digits-cnn", "model.canonical.onnx");
  });
  after(() => scene.close());

  describe("publishing", () => {
    const publish = (...options: string[]) => ["model", "publish", canonical, "--local-files", ...options];
    const modelCount = async () => ((await done(scene, "watcher", "model", "list")).models as unknown[]).length;

    it("leaves nothing on the chain when an option is wrong, whichever it is", async () => {
      const before = await modelCount();
      for (const [options, code] of [
        [["--price", "abc"], "AMOUNT"],
        [["--price", "1e3"], "AMOUNT"],
        [["--price", "99999999999999"], "AMOUNT"],
        [["--min-bond", "-1"], "AMOUNT"],
        [["--min-bond", "0.0000000000000000001"], "AMOUNT"],
        [["--min-window", "0"], "NUMBER"],
        [["--min-window", "soon"], "NUMBER"],
        [["--min-window", "4000"], "TERMS"],
        [["--share", "5001"], "TERMS"],
        [["--share", "10001"], "NUMBER"],
        [["--model", "0"], "NUMBER"],
        [["--model", "one"], "NUMBER"],
        [["--verifier", "0x12"], "ADDRESS"],
        [["--verifier", scene.addressOf("watcher")], "VERIFIER_UNKNOWN"],
        [["--card", "not a uri"], "URI"],
        [["--file-uri", "ftp://files.example/model"], "URI"],
        [["--program", "nowhere.json"], "FILE_UNREADABLE"],
      ] as const) {
        const failure = await refused(scene, "publisher", ...publish(...options));
        expect(failure.code, options.join(" ")).to.equal(code);
        expect(failure.exit, options.join(" ")).to.equal(code === "VERIFIER_UNKNOWN" ? 1 : 2);
        expect(failure.fix, options.join(" ")).to.be.a("string");
      }
      expect((await refused(scene, "publisher", ...publish("--model", "77"))).code).to.equal("MODEL_UNKNOWN");
      expect((await refused(scene, "requester", ...publish("--model", "1"))).code).to.equal("NOT_OWNER");
      expect(await modelCount(), "no model was left behind").to.equal(before);
    });

    it("names all terms that would be refused at once", async () => {
      const { message } = await refused(scene, "publisher", ...publish("--share", "6000", "--min-window", "5000"));
      expect(message).to.include("--share: 6000 basis points are more than a publisher may take, 5000");
      expect(message).to.include("--min-window: 5000 s is more than the jobs registry takes, 3600 s");
    });

    it("says that the same version is published already, in a sentence and once", async () => {
      const again = publish("--model", "1", "--price", "2", "--min-bond", String(BOND / OPG), "--min-window", String(WINDOW), "--share", "1000");
      const outcome = await scene.as("publisher", ...again);
      expect(outcome.code).to.equal(1);
      expect(outcome.json!.error).to.deep.equal({
        code: "TX_REFUSED",
        message: `publish: version ${version} is published already: the same files on the same terms (AlreadyPublished)`,
        fix: "use it, or change a term",
        contractError: "AlreadyPublished",
      });
      expect(outcome.stderr.match(/AlreadyPublished/g)).to.have.length(1);
    });

    it("publishes no address that only this machine can read unless that is meant", async () => {
      const local = await refused(scene, "publisher", "model", "publish", canonical);
      expect(local).to.include({ code: "URI_LOCAL", exit: 2 });
      expect(local.message).to.include("file://");
      expect(local.fix).to.include("--file-uri").and.include("api.publicUrl").and.include("--local-files");
      for (const given of [["--file-uri", "file:///m", "--program-uri", "https://files.example/p"], ["--file-uri", "https://files.example/m"]]) {
        expect((await refused(scene, "publisher", "model", "publish", canonical, ...given)).code, given.join(" ")).to.equal("URI_LOCAL");
      }
      expect((await refused(scene, "publisher", "model", "publish", canonical, "--file-uri", "ipfs://m", "--program-uri", "ipfs://p", "--card", "file:///card")).message).to.include("--card");
      const [local1, local2] = ["http://127.0.0.1:8600/models/0x12", "http://localhost/m"];
      expect(localOnly(`${local1} ${local2}`, 31337), "whoever asks a chain of this machine can ask its servers").to.equal(undefined);
      for (const uri of [local1, local2, "http://[::1]/m", "https://127.1.2.3/m", "file:///m"]) expect(localOnly(uri, 1), uri).to.equal(uri);
      expect(localOnly(`${local1} https://files.example/m`, 1)).to.equal(undefined);
      const served = await done(scene, "publisher", "model", "publish", canonical, "--model", "1", "--file-uri", "https://files.example/m", "--program-uri", "https://files.example/p http://127.0.0.1/p");
      expect(served).to.include({ fileURI: "https://files.example/m" });
    });

    describe("a version for every size", () => {
      const published = (outcome: Record<string, unknown>) => outcome.versions as { dims: Record<string, number>; version: string; transaction: string | null; fileDigest: string }[];
      const sized = (name: string, dims: readonly string[], ...options: string[]) => ["model", "publish", name, ...dims.flatMap((dim) => ["--dim", dim]), "--local-files", ...options];
      /** A product of matrices [rows, columns] and [columns, rows], whose sizes are open. */
      const write = (name: string, depth = 1): void => {
        const model = parseModel(graphModel({ inputs: [float("a", [1, 1]), float("b", [1, 1])], constants: [], nodes: [["MatMul", ["a", "b"], "c"], ...Array.from({ length: depth }, (_, i) => ["Relu", [i === 0 ? "c" : `r${i - 1}`], `r${i}`] as const)], outputs: [float(`r${depth - 1}`)] }));
        model.graph.input.forEach(({ type }, i) => {
          if (type?.value.case !== "tensorType") return;
          type.value.value.shape!.dim.forEach((dim, axis) => (dim.value = { case: "dimParam", value: i === axis ? "rows" : "columns" }));
        });
        writeFileSync(join(scene.folder, name), encodeModel(model));
      };

      it("makes every combination a version of one model, and done again publishes what is missing", async () => {
        write("sizes.onnx");
        const before = await nonceOf(scene, "publisher");
        const first = await done(scene, "publisher", ...sized("sizes.onnx", ["rows=1,2", "columns=3,4"]));
        expect(await nonceOf(scene, "publisher")).to.equal(before + 5);
        const versions = published(first);
        expect(versions.map(({ dims }) => dims)).to.deep.equal([{ rows: 1, columns: 3 }, { rows: 1, columns: 4 }, { rows: 2, columns: 3 }, { rows: 2, columns: 4 }]);
        expect(new Set(versions.map(({ version }) => version)).size).to.equal(4);
        const shown = await done(scene, "watcher", "model", "show", versions[3].version);
        expect(JSON.stringify(shown)).to.contain("[2,4]").and.to.contain(first.modelId);
        expect(existsSync(join(scene.folder, "sizes.rows-2.columns-4.canonical.onnx"))).to.equal(true);

        const again = await done(scene, "publisher", ...sized("sizes.onnx", ["rows=1,2", "columns=3,4"]));
        expect(await nonceOf(scene, "publisher"), "nothing was missing").to.equal(before + 5);
        expect(again.modelId).to.equal(first.modelId);
        expect(published(again).map(({ version, transaction }) => [version, transaction])).to.deep.equal(versions.map(({ version }) => [version, null]));

        const more = await scene.as("publisher", ...sized("sizes.onnx", ["rows=1,8", "columns=3"], "--model", first.modelId));
        expect(more.code, more.stderr).to.equal(0);
        expect(await nonceOf(scene, "publisher")).to.equal(before + 6);
        expect(published(more.json!).map(({ transaction }) => transaction === null)).to.deep.equal([true, false]);
        const lines = await opg(sized("sizes.onnx", ["rows=1,8", "columns=3"], "--model", first.modelId), scene.environment("publisher"), scene.folder);
        expect(lines.stdout).to.match(/^version {7}0x[0-9a-f]{64} {2}rows=1 columns=3, published before$/m).and.to.match(/rows=8 columns=3, published before$/m);
      });

      it("has the value of an input that is given, in its name, its files and what is told of it", async () => {
        const given = graph(["float x[n,3]", "int64 axes[1]"], [node("y = ReduceMax(x, axes)", { keepdims: 0 })], ["float y"]);
        writeFileSync(join(scene.folder, "axes.onnx"), model(given, { opset: 18 }));
        const outcome = await done(scene, "publisher", ...sized("axes.onnx", ["n=2,4"], "--value", "axes=[1]"));
        const versions = published(outcome);
        expect(versions.map(({ dims, ...rest }) => [dims, (rest as { values?: unknown }).values])).to.deep.equal([[{ n: 2 }, { axes: [1] }], [{ n: 4 }, { axes: [1] }]]);
        expect(existsSync(join(scene.folder, "axes.n-2.axes-_1_.canonical.onnx"))).to.equal(true);
        const shown = await done(scene, "watcher", "model", "show", versions[1].version);
        expect(shown.inputs).to.deep.equal([{ name: "x", dtype: "float32", dims: [4, 3] }]);
        const lines = await opg(sized("axes.onnx", ["n=2"], "--value", "axes=[1]", "--model", outcome.modelId as string), scene.environment("publisher"), scene.folder);
        expect(lines.stdout).to.match(/^version {7}0x[0-9a-f]{64} {2}n=2 axes=\[1\], published before$/m);
        const fixed = await done(scene, "publisher", ...sized("axes.onnx", ["n=2"], "--value", "axes=0"));
        expect((await done(scene, "watcher", "model", "show", published(fixed)[0].version)).outputs).to.deep.equal([{ name: "y", dtype: "float32", dims: [3] }]);
        expect((await refused(scene, "publisher", "model", "publish", "axes.onnx", "--value", "axes=0", "--program", "x")).code).to.equal("USAGE");
      });

      it("goes on where it was interrupted", async () => {
        write("cut.onnx", 2);
        const before = await modelCount();
        let handed = 0;
        const cut = await startBentNode(scene.devnet.url, (method) =>
          method === "eth_sendRawTransaction" && ++handed === 3 ? { error: { code: -32_000, message: "insufficient funds for gas * price + value" } } : undefined,
        );
        const command = sized("cut.onnx", ["rows=1,2,3", "columns=2"]);
        try {
          const outcome = await opg(["--json", ...command], { ...scene.environment("publisher"), OPG_RPC_URL: cut.url }, scene.folder);
          const failure = outcome.json!.error as Failure;
          expect(failure).to.include({ code: "VERSIONS_MISSING", modelId: String(before + 1) });
          expect(failure.message).to.include(`model ${before + 1} has 1 of the 3 versions`);
          expect(failure.fix).to.include(`--model ${before + 1}`);
        } finally {
          await cut.close();
        }
        const rest = await done(scene, "publisher", ...command);
        expect(rest.modelId).to.equal(String(before + 1));
        expect(published(rest).map(({ transaction }) => transaction === null)).to.deep.equal([true, false, false]);
        expect(await modelCount()).to.equal(before + 1);
      });

      it("publishes nothing where one size is refused, or what is asked for cannot be", async () => {
        write("wrong.onnx");
        const failure = await refused(scene, "publisher", ...sized("wrong.onnx", ["rows=1,2"]));
        expect(failure.code).to.equal("MODEL");
        for (const rows of [1, 2]) expect(failure.message).to.contain(`with rows=${rows}: axis 1 of the input has the symbolic size "columns": bind it with --dim columns=16`);
        for (const [options, code] of [
          [["--dim", "rows"], "DIM"],
          [["--dim", "rows=1,0"], "DIM"],
          [["--dim", `rows=${Array.from({ length: 65 }, (_, i) => i + 1)}`], "DIM"],
          [["--dim", "rows=1", "--source", "wrong.onnx"], "USAGE"],
          [["--dim", "rows=1", "--program", "x"], "USAGE"],
          [["--dim", "rows=1,2", "--dim", "columns=2", "--file-uri", "https://files.example/m"], "URI"],
        ] as const) {
          expect((await refused(scene, "publisher", "model", "publish", "wrong.onnx", "--local-files", ...options)).code, options.join(" ")).to.equal(code);
        }
        const uris = ["--file-uri", "https://files.example/{digest}", "--program-uri", "https://files.example/{digest}.json"];
        const outcome = await done(scene, "publisher", ...sized("wrong.onnx", ["rows=1,2", "columns=2"], ...uris));
        for (const { fileDigest, ...rest } of published(outcome)) expect(rest).to.include({ fileURI: `https://files.example/${fileDigest}` });
      });
    });

    it("says which model it made when its version could not be published, and how to go on", async () => {
      const { devnet } = scene;
      const before = await modelCount();
      // The publisher's last coins pay for the model and not for its version.
      let handed = 0;
      const cut = await startBentNode(devnet.url, (method) =>
        method === "eth_sendRawTransaction" && ++handed === 2 ? { error: { code: -32_000, message: "insufficient funds for gas * price + value" } } : undefined,
      );
      try {
        const outcome = await opg(["--json", ...publish("--price", "5")], { ...scene.environment("publisher"), OPG_RPC_URL: cut.url }, scene.folder);
        expect(outcome.code, outcome.stdout).to.equal(1);
        const failure = outcome.json!.error as Failure;
        expect(failure).to.include({ code: "MODEL_WITHOUT_VERSION", modelId: String(before + 1) });
        expect(failure.message).to.include(`model ${before + 1} was made`);
        expect(failure.fix).to.include(`--model ${before + 1}`);
      } finally {
        await cut.close();
      }
      await devnet.pass(1);
      expect(await done(scene, "publisher", ...publish("--price", "5", "--model", String(before + 1)))).to.include({ modelId: String(before + 1) });
    });
  });

  describe("requests", () => {
    it("are refused with all that is wrong, and nothing is deposited", async () => {
      const request = (...options: string[]) => ["request", version, "--input", "digit.bin", ...options];
      for (const [options, code, says] of [
        [["--fee", "1"], "TERMS", "1.0 OPG is less than the version's price, 2.0 OPG"],
        [["--fee", "80000000000"], "AMOUNT", "more than any account can hold"],
        [["--fee", "10001"], "BALANCE_TOO_LOW", "holds 10000.0 OPG"],
        [["--bond", "499"], "TERMS", "least bond, 500.0 OPG"],
        [["--window", "119"], "TERMS", "least window, 120 s"],
        [["--window", "3601"], "TERMS", "more than the registry takes, 3600 s"],
        [["--window", "16777216"], "NUMBER", "from 0 to 16777215"],
        [["--deadline", "0"], "TERMS", "no time to serve"],
        [["--deadline", "86401"], "TERMS", "more than the registry takes, 86400 s"],
        [["--deadline", "-5"], "NUMBER", "whole number"],
        [["--callback-gas", "2000001"], "TERMS", "more than the registry takes, 2000000"],
        [["--operator", "0xabc"], "ADDRESS", "must be an address"],
        [["--input-uri", "files"], "URI", "is not a URI"],
      ] as const) {
        const failure = await refused(scene, "requester", ...request(...options));
        expect(failure.code, options.join(" ")).to.equal(code);
        expect(failure.message, options.join(" ")).to.include(says);
        expect(failure.fix, options.join(" ")).to.be.a("string");
      }
      const all = await refused(scene, "requester", ...request("--fee", "1", "--bond", "1", "--window", "1", "--deadline", "0", "--callback-gas", "3000000"));
      expect(all.message.match(/--/g)).to.have.length(5);
    });

    it("take numbers only as what they are", async () => {
      const values = (first: string) => ["request", version, "--values", [first, ...new Array<string>(63).fill("0")].join(",")];
      for (const [first, says] of [
        ["3.5e38", "float32 ends at ±3.4028234663852886e+38"],
        ["-1e39", "float32 ends at"],
        ["1e400", "out of range"],
        ["NaN", "not a list of numbers"],
        ["null", "not a list of numbers"],
        ["", "not a list of numbers"],
      ]) {
        const failure = await refused(scene, "requester", ...values(first));
        expect(failure, first).to.include({ code: "VALUES", exit: 2 });
        expect(failure.message, first).to.include(says);
      }
      const short = await refused(scene, "requester", "request", version, "--values", "1,2");
      expect(short.message).to.include("64 elements, 2 were given");
    });
  });

  it("model show tells what goes in and out: names, types and shapes", async () => {
    const shown = await done(scene, "watcher", "model", "show", version);
    expect(shown.inputs).to.deep.equal([{ name: "image", dtype: "float32", dims: [1, 1, 8, 8] }]);
    expect(shown.outputs).to.deep.equal([{ name: "scores", dtype: "float32", dims: [1, 10] }]);
    expect(shown).to.include({ named: true });
    expect(shown.execution).to.deep.include({ runtime: ortRuntime.name, threads: 16 });
    expect((shown.execution as { kernels: string[] }).kernels).to.include("chain");
  });
});
