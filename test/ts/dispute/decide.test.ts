import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import { decide, factsOf, type Facts } from "../../../core/dispute/decide.ts";
import { Demands } from "../../../core/dispute/demands.ts";
import type { Conviction, Game } from "../../../core/dispute/game.ts";
import { PartialTrace } from "../../../core/dispute/partialTrace.ts";
import { PartialTree } from "../../../core/dispute/partialTree.ts";
import type { Place } from "../../../core/dispute/places.ts";
import type { Replay, Want } from "../../../core/dispute/replay.ts";
import { TensorTree } from "../../../core/merkle/tensorTree.ts";
import { traceTree } from "../../../core/program/program.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { oneNodeModel } from "../../support/onnxModel.ts";

/** The order of the rules, each against all that come after it. */
describe("what a challenger decides by", () => {
  const OUTPUT = 1;
  const ROOT: Place = { tensor: OUTPUT, level: 0, index: 0 };
  let game: Game;
  let own: TensorTree[];

  before(async () => {
    const model = oneNodeModel({ op: "Relu", inputs: [{ dtype: DType.float32, dims: [1_024] }], outputs: [{ dtype: DType.float32 }] });
    const { program } = await compile(model, { runtime: ortRuntime });
    const specs = [program.inputs[0], program.nodes[0].output];
    own = specs.map((spec) => new TensorTree(spec, new Uint8Array(byteLength(spec))));
    const theirs = traceTree([own[0].root, `0x${"12".repeat(32)}`]);
    const trace = new PartialTrace(theirs.root, traceTree(own.map(({ root }) => root)));
    game = { program, own, trace, rootsWithheld: true, served: new Map(), withheld: new Set([OUTPUT]), shown: [], pending: new Set(), free: 1 };
  });

  const want = (exact: boolean): Want => {
    const partial = new PartialTree(`0x${"12".repeat(32)}`, own[OUTPUT].depth, own[OUTPUT]);
    return { tensor: OUTPUT, exact, partial, bases: [own[OUTPUT]], known: 0 };
  };
  const convicted: Conviction = { kind: "convict", node: 0, element: 7, trees: (id) => own[id] };
  const replayed = (...wants: Want[]): Replay => ({ partials: new Map(), adopted: new Map(), wants, wrong: undefined });
  /** Everything of a bounded tensor is withheld, and its root not known. */
  const facts = (changed: Partial<Facts> = {}): Facts => ({ ...factsOf(game, replayed(want(false))), ...changed });
  const explained = (changed: Partial<NonNullable<Facts["explanation"]>>) => ({ wrong: undefined, unserved: [], demands: new Demands(game, []), ...changed });

  it("convicts before anything is asked", () => {
    const replay = { ...replayed(want(true)), wrong: convicted };
    expect(decide(factsOf({ ...game, rootsWithheld: false, withheld: new Set() }, replay))).to.equal(convicted);
  });

  it("acquits where nothing is sought and no root is hidden, and not else", () => {
    expect(decide(facts({ sought: [], hidden: [] }))).to.deep.equal({ kind: "honest" });
    expect(decide(facts({ sought: [] })).kind).to.equal("demand");
    expect(decide(facts({ hidden: [] })).kind).not.to.equal("honest");
  });

  it("asks for roots, then for tensors, before it searches or demands", () => {
    const unasked = { ...game, rootsWithheld: false, withheld: new Set<number>() };
    expect(decide(facts({ game: unasked }))).to.deep.equal({ kind: "fetchRoots" });
    expect(decide(facts({ game: { ...unasked, rootsWithheld: true } }))).to.deep.equal({ kind: "fetch", tensors: [OUTPUT] });
  });

  it("needs no root where a difference is a crime by itself", () => {
    const guilty = want(true);
    const { sought } = factsOf(game, replayed(want(false), guilty));
    expect(sought).to.have.length(1);
    expect(sought[0]).to.equal(guilty);
    expect(factsOf(game, replayed(want(true))).hidden).to.deep.equal([]);
    expect(factsOf(game, replayed(want(false))).hidden).to.have.length(1);
  });

  it("searches where too many bounded leaves are withheld, once, and never for one that is exact", () => {
    expect(decide(facts())).to.deep.equal({ kind: "search" });
    expect(decide(facts({ explanation: explained({}) })).kind).to.equal("demand");
    expect(decide(facts({ game: { ...game, free: 64 } })).kind).to.equal("demand");
    expect(decide(factsOf(game, replayed(want(true)))).kind).to.equal("demand");
  });

  it("does what the search came to: convicts, else asks, else demands, else waits", () => {
    const demands = new Demands(game, [ROOT]);
    expect(decide(facts({ explanation: explained({ wrong: convicted, unserved: [3], demands }) }))).to.equal(convicted);
    expect(decide(facts({ explanation: explained({ unserved: [3], demands }) }))).to.deep.equal({ kind: "fetch", tensors: [3] });
    expect(decide(facts({ explanation: explained({ demands }) }))).to.deep.equal({ kind: "demand", places: [ROOT] });
    const awaited = Object.assign(new Demands(game, []), { awaited: 1 });
    expect(decide(facts({ explanation: explained({ demands: awaited }) }))).to.deep.equal({ kind: "wait" });
  });
});
