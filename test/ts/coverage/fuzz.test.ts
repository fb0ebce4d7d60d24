import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { fuzz, mutant } from "../../../checks/fuzzModels/fuzz.ts";
import { openHardhatJudge } from "../../../oracle/certify/hardhatJudge.ts";
import type { Judge } from "../../../oracle/certify/judge.ts";
import { opg } from "../../support/commandLine.ts";
import { deep } from "../../support/profile.ts";

const CASES = deep ? 20_000 : 160;
/** Of so many files one is given to the command line, too. */
const TYPED = 12;

describe("mutated models", function () {
  this.timeout(deep ? 7_200_000 : 300_000);
  let judge: Judge;
  let folder: string;
  before(async () => {
    judge = await openHardhatJudge();
    folder = mkdtempSync(join(tmpdir(), "opg-fuzz-"));
  });
  after(async () => {
    await judge.close();
    rmSync(folder, { recursive: true });
  });

  it("end in a verdict that is right or in a refusal, and the command line says which by its exit code", async () => {
    let [seen, typed] = [0, 0];
    const onOutcome = async (file: Uint8Array, { faults }: { readonly faults: readonly unknown[] }): Promise<string | undefined> => {
      if (seen++ % TYPED > 0) return undefined;
      typed++;
      const path = join(folder, "case.onnx");
      writeFileSync(path, file);
      const { code } = await opg(["model", "compile", path, "--out", folder], {}, folder);
      const expected = faults.length === 0 ? 0 : 2;
      return code === expected ? undefined : `exit code ${code} where ${expected} is right`;
    };
    const result = await fuzz({ seed: 3, cases: CASES, judge, onOutcome });
    expect(result.failures).to.deep.equal([]);
    expect(result.cases).to.equal(CASES);
    expect(result.taken).to.be.greaterThan(CASES / 10);
    expect(result.refused).to.be.greaterThan(CASES / 2);
    expect(typed).to.equal(Math.ceil(CASES / TYPED));
  });

  it("are the same under the same number, and others under another", () => {
    expect(mutant(1, 7)).to.deep.equal(mutant(1, 7));
    expect(mutant(1, 7)).to.not.deep.equal(mutant(1, 8));
    expect(mutant(1, 7)).to.not.deep.equal(mutant(2, 7));
  });
});
