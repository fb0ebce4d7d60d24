import { expect } from "chai";
import { NETWORKS } from "../../../checks/bench/networks/index.ts";
import { readersOf } from "../../../core/dispute/proof.ts";
import { compile } from "../../../core/compile/compile.ts";
import { operatorOf } from "../../../core/operators/index.ts";
import { outputId } from "../../../core/program/program.ts";
import type { TensorTree } from "../../../core/merkle/tensorTree.ts";
import { Rule } from "../../../core/program/types.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { elementBits, BytesReader } from "../../../core/tensor/reader.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { craftInput, INPUT_KINDS, treesOf, worldOf, type Trace, type World } from "../../support/disputes.ts";
import { fromOrder, toOrder } from "../../support/floats.ts";
import { Judge } from "../../support/judge.ts";
import { isEmulated, runsElsewhere } from "../../support/otherProcessor.ts";
import { deep } from "../../support/profile.ts";
import { Random } from "../../support/random.ts";
import { judgeRun } from "../../support/wholeTensors.ts";

/** One-ulp lies, of which the contracts are asked about a part: 10,000 under OPG_TEST_PROFILE=deep (OPG_CAMPAIGN=n sets another number). */
const LIES = Number(process.env.OPG_CAMPAIGN ?? (deep ? 10_000 : 240));
const ASKED = 1 / 8;
/** Elements of honest runs: 100,000,000 under OPG_TEST_PROFILE=deep (OPG_ELEMENTS=n sets another number). */
const ELEMENTS = Number(process.env.OPG_ELEMENTS ?? (deep ? 100_000_000 : 400_000));
const EACH = Math.ceil(ELEMENTS / NETWORKS.length);
const figures = (line: string): void => void (process.env.OPG_FIGURES === "1" && console.log(line));

describe("whole networks in canonical form", function () {
  this.timeout(36_000_000);
  const worlds: World[] = [];
  before(async () => {
    for (const { name, small } of NETWORKS) worlds.push(worldOf(name, await compile(small(), { runtime: ortRuntime })));
  });

  it("leave nothing open", () => {
    for (const { name, program } of worlds) expect(program.nodes.filter(({ rule }) => rule === Rule.bound).map((node) => node.name), name).to.deep.equal([]);
  });

  it(`convict ${LIES.toLocaleString("en")} lies of one unit in the last place, in any tensor`, async () => {
    const random = new Random(20261129);
    const judge = new Judge();
    const bases = new Map<World, { trace: Trace; trees: readonly TensorTree[] }>();
    for (let lie = 0; lie < LIES; lie++) {
      const world = worlds[lie % worlds.length];
      const { program, constant, model } = world;
      if (lie < worlds.length || random.chance(0.02)) {
        const trace = await traceOf(world, 2 * lie);
        bases.set(world, { trace, trees: treesOf(world, trace) });
      }
      const { trace, trees } = bases.get(world)!;
      const index = random.int(0, program.nodes.length - 1);
      const node = program.nodes[index];
      expect(node.output.dtype, node.name).to.equal(DType.float32);
      const element = random.int(0, sizeOf(node.output.dims) - 1);
      const readers = readersOf({ computed: (id) => trees[id], constant }, node.inputs);
      const honest = Number(elementBits(new BytesReader(node.output, trees[outputId(node)].data), element));
      const wrong = BigInt(fromOrder(toOrder(honest) + random.pick([-1, 1])));
      const { admissible } = operatorOf(node.opcode);
      expect(admissible(node, element, BigInt(honest), readers), `${world.name}, ${node.name}, element ${element}`).to.equal(true);
      expect(admissible(node, element, wrong, readers), `${world.name}, ${node.name}, element ${element}, one ulp off`).to.equal(false);
      if (!random.chance(ASKED)) continue;
      const inputs = node.inputs.map((t, place) => t && (t.source.kind === "computed" ? trace[t.source.id] : model.constant(index, place)));
      judge.ask({ node, inputs }, element, wrong, false);
      judge.ask({ node, inputs }, element, BigInt(honest), true);
    }
    await judge.settle();
    figures(`${LIES} of ${LIES} lies of one ulp convicted by the twins, ${judge.asked / 2} of them by the contracts`);
    expect(judge.asked).to.be.above(LIES / 16);
  });

  for (const [i, { name }] of NETWORKS.entries()) {
    it(`admit ${EACH.toLocaleString("en")} elements of honest runs: ${name}`, async () => {
      const world = worlds[i];
      const places = isEmulated && deep ? 2 : 1;
      const inRun = world.program.nodes.reduce((sum, { output }) => sum + sizeOf(output.dims), 0);
      const runs = Math.max(2, Math.ceil(EACH / places / inRun));
      const elsewhere = places === 2 ? await runsElsewhere(world, Array.from({ length: runs }, (_, run) => inputsOf(world, run))) : [];
      let [elements, same, differing] = [0, 0, 0];
      for (let run = 0; run < runs; run++) {
        const trace = await traceOf(world, run);
        const here = judgeRun(world, trace);
        expect(here.wrong, `run ${run}`).to.deep.equal([]);
        elements += here.elements;
        if (places === 1) continue;
        // What is computed from the same values and comes to the same was judged just now.
        const isSame = trace.map((bytes, id) => Buffer.compare(bytes, elsewhere[run][id]) === 0);
        const known = ({ inputs, output }: World["program"]["nodes"][number]) =>
          [output, ...inputs].every((t) => t === undefined || t.source.kind !== "computed" || isSame[t.source.id]);
        const there = judgeRun(world, elsewhere[run], (node) => known(world.program.nodes[node]));
        expect(there.wrong, `run ${run} on another processor`).to.deep.equal([]);
        elements += there.elements;
        const equal = isSame.filter(Boolean).length;
        [same, differing] = [same + equal, differing + isSame.length - equal];
      }
      expect(elements).to.be.at.least(EACH);
      figures(`${elements.toLocaleString("en")} elements of honest runs of ${name}, none inadmissible; on another processor ${same} tensors are the same and ${differing} are not`);
    });
  }
});

const tracers = new Map<World, Awaited<ReturnType<World["model"]["open"]>>>();

/** The inputs of a numbered run: ordinary numbers and, in turn, all the kinds that hurt. */
function inputsOf({ program }: World, run: number): Uint8Array[] {
  const kind = run % 2 === 0 ? "normal" : INPUT_KINDS[(run >> 1) % INPUT_KINDS.length];
  return program.inputs.map((spec) => craftInput(spec, kind, new Random(run)));
}

async function traceOf(world: World, run: number): Promise<Trace> {
  const tracer = tracers.get(world) ?? (await world.model.open(ortRuntime));
  tracers.set(world, tracer);
  return (await tracer.run(inputsOf(world, run))).map((bytes) => Uint8Array.from(bytes));
}
