import { expect } from "chai";
import { Opcode } from "../../../core/program/types.ts";
import { OPERATOR_CASES } from "../../operators/index.ts";
import { Judge } from "../../support/judge.ts";
import { Random } from "../../support/random.ts";

describe("gas of a unit of a judgement, finding and copying included", () => {
  for (const [name, { costs = [] }] of OPERATOR_CASES)
    for (const { about, most, units, of } of costs)
      it(`${name}: at most ${most} for a ${about}`, async () => {
        const random = new Random(Opcode[name] + 0x80000);
        const spent = async (count: number): Promise<number> => {
          const { c, element } = of(count, random);
          const judge = new Judge();
          judge.ask(c, element, 0n);
          await judge.settle();
          return judge.gas[0];
        };
        const once = await spent(1);
        for (const count of units) {
          const each = ((await spent(count)) - once) / (count - 1);
          if (process.env.OPG_FIGURES === "1") console.log(`${name}, ${count} times a ${about}: ${each.toFixed(1)} gas each, ${once} once`);
          expect(each, `${count} of them`).to.be.at.most(most);
        }
      });
});
