// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {FmaChain} from "../../../contracts/math/FmaChain.sol";
import {Opcode, Rule} from "../../../contracts/types/Program.sol";
import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";
import {RowBuilder} from "../support/RowBuilder.sol";

/// @dev A' is [2, 10], B' is [10, 3]; C is [3] or [2, 1].
contract GemmTest is Cheats {
    IOpFamily private immutable family = IOpFamily(_create("FloatDot", ""));
    uint256 private constant ALPHA = 0x3f400000; // 0.75
    uint256 private constant BETA = 0x40200000; // 2.5

    function testFuzz_admissible_isTheDefinition(uint256 seed, uint8 pick, bool transA, bool transB, bool columnC) public view {
        uint256 element = pick % 6;
        (uint256 m, uint256 n) = (element / 3, element % 3);
        uint256 bias = RoundedArithmetic.mul(BETA, _number(seed, 200 + (columnC ? m : n)));
        uint256 chunk;
        for (uint256 k = 0; k < 10; ++k) {
            chunk = FmaChain.fma(_number(seed, 10 * m + k), _number(seed, 100 + 3 * k + n), chunk);
        }
        uint256 first = FmaChain.fma(ALPHA, chunk, bias);
        uint256 last = RoundedArithmetic.add(RoundedArithmetic.mul(ALPHA, chunk), bias);
        Opening[] memory openings = _openings(seed, transA, transB, columnC);
        yes(family.admissible(_row(transA, transB, columnC, Rule.CHAIN, 1), element, first, openings), "bias first");
        yes(!family.admissible(_row(transA, transB, columnC, Rule.CHAIN, 1), element, first ^ 1, openings), "wrong");
        yes(family.admissible(_row(transA, transB, columnC, Rule.CHAIN, 0), element, last, openings), "bias last");
        yes(family.admissible(_row(transA, transB, columnC, Rule.BOUND, 0), element, first, openings), "bound");
        yes(!family.admissible(_row(transA, transB, columnC, Rule.BOUND, 0), element, first + 64, openings), "outside");
    }

    function _row(bool transA, bool transB, bool columnC, uint8 rule, uint8 flags) private pure returns (bytes memory) {
        bytes[] memory inputs = new bytes[](3);
        inputs[0] = RowBuilder.tensor(1, transA ? RowBuilder.list(10, 2) : RowBuilder.list(2, 10));
        inputs[1] = RowBuilder.tensor(1, transB ? RowBuilder.list(3, 10) : RowBuilder.list(10, 3));
        inputs[2] = RowBuilder.tensor(1, columnC ? RowBuilder.list(2, 1) : RowBuilder.list(3));
        int256[] memory attributes = new int256[](4);
        (attributes[0], attributes[1]) = (transA ? int256(1) : int256(0), transB ? int256(1) : int256(0));
        (attributes[2], attributes[3]) = (int256(ALPHA), int256(BETA));
        return RowBuilder.row(Opcode.GEMM, rule, flags, 0, RowBuilder.tensor(1, RowBuilder.list(2, 3)), inputs, attributes);
    }

    function _openings(uint256 seed, bool transA, bool transB, bool columnC) private pure returns (Opening[] memory o) {
        uint256[] memory a = new uint256[](20);
        uint256[] memory b = new uint256[](30);
        uint256[] memory c = new uint256[](columnC ? 2 : 3);
        for (uint256 k = 0; k < 10; ++k) {
            for (uint256 m = 0; m < 2; ++m) a[transA ? 2 * k + m : 10 * m + k] = _number(seed, 10 * m + k);
            for (uint256 n = 0; n < 3; ++n) b[transB ? 10 * n + k : 3 * k + n] = _number(seed, 100 + 3 * k + n);
        }
        for (uint256 i = 0; i < c.length; ++i) c[i] = _number(seed, 200 + i);
        o = new Opening[](3);
        o[0] = RowBuilder.open(RowBuilder.floats(a));
        o[1] = RowBuilder.open(RowBuilder.floats(b));
        o[2] = RowBuilder.open(RowBuilder.floats(c));
    }

    /// @dev Positive, between 1/8 and 2.
    function _number(uint256 seed, uint256 i) private pure returns (uint256) {
        uint256 random = uint256(keccak256(abi.encode(seed, i)));
        return (random & 0x7fffff) | ((124 + (random >> 30 & 3)) << 23);
    }
}
