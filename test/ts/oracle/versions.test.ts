import { expect } from "chai";
import { hexlify } from "ethers";
import { readModel } from "../../../models/digits.ts";
import type { Hex } from "../../../core/hex.ts";
import { compile } from "../../../core/compile/compile.ts";
import { sha256 } from "../../../core/digest.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { RuntimeEnded } from "../../../core/faults.ts";
import type { OpgError } from "../../../core/errors.ts";
import { parseProgramFile, printProgramFile, type ProgramFile } from "../../../core/program/programFile.ts";
import { encodeHeader } from "../../../core/program/program.ts";
import { RELEASES } from "../../../oracle/chain/verifiers.ts";
import { Rule } from "../../../core/program/types.ts";
import type { RecordedQualification, Runtime } from "../../../oracle/ports.ts";
import { createVersionHost, type VersionHost } from "../../../oracle/host/versions.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { oneNodeModel } from "../../support/onnxModel.ts";
import { restate } from "../../support/restate.ts";

const VERIFIER: Hex = `0x${"05".repeat(20)}`;
const VERSION: Hex = `0x${"07".repeat(32)}`;

/** What a version's publisher serves and registers. */
type Published = Pick<CompiledModel, "root" | "canonical" | "programFile" | "program">;

/** A host, operator's or watcher's, of a network whose only version is this one. */
function hostOf(model: Published, runtime: Runtime = ortRuntime, openForeign?: () => Runtime & { close(): Promise<void> }): { host: VersionHost; recorded: RecordedQualification[]; refusals: string[] } {
  const recorded: RecordedQualification[] = [];
  const refusals: string[] = [];
  const files = new Map([model.canonical, model.programFile].map((bytes) => [sha256(bytes), bytes]));
  const version = {
    programRoot: model.root,
    verifier: VERIFIER,
    fileDigest: sha256(model.canonical),
    programDigest: sha256(model.programFile),
    header: hexlify(encodeHeader(model.program)),
    fileURI: "",
    programURI: "",
  };
  const modules = {
    reader: {
      version: () => Promise.resolve(version),
      judge: (address: Hex) => Promise.resolve({ address, code: RELEASES[0], families: [], release: RELEASES[0].release, known: RELEASES }),
    },
    files: { published: (_uri: string, digest: string) => Promise.resolve(files.get(digest)) },
    runtime,
    openForeign,
    clock: { now: () => 0 },
    telemetry: { emit: (_name: string, { reason }: { reason?: string }) => reason !== undefined && refusals.push(reason) },
    store: {
      qualification: () => Promise.resolve(recorded.at(-1)),
      recordQualification: (_version: string, qualification: RecordedQualification) => Promise.resolve(void recorded.push(qualification)),
    },
    host: "this host",
  };
  const options = { maxModelBytes: 1e9, maxTraceBytes: 1e9, capacity: 1, sessions: 1, threads: 2 };
  return { host: createVersionHost(modules as unknown as Parameters<typeof createVersionHost>[0], options), recorded, refusals };
}

