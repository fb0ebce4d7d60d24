// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {Element} from "../../../contracts/math/Element.sol";
import {Opcode, Rule} from "../../../contracts/types/Program.sol";
import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {RowBuilder} from "../support/RowBuilder.sol";

/// @dev a is s8 [2, 40], b is s8 [40, 3] with a scale and a zero point per column.
contract QLinearMatMulTest is Cheats {
    IOpFamily private immutable family = IOpFamily(_create("IntegerDot", ""));
    uint8 private constant S8 = 3;

    function testFuzz_admissible_isTheDefinition(uint256 seed, uint8 pick, int8 zeroA, bool byColumn) public view {
        uint256 element = pick % 6;
        (uint256 row, uint256 column) = (element / 3, element % 3);
        int256 sum;
        for (uint256 k = 0; k < 40; ++k) {
            int256 b = _value(seed, 100 + 3 * k + column) - _value(seed, 500 + column);
            sum += (_value(seed, 40 * row + k) - zeroA) * b;
        }
        // Scales 2^-10, 2^-9 and 2^-8 of the columns; those of a and y are 1.
        uint256 shift = 10 - column;
        int256 q = sum >> shift;
        int256 rest = sum - (q << shift);
        int256 half = int256(1) << (shift - 1);
        if (rest > half || (rest == half && q & 1 == 1)) ++q;
        if (q < -128) q = -128;
        if (q > 127) q = 127;
        uint256 expected = uint8(uint256(q));
        (bytes memory r, Opening[] memory o) = _case(seed, zeroA, byColumn);
        yes(family.admissible(r, element, expected, o), "right");
        yes(!family.admissible(r, element, expected ^ 1, o), "wrong");
    }

    function test_admissible_zeroPointOfAnotherType_reverts() public {
        for (uint256 i = 2; i < 8; i += i == 2 ? 3 : 2) {
            (bytes memory row, Opening[] memory o) = _single(i, S8 - 1);
            vm.expectRevert(abi.encodeWithSelector(Element.DTypeUnsupported.selector, Opcode.QLINEARMATMUL, S8 - 1));
            family.admissible(row, 0, 0, o);
        }
        (bytes memory sound, Opening[] memory openings) = _single(2, S8);
        yes(family.admissible(sound, 0, 0, openings), "nothing odd");
    }

    function test_admissible_operandNoByte_reverts() public {
        (bytes memory row, Opening[] memory o) = _single(3, 1);
        vm.expectRevert(abi.encodeWithSelector(Element.DTypeUnsupported.selector, Opcode.QLINEARMATMUL, 1));
        family.admissible(row, 0, 0, o);
    }

    /// @dev The product of two 1 × 1 matrices of s8, all zeros, in which one input has another type.
    function _single(uint256 odd, uint8 dtype) private pure returns (bytes memory row, Opening[] memory o) {
        bytes[] memory inputs = new bytes[](8);
        o = new Opening[](8);
        for (uint256 i = 0; i < 8; ++i) {
            bool scale = i == 1 || i == 4 || i == 6;
            uint256[] memory dims = i % 3 == 0 && i < 6 ? RowBuilder.list(1, 1) : new uint256[](0);
            inputs[i] = RowBuilder.tensor(i == odd ? dtype : (scale ? 1 : S8), dims);
            o[i] = RowBuilder.open(scale ? RowBuilder.floats(RowBuilder.list(0x3f800000)) : bytes(hex"00"));
        }
        bytes memory output = RowBuilder.tensor(S8, RowBuilder.list(1, 1));
        row = RowBuilder.row(Opcode.QLINEARMATMUL, Rule.EQUAL, 0, 0, output, inputs, new int256[](0));
    }

    function _case(uint256 seed, int8 zeroA, bool byColumn) private pure returns (bytes memory row, Opening[] memory o) {
        uint256[] memory scalar = new uint256[](0);
        bytes[] memory inputs = new bytes[](8);
        inputs[0] = RowBuilder.tensor(S8, RowBuilder.list(2, 40));
        inputs[1] = inputs[6] = RowBuilder.tensor(1, scalar);
        inputs[2] = inputs[7] = RowBuilder.tensor(S8, scalar);
        inputs[3] = RowBuilder.tensor(
            S8, RowBuilder.list(40, 3), byColumn ? RowBuilder.list(1, 0) : RowBuilder.list(0, 1)
        );
        inputs[4] = RowBuilder.tensor(1, RowBuilder.list(3));
        inputs[5] = RowBuilder.tensor(S8, RowBuilder.list(3));
        bytes memory output = RowBuilder.tensor(S8, RowBuilder.list(2, 3));
        row = RowBuilder.row(Opcode.QLINEARMATMUL, Rule.EQUAL, 0, 0, output, inputs, new int256[](0));
        bytes memory a = new bytes(80);
        bytes memory b = new bytes(120);
        for (uint256 i = 0; i < 80; ++i) a[i] = bytes1(uint8(uint256(_value(seed, i))));
        for (uint256 i = 0; i < 120; ++i) {
            b[byColumn ? (i % 3) * 40 + i / 3 : i] = bytes1(uint8(uint256(_value(seed, 100 + i))));
        }
        bytes memory zeros = new bytes(3);
        for (uint256 i = 0; i < 3; ++i) zeros[i] = bytes1(uint8(uint256(_value(seed, 500 + i))));
        o = new Opening[](8);
        o[0] = RowBuilder.open(a);
        o[1] = o[6] = RowBuilder.open(RowBuilder.floats(RowBuilder.list(0x3f800000)));
        o[2] = RowBuilder.open(abi.encodePacked(zeroA));
        o[3] = RowBuilder.open(b);
        o[4] = RowBuilder.open(RowBuilder.floats(RowBuilder.list(0x3a800000, 0x3b000000, 0x3b800000)));
        o[5] = RowBuilder.open(zeros);
        o[7] = RowBuilder.open(hex"00");
    }

    function _value(uint256 seed, uint256 i) private pure returns (int256) {
        return int256(int8(uint8(keccak256(abi.encode(seed, i))[0])));
    }
}
