import { expect } from "chai";
import { hexlify } from "ethers";
import { readModel } from "../../../models/digits.ts";
import type { Hex } from "../../../core/hex.ts";
import { compile } from "../../../core/compile/compile.ts";
import { sha256 } from "../../../core/digest.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { encodeHeader } from "../../../core/program/program.ts";
import { RELEASES } from "../../../oracle/chain/verifiers.ts";
import { Rule } from "../../../core/program/types.ts";
import type { RecordedQualification } from "../../../oracle/ports.ts";
import { createVersionHost, type VersionHost } from "../../../oracle/host/versions.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { oneNodeModel } from "../../support/onnxModel.ts";
import { restate } from "../../support/restate.ts";

const VERIFIER: Hex = `0x${"05".repeat(20)}`;
const VERSION: Hex = `0x${"07".repeat(32)}`;

/** A host, operator's or watcher's, of a network whose only version is this one. */
function hostOf(model: CompiledModel): { host: VersionHost; recorded: RecordedQualification[]; refusals: string[] } {
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
    runtime: ortRuntime,
    clock: { now: () => 0 },
    telemetry: { emit: (_name: string, { reason }: { reason?: string }) => reason !== undefined && refusals.push(reason) },
    store: {
      qualification: () => Promise.resolve(recorded.at(-1)),
      recordQualification: (_version: string, qualification: RecordedQualification) => Promise.resolve(void recorded.push(qualification)),
    },
    host: "this host",
  };
  const options = { maxModelBytes: 1e9, maxTraceBytes: 1e9, capacity: 1, sessions: 1 };
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
});
