import { expect } from "chai";
import { campaign } from "../../../checks/mutation/campaign.ts";
import type { Verdict } from "../../../checks/mutation/campaign.ts";
import { byHalves } from "../../../checks/mutation/refused.ts";
import { sampler } from "../../../checks/mutation/sample.ts";
import { faults } from "../../../checks/mutation/survivors.ts";

const TOY = `pragma solidity 0.8.37;
contract Toy {
    event Counted(uint256 sum);
    uint256 private constant STEP = 2;
    function sum(uint256 n) external returns (uint256 total) {
        if (n > 100) revert();
        for (uint256 i = 0; i < n; ++i) total += STEP;
        emit Counted(total);
    }
    function unused(uint256 a) external pure returns (uint256) { return a - 1; }
    function mask(uint256 a) external pure returns (uint256 low, uint256 high) {
        (uint256 x, uint256 y) = (a & 0xff, a >> 8);
        assembly ("memory-safe") {
            low := add(x, 1)
            if gt(y, 9) { y := 9 }
        }
        high = y;
    }
}`;
const TEST = `pragma solidity 0.8.37;
import {Toy} from "toy/Toy.sol";
contract ToyTest {
    Toy private toy = new Toy();
    function test_sum() public {
        require(toy.sum(3) == 6);
        require(toy.sum(100) == 200);
        (bool ok,) = address(toy).call(abi.encodeCall(Toy.sum, (101)));
        require(!ok);
    }
    function test_mask(uint256 a) public view {
        (uint256 low, uint256 high) = toy.mask(a);
        require(low == a % 256 + 1 && high == (a / 256 > 9 ? 9 : a / 256));
        (low, high) = toy.mask(0x90a);
        require(low == 11 && high == 9);
        (low, high) = toy.mask(0xa00);
        require(low == 1 && high == 9);
    }
}`;

const overlay = new Map([
  ["toy/Toy.sol", TOY],
  ["toy/Toy.t.sol", TEST],
]);
const FILES = ["toy/Toy.sol"];

describe("mutation of contracts", () => {
  let verdicts: readonly Verdict[];
  before(async () => {
    ({ verdicts } = await campaign(FILES, ["toy/Toy.t.sol"], sampler(undefined, 1), () => undefined, overlay));
  });
  const fates = (fn: string): [string, string][] => verdicts.filter((v) => v.name.function === fn).map((v) => [v.name.change, v.fate]);

  it("changes every operator, constant, condition and statement, and sees which changes the tests notice", () => {
    expect(fates("sum")).to.deep.equal([
      ["n > 100 → true", "killed"],
      ["n > 100 → false", "killed"],
      ["> → >=", "killed"],
      ["> → <", "killed"],
      ["> → <=", "killed"],
      ["100 → (100 + 1)", "killed"],
      ["100 → (100 - 1)", "killed"],
      ["revert() → (deleted)", "killed"],
      ["0 → 1", "killed"],
      ["i < n → true", "killed"],
      ["i < n → false", "killed"],
      ["< → <=", "killed"],
      ["< → >", "killed"],
      ["< → >=", "killed"],
      ["++i → --i", "killed"],
      ["total += STEP → (deleted)", "killed"],
      ["+= → -=", "killed"],
      ["+= → =", "killed"],
      ["STEP → (STEP + 1)", "killed"],
      ["STEP → (STEP - 1)", "killed"],
      ["emit Counted(total) → (deleted)", "survived"],
    ]);
  });

  it("reaches into tuples and inline assembly", () => {
    const assembly = new Map(fates("mask"));
    for (const change of ["& → |", ">> → <<", "low := add(x, 1) → low := 0", "add → sub", "gt(y, 9) → 1", "gt → lt", "y := 9 → y := 0"])
      expect(assembly.get(change), change).to.equal("killed");
  });

  it("tells what no test reaches from what a test overlooks", () => {
    expect(fates("unused").map(([, fate]) => fate)).to.deep.equal(["unreached", "unreached", "unreached"]);
  });

  it("demands a reason for every survivor, and refuses reasons that have become void", () => {
    const alive = verdicts.filter((v) => v.fate !== "killed");
    const listed = alive.map((v) => ({ ...v.name, reason: "nothing depends on it" }));
    expect(faults(verdicts, listed, FILES, true)).to.deep.equal([]);
    expect(faults(verdicts, listed.slice(1), FILES, true)).to.have.lengthOf(1);
    expect(faults(verdicts, [...listed, { ...verdicts[0].name, reason: "wrong" }], FILES, true)[0]).to.match(/^listed, but killed by/);
    expect(faults(verdicts, [...listed, { ...listed[0], change: "a → b" }], FILES, true)[0]).to.match(/^listed, but no mutant/);
    expect(faults(verdicts, [{ ...listed[0], reason: "" }, ...listed.slice(1)], FILES, true)[0]).to.match(/^listed without a reason/);
  });

  it("a sample depends on nothing but its seed", () => {
    const names = verdicts.map((v) => v.name);
    const drawn = (seed: number, of = names): string[] => of.filter((_, i) => sampler(5, seed)(of)[i]).map((n) => n.change).sort();
    expect(drawn(1)).to.have.lengthOf(5);
    expect(drawn(1)).to.deep.equal(drawn(1, [...names].reverse()));
    expect(drawn(1)).not.to.deep.equal(drawn(2));
  });

  it("leaves out what is no program, and only that, wherever the compiler complains", async () => {
    const pointer = `pragma solidity 0.8.37;
contract Pointer {
    function second(bytes calldata data) external pure returns (uint256) {
        bytes calldata rest;
        uint256 from;
        (from, rest) = _split(data);
        return uint256(uint8(rest[0])) + from - 1;
    }
    function _split(bytes calldata data) private pure returns (uint256, bytes calldata) { return (1, data[1:]); }
}`;
    const test = `pragma solidity 0.8.37;
import {Pointer} from "toy/Pointer.sol";
contract PointerTest {
    Pointer private pointer = new Pointer();
    function test_second() public view { require(pointer.second(hex"0102") == 2); }
}`;
    const sources = new Map([
      ["toy/Pointer.sol", pointer],
      ["toy/Pointer.t.sol", test],
    ]);
    const done = await campaign(["toy/Pointer.sol"], ["toy/Pointer.t.sol"], sampler(undefined, 1), () => undefined, sources);
    // Without the assignment `rest` would point nowhere; the compiler says so of the line below, where innocent mutants are.
    expect(done.stillborn).to.equal(1);
    expect(done.verdicts.map((v) => v.name.change)).to.deep.equal(
      ["0 → 1", "+ → -", "+ → *", "- → +", "1 → (1 + 1)", "1 → 0", "1 → (1 + 1)", "1 → 0", "1 → (1 + 1)", "1 → 0"],
    );
    expect(done.verdicts.map((v) => v.fate)).to.deep.equal(Array(10).fill("killed"));
  });

  it("finds by halves what is unsound by itself", () => {
    const found = (bad: number[]): number[] => byHalves([...Array(20).keys()], (some) => !some.some((x) => bad.includes(x)));
    for (const bad of [[], [0], [19], [3, 4, 17], [...Array(20).keys()]]) expect(found(bad)).to.deep.equal(bad);
  });
});
