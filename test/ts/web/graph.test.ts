import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import { rebuildByInference } from "../../../core/compile/rebuild.ts";
import { TRANSACTION_GAS } from "../../../core/dispute/budget.ts";
import { readModel } from "../../../models/cards.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { around } from "../../../web/src/graph/around.ts";
import { edgeKey, layOut, NODE, type Layout } from "../../../web/src/graph/layout.ts";
import { modelGraph, type ModelGraph, type ModelNode } from "../../../web/src/graph/modelGraph.ts";
import { pathThrough } from "../../../web/src/graph/paths.ts";
import { segmentsOf } from "../../../web/src/graph/segments.ts";
import { walk } from "../../../web/src/graph/walk.ts";
import { labelOf, operandsOf } from "../../../web/src/graph/words.ts";

async function graphOf(name: string): Promise<ModelGraph> {
  const { canonical, programFile } = await compile(readModel(name), { runtime: ortRuntime });
  const { program, tensors } = rebuildByInference(canonical, programFile);
  return modelGraph(program, tensors);
}

const plain = (id: number): ModelNode => ({ id, tensor: `t${id}`, dtype: "float32", shape: [1], isOutput: false });

/** A graph of a residual network: every fourth node also reads the fourth before it. */
function residual(count: number): ModelGraph {
  const ids = Array.from({ length: count }, (_, id) => id);
  const edges = ids.flatMap((to) => [...(to > 0 ? [{ from: to - 1, to }] : []), ...(to >= 4 && to % 4 === 0 ? [{ from: to - 4, to }] : [])]);
  return { nodes: ids.map(plain), edges, inputs: [0], outputs: [count - 1] };
}

/** Pairs of nodes that lie on each other. */
function overlaps({ places }: Layout): [number, number][] {
  const rows = new Map<number, [number, number][]>();
  for (const [id, { x, y }] of places) rows.set(y, [...(rows.get(y) ?? []), [x, id]]);
  const levels = [...rows.keys()].sort((a, b) => a - b);
  for (let i = 1; i < levels.length; i++) expect(levels[i] - levels[i - 1]).to.be.at.least(NODE.height);
  return [...rows.values()].flatMap((row) => {
    const sorted = [...row].sort(([a], [b]) => a - b);
    return sorted.flatMap(([x, id], i): [number, number][] => (i > 0 && x - sorted[i - 1][0] < NODE.width ? [[sorted[i - 1][1], id]] : []));
  });
}