async function refusalOf(host: VersionHost): Promise<string> {
  try {
    await host.get(VERSION);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the version is served");
}

describe("what a host qualifies", () => {
  it("serves no version whose products state what this host does not follow, and names them", async () => {
    const honest = await compile(readModel("digits-cnn"), { runtime: ortRuntime });
    const other = await restate(honest, (node) => (node.rule === "chain" ? { ...node, chunk: 5 } : node));
    const dots = honest.program.nodes.filter(({ rule }) => rule === Rule.chain).map(({ name }) => name);
    expect(dots.length).to.be.greaterThan(1);
    const { host, recorded, refusals } = hostOf(other);
    const reason = await refusalOf(host);
    for (const name of dots) expect(reason).to.contain(name);
    expect(reason).to.match(/this host does not follow the schedule of/);
    expect(recorded).to.deep.equal([{ host: "this host", accepted: false, reason }]);
    expect(refusals).to.deep.equal([reason]);
    await host.close();
    expect(await other.qualify(ortRuntime)).to.deep.equal(dots);
    expect(await honest.qualify(ortRuntime)).to.deep.equal([]);
  });

  it("serves one whose products follow gemv, and those that follow a chain", async () => {
    // A product of one row with computed columns takes a kernel of its own.
    const file = oneNodeModel({ op: "MatMul", inputs: [{ dtype: 1, dims: [1, 64] }, { dtype: 1, dims: [64, 1] }], outputs: [{ dtype: 1 }] });
    const row = await compile(file, { runtime: ortRuntime });
    expect(row.program.nodes[0].rule).to.equal(Rule.gemv);
    for (const model of [row, await compile(readModel("digits-cnn"), { runtime: ortRuntime })]) {
      const { host, recorded } = hostOf(model);
      expect((await host.get(VERSION)).program).to.deep.equal(model.program);
      expect(recorded).to.deep.equal([{ host: "this host", accepted: true, reason: "" }]);
      await host.close();
    }
  });

  it("opens a version in a runtime of its own, and once more where that ends", async () => {
    const honest = await compile(readModel("digits-mlp"), { runtime: ortRuntime });
    for (const ends of [0, 1, 2]) {
      let [opened, closed] = [0, 0];
      const ended = () => Promise.reject(new RuntimeEnded("the runtime ended while it opened the model (SIGSEGV)"));
      const openForeign = () => ({
        ...(++opened <= ends ? { ...ortRuntime, open: ended } : ortRuntime),
        close: () => Promise.resolve(void closed++),
      });
      let served = 0;
      const serving: Runtime = { ...ortRuntime, open: (...asked) => (served++, ortRuntime.open(...asked)) };
      const { host, refusals } = hostOf(honest, serving, openForeign);
      if (ends < 2) {
        const hosted = await host.get(VERSION);
        expect(served, "what loads it").to.equal(0);
        await hosted.run(new Uint8Array(hosted.program.inputs.reduce((sum, { dims }) => sum + 4 * dims.reduce((a, b) => a * b), 0)));
        expect(served, "what serves it").to.equal(1);
      } else expect(await refusalOf(host)).to.equal("model: the runtime ended while it opened the model (SIGSEGV)");
      expect([opened, closed]).to.deep.equal([Math.min(2, ends + 1), Math.min(2, ends + 1)]);
      expect(refusals).to.have.length(ends < 2 ? 0 : 1);
      await host.close();
    }
  });

  describe("of what a version states beside its rows", () => {
    let honest: CompiledModel;
    before(async () => {
      honest = await compile(readModel("digits-cnn"), { runtime: ortRuntime });
    });
    /** The same version with other statements, under the same root. */
    const stating = (change: Partial<ProgramFile>, { root, canonical, program, programFile } = honest): Published => ({
      root,
      canonical,
      program,
      programFile: printProgramFile({ ...parseProgramFile(programFile), ...change }),
    });
    async function errorOf(model: Published, runtime?: Runtime): Promise<OpgError> {
      const { host, recorded } = hostOf(model, runtime);
      const error: unknown = await host.get(VERSION).catch((reason: unknown) => reason);
      expect(recorded, "nothing is qualified").to.deep.equal([]);
      return error as OpgError;
    }
    /** A runtime that must not see the version's file. */
    const unreached = (name: string): Runtime => ({ name, optimise: () => Promise.reject(new Error("it ran")), open: () => Promise.reject(new Error("it ran")) });

    it("refuses another release of the runtime before it sees the file, and says which to install", async () => {
      const error = await errorOf(stating({}), unreached("onnxruntime 1.31.0"));
      expect(error).to.include({ code: "VERSION_RUNTIME", kind: "refused" });
      expect(error.message).to.equal("the version is computed by onnxruntime 1.30.0, and this host has onnxruntime 1.31.0");
      expect(error.fix).to.match(/^install onnxruntime 1\.30\.0 /);
      expect(await errorOf(stating({ runtime: "onnxruntime 1.29.1" }))).to.include({ code: "VERSION_RUNTIME" });
    });

    it("refuses kernels that this release does not know", async () => {
      const error = await errorOf(stating({ kernels: ["chain", "kernel Riemann"] }), unreached(ortRuntime.name));
      expect(error).to.include({ code: "VERSION_KERNELS", fix: "update this program" });
      expect(error.message).to.equal('the version follows "kernel Riemann", which this release does not know');
    });

    it("refuses more threads than leave every bit as it is", async () => {
      const dims = [1, 64, 16, 16];
      const file = oneNodeModel({ op: "Conv", inputs: [{ dtype: 1, dims }, { dtype: 1, dims: [32, 64, 3, 3], raw: new Uint8Array(4 * 32 * 64 * 9) }], outputs: [{ dtype: 1 }] });
      const model = await compile(file, { runtime: ortRuntime });
      expect(model.execution.threads).to.equal(2);
      expect((await errorOf(stating({ threads: 4 }, model))).message).to.match(/states 4 threads, which change the order of additions in node/);
    });

    it("runs with the threads that the version and the host permit", async () => {
      const asked: (number | undefined)[] = [];
      const noting: Runtime = { ...ortRuntime, open: (file, options) => (asked.push(options?.threads), ortRuntime.open(file, options)) };
      for (const [threads, used] of [[16, 2], [1, 1]] as const) {
        const { host } = hostOf(stating({ threads }), noting);
        const hosted = await host.get(VERSION);
        asked.length = 0;
        const input = new Uint8Array(hosted.program.inputs.reduce((sum, { dims }) => sum + 4 * dims.reduce((a, b) => a * b), 0));
        await hosted.run(input);
        await hosted.trace(input);
        expect(asked).to.deep.equal([used, used]);
        await host.close();
      }
    });
  });
});
