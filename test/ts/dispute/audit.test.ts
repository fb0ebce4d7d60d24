import { expect } from "chai";
import { auditTrace, type Audit } from "../../../oracle/core/dispute/audit.ts";
import { commitTrace, constantTrees } from "../../../oracle/core/dispute/evidence.ts";
import { TensorTree, toCommitOrder } from "../../../oracle/core/merkle/tensorTree.ts";
import { twin } from "../../../oracle/core/ops/index.ts";
import { compile } from "../../../oracle/core/program/compile.ts";
import { tracedTensors } from "../../../oracle/core/program/program.ts";
import { Rule } from "../../../oracle/core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { readDigits, readModel } from "../../../models/digits.ts";

/** A claimed run of the digits CNN: what a host computed, altered by `lie`, every later node run on what stands there. */
describe("audit of a trace", () => {
  const setUp = async () => {
    const model = await compile(readModel("digits-cnn"), { runtime: ortRuntime });
    const tracer = await model.open(ortRuntime);
    const honest = await tracer.run([readDigits()[3].input]);
    await tracer.release();
    return { model, honest, constant: constantTrees(model.program, (node, input) => model.constant(node, input)) };
  };
  let world: Awaited<ReturnType<typeof setUp>>;
  before(async () => {
    world = await setUp();
  });

  const outputOf = (node: number): number => {
    const { source } = world.model.program.nodes[node].output;
    return source.kind === "computed" ? source.id : -1;
  };

  /** The trace after `lie`, carried through consistently by honest recomputation of every later node. */
  async function carried(node: number, lie: (rowMajor: Uint8Array) => void): Promise<Uint8Array[]> {
    const { model, honest } = world;
    const trace = honest.map((bytes) => Uint8Array.from(bytes));
    lie(trace[outputOf(node)]);
    for (let later = node + 1; later < model.program.nodes.length; later++) {
      trace[outputOf(later)] = Uint8Array.from(await model.recompute(ortRuntime, later, (id) => trace[id]));
    }
    return trace;
  }

  async function audit(trace: readonly Uint8Array[], withhold: readonly number[] = []): Promise<Audit & { judged: number }> {
    const { model, honest, constant } = world;
    const { program } = model;
    const claimed = commitTrace(program, trace);
    let judged = 0;
    const result = await auditTrace({
      program,
      own: commitTrace(program, honest),
      constant,
      claimed: claimed.map(({ root }) => root),
      download: (id) => Promise.resolve(withhold.includes(id) ? undefined : claimed[id]),
      recompute: (node, tensor) => model.recompute(ortRuntime, node, tensor),
      twin: (...question) => {
        judged++;
        return twin(...question);
      },
      breathe: () => Promise.resolve(),
    });
    return { ...result, judged };
  }

  const flip = (element: number, bit = 0) => (bytes: Uint8Array) => void (bytes[4 * element + (bit >> 3)] ^= 1 << (bit & 7));

  it("recomputes every node as the whole run does", async () => {
    const { model, honest } = world;
    for (const [index, { name }] of model.program.nodes.entries()) {
      const alone = await model.recompute(ortRuntime, index, (id) => honest[id]);
      expect(Buffer.from(alone).equals(honest[outputOf(index)]), name).to.equal(true);
    }
  });

  it("finds nothing in an honest run, without judging anything", async () => {
    const { wrong, withheld, judged } = await audit(world.honest);
    expect({ wrong, withheld, judged }).to.deep.equal({ wrong: undefined, withheld: [], judged: 0 });
  });

  it("finds the altered number at every depth, though all that follows is consistent", async () => {
    const { nodes } = world.model.program;
    for (const [node, { rule }] of nodes.entries()) {
      if (rule === Rule.bound) continue;
      const { wrong, judged } = await audit(await carried(node, flip(7)));
      expect(wrong, nodes[node].name).to.deep.equal({ node, element: 7 });
      expect(judged).to.equal(1);
    }
  });

  it("finds the first of two lies", async () => {
    const trace = await carried(2, flip(1000));
    flip(3)(trace[outputOf(8)]);
    expect((await audit(trace)).wrong).to.deep.equal({ node: 2, element: 1000 });
  });

  it("adopts what a bound admits and goes on from there", async () => {
    const { nodes } = world.model.program;
    const pool = nodes.findIndex(({ rule }) => rule === Rule.bound);
    // The last bit of a mean, as another processor may have it; an element that is not zero.
    const means = new Float32Array(Uint8Array.from(world.honest[outputOf(pool)]).buffer);
    const element = means.findIndex((value) => value > 0);
    const other = await carried(pool, flip(element));
    const innocent = await audit(other);
    expect(innocent.wrong).to.equal(undefined);
    expect(innocent.judged).to.equal(1);
    // On top of that an honest-looking last node, altered in one score.
    flip(4)(other[outputOf(nodes.length - 1)]);
    expect((await audit(other)).wrong).to.deep.equal({ node: nodes.length - 1, element: 4 });
  });

  it("names what it could not get, and judges the rest", async () => {
    const trace = await carried(2, flip(1000));
    const hidden = outputOf(2);
    const { wrong, withheld } = await audit(trace, [hidden]);
    expect(withheld).to.deep.equal([hidden]);
    expect(wrong).to.equal(undefined);
    flip(9)(trace[outputOf(5)]);
    const both = await audit(trace, [hidden]);
    expect(both.withheld).to.deep.equal([hidden]);
    expect(both.wrong).to.deep.equal({ node: 5, element: 9 });
  });

  it("hands out the trees that a proof about the wrong number opens", async () => {
    const trace = await carried(3, flip(5));
    const { trees } = await audit(trace);
    const tensors = tracedTensors(world.model.program);
    const id = outputOf(3);
    expect(trees.get(id)!.root).to.equal(new TensorTree(tensors[id], toCommitOrder(tensors[id], trace[id])).root);
  });
});
