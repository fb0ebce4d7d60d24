// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {FmaChain} from "../../../contracts/math/FmaChain.sol";
import {Opcode, Rule} from "../../../contracts/types/Program.sol";
import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {RowBuilder} from "../support/RowBuilder.sol";

contract MatMulTest is Cheats {
    IOpFamily private immutable family = IOpFamily(_create("FloatDot", ""));

    /// @dev A [3, 1, 2, 9] times B [2, 9, 4]: the batch axes broadcast to [3, 2].
    function testFuzz_admissible_broadcastsBatches(uint256 seed, uint8 pick, bool byColumn) public view {
        uint256 element = pick % 48;
        (uint256 a, uint256 b) = ((element / 16) * 18 + ((element / 4) % 2) * 9, ((element / 8) % 2) * 36 + element % 4);
        uint256 expected;
        for (uint256 k = 0; k < 9; ++k) {
            expected = FmaChain.fma(_number(seed, a + k), _number(seed, 1000 + b + 4 * k), expected);
        }
        bytes[] memory inputs = new bytes[](2);
        inputs[0] = RowBuilder.tensor(1, RowBuilder.list(3, 1, 2, 9));
        inputs[1] = byColumn
            ? RowBuilder.tensor(1, RowBuilder.list(2, 9, 4), RowBuilder.list(0, 2, 1))
            : RowBuilder.tensor(1, RowBuilder.list(2, 9, 4));
        uint256[] memory x = new uint256[](54);
        uint256[] memory w = new uint256[](72);
        for (uint256 i = 0; i < 54; ++i) x[i] = _number(seed, i);
        for (uint256 i = 0; i < 72; ++i) {
            w[byColumn ? (i / 36) * 36 + (i % 4) * 9 + (i / 4) % 9 : i] = _number(seed, 1000 + i);
        }
        _check(inputs, RowBuilder.tensor(1, RowBuilder.list(3, 2, 2, 4)), x, w, element, expected);
    }

    /// @dev A vector times a vector is one number.
    function testFuzz_admissible_vectors(uint256 seed) public view {
        uint256[] memory x = new uint256[](9);
        uint256[] memory w = new uint256[](9);
        uint256 expected;
        for (uint256 k = 0; k < 9; ++k) {
            (x[k], w[k]) = (_number(seed, k), _number(seed, 1000 + k));
            expected = FmaChain.fma(x[k], w[k], expected);
        }
        bytes[] memory inputs = new bytes[](2);
        inputs[0] = inputs[1] = RowBuilder.tensor(1, RowBuilder.list(9));
        _check(inputs, RowBuilder.tensor(1, new uint256[](0)), x, w, 0, expected);
    }

    function _check(
        bytes[] memory inputs,
        bytes memory output,
        uint256[] memory x,
        uint256[] memory w,
        uint256 element,
        uint256 expected
    ) private view {
        Opening[] memory o = new Opening[](2);
        o[0] = RowBuilder.open(RowBuilder.floats(x));
        o[1] = RowBuilder.open(RowBuilder.floats(w));
        bytes memory row = RowBuilder.row(Opcode.MATMUL, Rule.CHAIN, 0, 0, output, inputs, new int256[](0));
        yes(family.admissible(row, element, expected, o), "right");
        yes(!family.admissible(row, element, expected ^ 1, o), "wrong");
        row = RowBuilder.row(Opcode.MATMUL, Rule.BOUND, 0, 0, output, inputs, new int256[](0));
        yes(family.admissible(row, element, expected, o), "bound");
        yes(!family.admissible(row, element, expected + 64, o), "outside");
    }

    /// @dev Positive, between 1/8 and 2.
    function _number(uint256 seed, uint256 i) private pure returns (uint256) {
        uint256 random = uint256(keccak256(abi.encode(seed, i)));
        return (random & 0x7fffff) | ((124 + (random >> 30 & 3)) << 23);
    }
}
