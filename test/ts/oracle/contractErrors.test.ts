import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Interface } from "ethers";
import type { ErrorFragment } from "ethers";
import { describeRevert, inner, inOneLine } from "../../../oracle/chain/contracts.ts";
import { CONTRACT_ERRORS, explainError, placeholdersOf, type ContractErrorName } from "../../../core/contractErrors.ts";
import type { Hex } from "../../../core/hex.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const abis = readdirSync(join(root, "contracts", "abi")).filter((file) => file !== "verifiers.json" && file !== "contracts.json");

/** Every error of every ABI, and of families and libraries. */
const errors: ErrorFragment[] = [
  ...abis.map((file) => new Interface(readFileSync(join(root, "contracts", "abi", file), "utf8"))),
  inner,
].flatMap((contract) => contract.fragments.filter((fragment): fragment is ErrorFragment => fragment.type === "error"));

describe("errors of contracts", () => {
  it("has a sentence and a way out for every error of every ABI, and for no other", () => {
    const names = new Set(errors.map(({ name }) => name));
    expect(names.size).to.be.greaterThan(100);
    expect(Object.keys(CONTRACT_ERRORS).sort()).to.deep.equal([...names].sort());
    for (const [name, { says, fix }] of Object.entries(CONTRACT_ERRORS)) {
      expect(says, name).to.match(/^[^.]{10,}$/s);
      expect(fix, name).to.not.equal("");
    }
  });

  it("knows every error that a family or its libraries can end in", () => {
    const files = globSync("contracts/{families,ops,math,merkle,dispute,interfaces}/**/*.sol", { cwd: root });
    const declared = files.flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(/^\s*error (\w+)\(/gm)].map(([, name]) => name));
    expect(declared.length).to.be.greaterThan(90);
    for (const name of declared) expect(CONTRACT_ERRORS, name).to.have.property(name);
  });

  it("shows values that the error has, and each in the form of its kind", () => {
    for (const { name, inputs } of errors) {
      for (const shown of placeholdersOf(CONTRACT_ERRORS[name as ContractErrorName].says)) {
        const input = inputs.find((each) => each.name === shown.name);
        expect(input, `${name} has no ${shown.name}`).to.not.equal(undefined);
        if (shown.form !== undefined) expect(input!.type, `${name}.${shown.name}`).to.match(/^uint/);
      }
    }
  });

  it("tells amounts in OPG, times in ISO, ids and states by their names, once and with the way out", () => {
    const find = (name: string) => errors.find((error) => error.name === name)!;
    const revert = (name: string, values: unknown[]) => describeRevert(new Interface([find(name)]).encodeErrorResult(name, values) as Hex);
    expect(revert("ExitTooLarge", [10n ** 18n, 25n * 10n ** 17n])).to.deep.equal({
      error: "2.5 OPG are more than the 1.0 OPG that are bonded (ExitTooLarge)",
      name: "ExitTooLarge",
      fix: "ask for less with --amount, or leave it out for all",
    });
    expect(revert("ExitNotDue", [1_800_000_000n]).error).to.equal("the bond may not leave before 2027-01-15T08:00:00Z (ExitNotDue)");
    expect(revert("WrongStatus", [0x12n, 3n]).error).to.equal("job 0x12 is Submitted, which this step does not go with (WrongStatus)");
    expect(revert("WrongDisputeStatus", [0x12n, 4n]).error).to.include("is convicted");
    expect(inOneLine(revert("NothingToBurn", []))).to.equal("there is nothing to burn (NothingToBurn); there is nothing to do");
  });

  it("says of any error something without a hole in it", () => {
    for (const { name, inputs } of errors) {
      const values = Object.fromEntries(inputs.map((input) => [input.name, input.type.startsWith("uint") ? 2n ** 255n : `0xAB${input.type}`]));
      expect(explainError(name, values)!.says, name).to.not.match(/undefined|[{}]|\[object/);
    }
  });

  it("has words for what is no error of theirs", () => {
    expect(describeRevert("0x")).to.deep.equal({ error: "reverted without a reason" });
    expect(describeRevert(undefined)).to.deep.equal({ error: "reverted without a reason" });
    expect(describeRevert("0x12345678")).to.deep.equal({ error: "reverted with 0x12345678" });
    const panic = new Interface(["error Panic(uint256)"]).encodeErrorResult("Panic", [17n]) as Hex;
    expect(describeRevert(panic)).to.deep.equal({ error: "panic: arithmetic overflow" });
  });
});