describe("a model's graph in the explorer", function () {
  this.timeout(120_000);

  it("has a node for every input and row, an edge for every tensor that is read, and what it takes to judge", async () => {
    const graph = await graphOf("digits-cnn");
    expect(graph.nodes.map(({ row }) => row?.op)).to.deep.equal([undefined, "Conv", "Relu", "Conv", "Relu", "MaxPool", "Conv", "Relu", "Reshape", "MatMul", "Reshape", "Flatten", "Gemm"]);
    expect(graph.edges).to.deep.equal(Array.from({ length: 12 }, (_, from) => ({ from, to: from + 1 })));
    expect([graph.inputs, graph.outputs]).to.deep.equal([[0], [12]]);
    expect(graph.nodes[0]).to.deep.equal({ id: 0, tensor: "image", dtype: "float32", shape: [1, 1, 8, 8], isOutput: false });
    const conv = graph.nodes[3];
    expect(conv.row).to.deep.include({ index: 2, operator: "Conv", rule: "chain", positions: 16 * 9 });
    expect(conv.row!.attributes).to.deep.include.members([["kernel", "[3, 3]"], ["begins", "[1, 1]"], ["group", "1"]]);
    expect(conv.row!.inputs.map(({ name, from }) => [name, from])).to.deep.equal([["X", 2], ["W", undefined], ["B", undefined]]);
    expect(operandsOf(conv)).to.equal(16 * 8 * 8 * 16 * 9);
    expect(labelOf(graph.nodes[12], "differs")).to.match(/^Gemm output · chain float32 \[1, 10\] differs, .*, scores$/);
    for (const { row } of graph.nodes) if (row !== undefined) expect(row.verdict.gas).to.be.within(100_000, TRANSACTION_GAS * row.verdict.transactions);
  });

  for (const name of ["digits-vit", "regime-lstm"]) {
    it(`of ${name} is laid out without nodes on each other, and with edges that lead down from node to node`, async () => {
      const graph = await graphOf(name);
      const layout = layOut(graph);
      expect(layout.places.size).to.equal(graph.nodes.length);
      expect(overlaps(layout)).to.deep.equal([]);
      for (const edge of graph.edges) {
        const [from, to, route] = [layout.places.get(edge.from)!, layout.places.get(edge.to)!, layout.routes.get(edgeKey(edge))!];
        expect(from.y + NODE.height).to.be.lessThan(to.y);
        expect(route[0].y).to.be.within(from.y, from.y + NODE.height + 1);
        expect(route.at(-1)!.x).to.be.within(to.x - 1, to.x + NODE.width + 1);
      }
      for (const { x, y } of layout.places.values()) expect(x >= 0 && y >= 0 && x + NODE.width <= layout.width && y + NODE.height <= layout.height).to.equal(true);
    });
  }

  it("of 1,000 nodes in a row of blocks is laid out block by block", () => {
    const graph = residual(1_000);
    const layout = layOut(graph);
    expect(overlaps(layout)).to.deep.equal([]);
    // 250 blocks below each other, each as wide as its detour.
    expect(layout.width).to.be.lessThan(3 * NODE.width);
    expect(layout.routes.size).to.equal(graph.edges.length);
  });

  it("is cut only where everything goes through one node", () => {
    const graph = residual(9);
    expect(segmentsOf(graph).map(({ ids }) => ids)).to.deep.equal([[0, 1, 2, 3, 4], [4, 5, 6, 7, 8]]);
    expect(segmentsOf(graph).flatMap(({ edges }) => edges)).to.have.deep.members([...graph.edges]);
    // A tensor that nobody reads, an output, hangs beside all that follows.
    const branched = { nodes: graph.nodes.slice(0, 5), edges: [{ from: 0, to: 1 }, { from: 0, to: 2 }, { from: 2, to: 3 }, { from: 3, to: 4 }] };
    expect(segmentsOf(branched).map(({ ids }) => ids)).to.deep.equal([[0, 1, 2, 3, 4]]);
    expect(segmentsOf({ nodes: [plain(0)], edges: [] })).to.deep.equal([{ ids: [0], edges: [] }]);
  });

  it("is drawn in part around a node where it is large", () => {
    const part = around(residual(10_000), 5_000, 50);
    expect(part.nodes).to.have.length(50);
    expect(part.nodes.every(({ id }) => Math.abs(id - 5_000) < 100)).to.equal(true);
    const ids = new Set(part.nodes.map(({ id }) => id));
    expect(part.edges.every(({ from, to }) => ids.has(from) && ids.has(to))).to.equal(true);
    expect(part.edges.length).to.be.at.least(49);
  });

  it("is walked along by keys", () => {
    const graph = residual(9);
    const layout = layOut(graph);
    expect(walk("ArrowDown", 1, layout, graph.edges)).to.equal(2);
    expect(walk("ArrowUp", 4, layout, graph.edges)).to.equal(3);
    expect(walk("ArrowUp", 0, layout, graph.edges)).to.equal(undefined);
    expect([walk("Home", 5, layout, graph.edges), walk("End", 5, layout, graph.edges)]).to.deep.equal([0, 8]);
    const fork = { nodes: [0, 1, 2].map(plain), edges: [{ from: 0, to: 1 }, { from: 0, to: 2 }] };
    const forked = layOut(fork);
    const [left, right] = forked.places.get(1)!.x < forked.places.get(2)!.x ? [1, 2] : [2, 1];
    expect(walk("ArrowRight", left, forked, fork.edges)).to.equal(right);
    expect(walk("ArrowLeft", left, forked, fork.edges)).to.equal(undefined);
  });

  it("has edges that are curves through the middles between their points", () => {
    expect(pathThrough([{ x: 0, y: 0 }, { x: 10, y: 20 }])).to.equal("M0,0 L10,20");
    expect(pathThrough([{ x: 0, y: 0 }, { x: 4, y: 4 }, { x: 4, y: 8 }, { x: 0, y: 12 }])).to.equal("M0,0 Q4,4 4,6 Q4,8 0,12");
  });
});
