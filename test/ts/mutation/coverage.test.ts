import { expect } from "chai";
import { measure, type Measured } from "../../../checks/coverage/measure.ts";

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

/** Decides in the assembly of pure functions, before what it built where free memory begins is claimed, and by what a call returned. */
const BARE = `pragma solidity 0.8.37;
contract Bare {
    function least(uint256 a, uint256 b) external pure returns (uint256 c) {
        assembly ("memory-safe") {
            c := a
            if lt(b, a) { c := b }
        }
    }
    function unclaimed(uint256 a) external pure returns (uint256 c) {
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
            mstore(free, a)
            mstore(add(free, 32), a)
        }
        if (a > 5) free += 32;
        assembly ("memory-safe") {
            c := mload(free)
        }
    }
    function returned(bytes calldata data) external view returns (bytes32 c) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, data.offset, data.length)
            let ok := staticcall(gas(), 4, free, data.length, 0, 0)
            if iszero(ok) { revert(0, 0) }
            if returndatasize() {
                returndatacopy(free, 0, returndatasize())
                c := keccak256(free, returndatasize())
            }
        }
    }
}`;
const BARE_TEST = `pragma solidity 0.8.37;
import {Bare} from "toy/Bare.sol";
contract BareTest {
    Bare private bare = new Bare();
    function test_least() public view { require(bare.least(3, 2) == 2); }
    function test_unclaimed() public view { require(bare.unclaimed(4) == 4 && bare.unclaimed(6) == 6); }
    function test_returned() public view {
        bytes memory data = new bytes(100);
        data[0] = 0x01;
        data[99] = 0x02;
        require(bare.returned(data) == keccak256(data));
    }
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

  it("disturbs neither pure functions nor unclaimed memory nor what a call returned", async () => {
    const overlay = new Map([
      ["toy/Bare.sol", BARE],
      ["toy/Bare.t.sol", BARE_TEST],
    ]);
    const found = (await measure(["toy/Bare.sol"], ["toy/Bare.t.sol"], overlay)).filter((m) => m.feat.kind === "branch");
    expect(found.map((m) => `${m.feat.code}: ${m.feat.way}${m.done ? "" : " not"}`)).to.deep.equal([
      "lt(b, a): false not",
      "lt(b, a): true",
      "a > 5: false",
      "a > 5: true",
      "iszero(ok): false",
      "iszero(ok): true not",
      "returndatasize(): false not",
      "returndatasize(): true",
    ]);
  });
});
