import { expect } from "chai";
import { measure, type Measured } from "../../../scripts/coverage/measure.ts";

const TOY = `pragma solidity 0.8.37;
contract Other { function f() external pure { revert(); } }
contract Toy {
    Other private other = new Other();
    function pick(uint256 a, bool b) external view returns (uint256 c) {
        if (a > 9 || !(b && a > 5)) return a < 3 ? 1 : 2;
        for (uint256 i = 0; i < a; ++i) c += 3;
        assembly ("memory-safe") {
            if gt(c, 20) { c := 20 }
            for { let k := 0 } lt(k, 2) { k := add(k, 1) } { c := add(c, k) }
            switch c case 19 { c := 7 } default { c := 8 }
        }
        require(c != 5);
    }
    function attempt() external view returns (bool) {
        try other.f() { return true; } catch { return false; }
    }
}`;
const TEST = `pragma solidity 0.8.37;
import {Toy} from "toy/Toy.sol";
contract ToyTest {
    Toy private toy = new Toy();
    function test_pick() public view { require(toy.pick(1, true) == 1 && toy.pick(6, true) == 7); }
    function test_attempt() public view { require(!toy.attempt()); }
}`;

describe("coverage of contracts", () => {
  let measured: readonly Measured[];
  before(async () => {
    const overlay = new Map([
      ["toy/Toy.sol", TOY],
      ["toy/Toy.t.sol", TEST],
    ]);
    measured = await measure(["toy/Toy.sol"], ["toy/Toy.t.sol"], overlay);
  });
  const branches = (fn: string): string[] =>
    measured.filter((m) => m.feat.kind === "branch" && m.feat.function === fn).map((m) => `${m.feat.code}: ${m.feat.way}${m.done ? "" : " not"}`);

  it("counts every way of every operand of a decision, in Solidity and in assembly", () => {
    expect(branches("pick")).to.deep.equal([
      "a > 9: false",
      "a > 9: true not",
      "b: false not",
      "b: true",
      "a > 5: false",
      "a > 5: true",
      "a < 3: false not",
      "a < 3: true",
      "i < a: false",
      "i < a: true",
      "gt(c, 20): false",
      "gt(c, 20): true not",
      "lt(k, 2): true",
      "lt(k, 2): false",
      "case 19: taken",
      "default: taken not",
      "c != 5: false not",
      "c != 5: true",
    ]);
  });

  it("counts what follows a call that succeeds and one that fails", () => {
    expect(branches("attempt").map((b) => b.includes("not"))).to.deep.equal([true, false]);
  });

  it("counts statements", () => {
    const missing = measured.filter((m) => m.feat.kind === "statement" && !m.done).map((m) => m.feat.code);
    expect(missing).to.deep.equal(["return true;"]);
    expect(measured.filter((m) => m.feat.kind === "statement")).to.have.lengthOf(8);
  });
});
