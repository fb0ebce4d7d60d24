// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DType, Opcode} from "../../../contracts/types/Program.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";
import {PairTest} from "../support/PairTest.sol";

contract SubTest is PairTest {
    function testFuzz_sub_isAddOfTheNegative(uint32 a, uint32 b, uint32 claimed) public view {
        uint256 negative = uint256(b) ^ 0x80000000;
        yes(
            pair(Opcode.SUB, DType.FLOAT32, a, b, claimed) == pair(Opcode.ADD, DType.FLOAT32, a, negative, claimed),
            "a + -b"
        );
    }

    function testFuzz_sub_admitsTheDifference(uint32 a, uint32 b) public view {
        yes(pair(Opcode.SUB, DType.FLOAT32, a, b, RoundedArithmetic.sub(a, b)), "the difference");
    }

    /// @dev Numbers within a factor of two of each other have an exact difference (Sterbenz).
    function testFuzz_sub_ofNearNumbers_isExact(uint256 seed, uint256 other) public pure {
        uint256 a = float(seed, 2, 100) & 0x7fffffff;
        uint256 b = bound(other, a - 0x800000, a + 0x800000);
        // Neighbouring binades: the difference of their ends may still be too far.
        if (fixedPoint(b) > 2 * fixedPoint(a) || fixedPoint(a) > 2 * fixedPoint(b)) return;
        uint256 difference = RoundedArithmetic.sub(a, b);
        yes(fixedPoint(difference) == fixedPoint(a) - fixedPoint(b), "exact");
    }

    function testFuzz_sub_ofItself_isZeroOrNaN(uint32 a) public view {
        bool finite = a & 0x7f800000 != 0x7f800000;
        yes(pair(Opcode.SUB, DType.FLOAT32, a, a, 0) == finite, "zero");
        yes(pair(Opcode.SUB, DType.FLOAT32, a, a, 0x7fc00000) == !finite, "NaN");
    }

    function testFuzz_sub_integersWrap(int8 a, int8 b, uint8 other) public view {
        uint8 difference;
        unchecked {
            difference = uint8(a - b);
        }
        yes(pair(Opcode.SUB, DType.INT8, uint8(a), uint8(b), difference), "the difference");
        yes(other == difference || !pair(Opcode.SUB, DType.INT8, uint8(a), uint8(b), other), "another");
    }
}
