import { expect } from "chai";
import { openTestJudge } from "../../support/chain.ts";
import type { Judge } from "../../../oracle/certify/judge.ts";
import { TRANSACTION_BYTES, TRANSACTION_GAS, TRANSACTIONS, costOf } from "../../../core/dispute/budget.ts";
import { Steps } from "../../../core/dispute/steps.ts";
import { twinOf } from "../../../core/operators/index.ts";
import { checkProvable } from "../../../core/compile/provable.ts";
import { convict, dearestElement, wrongBits, type Lies } from "../../support/convictable.ts";
import { drawProgram } from "../../support/drawnPrograms.ts";
import { Random } from "../../support/random.ts";

const PROGRAMS = Number(process.env.OPG_PROGRAMS ?? (process.env.OPG_TEST_PROFILE === "deep" ? 2_500 : 120));
const SEED = Number(process.env.OPG_SEED ?? 9);
const NUMBER = /\d/;

interface Tally {
  convicted: number;
  refused: number;
  free: number;
  /** Least and greatest share of the estimated gas that a transaction took. */
  closest: number;
  transactions: number;
}

describe("whatever the compiler takes can be convicted", function () {
  this.timeout(7_200_000);
  let judge: Judge;
  before(async () => {
    judge = await openTestJudge();
  });
  after(() => judge.close());

  it(`${PROGRAMS} random programs: the dearest element of every node, through the game, or refused with the number`, async () => {
    const random = new Random(SEED);
    const tallies = new Map<string, Tally>();
    for (let i = 0; i < PROGRAMS; i++) {
      const { program, trees, constants } = drawProgram(random);
      const lies: Lies = { program, computed: (id) => trees[id], constant: (root) => constants.get(root)! };
      for (const [index, node] of program.nodes.entries()) {
        const about = `program ${i}, node ${index}: ${node.op} ${JSON.stringify(node)}`;
        const tally = tallies.get(node.op) ?? { convicted: 0, refused: 0, free: 0, closest: 0, transactions: 0 };
        tallies.set(node.op, tally);
        try {
          checkProvable(node, program);
        } catch (error) {
          expect((error as Error).message, about).to.match(NUMBER);
          tally.refused++;
          continue;
        }
        const { demand } = twinOf(node);
        const whole = demand && costOf(new Steps(program, node).dearest(demand(node)));
        for (const element of new Set([dearestElement(node, lies), random.int(0, node.output.dims.reduce((n, d) => n * d, 1) - 1)])) {
          const wrong = wrongBits(lies, index, element, random);
          if (wrong === undefined) {
            tally.free++;
            continue;
          }
          const { verdict, transactions, costs } = await convict(judge, lies, index, element, wrong, whole);
          expect(verdict, `${about}, element ${element}, ${JSON.stringify(costs)}`).to.deep.include({ convicts: true, revert: "", fits: true });
          for (const { bytes, gas } of costs) {
            expect(bytes, about).to.be.at.most(TRANSACTION_BYTES);
            expect(gas, about).to.be.at.most(TRANSACTION_GAS);
          }
          // Elements that lie otherwise to the leaves than the one that was counted take a few transactions more.
          expect(transactions, about).to.be.at.most(2 * TRANSACTIONS);
          tally.convicted++;
          tally.closest = Math.max(tally.closest, verdict.gas / Math.max(...costs.map(({ gas }) => gas)));
          tally.transactions = Math.max(tally.transactions, transactions);
        }
      }
    }
    if (process.env.OPG_FIGURES === "1") {
      for (const [op, t] of [...tallies].sort()) {
        console.log(`      ${op.padEnd(20)} convicted ${t.convicted}, refused ${t.refused}, free ${t.free}; at most ${t.transactions} transactions, ${(100 * t.closest).toFixed(0)} % of the estimate`);
      }
    }
    const sum = (of: (tally: Tally) => number): number => [...tallies.values()].reduce((n, tally) => n + of(tally), 0);
    expect(sum((t) => t.convicted)).to.be.greaterThan(2 * PROGRAMS);
    expect(sum((t) => t.refused)).to.be.greaterThan(0).and.lessThan(PROGRAMS / 2);
    expect(sum((t) => t.free)).to.be.lessThan(PROGRAMS / 4);
    // A transaction has no more gas than the estimate: who takes more has failed above.
    for (const [op, { closest }] of tallies) expect(closest, op).to.be.at.most(1);
  });
});
