// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DType, Opcode} from "../../../contracts/types/Program.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";
import {PairTest} from "../support/PairTest.sol";

contract MulTest is PairTest {
    /// @dev Of all numbers the product is nearest to the exact one, in units of 2^-298.
    function testFuzz_mul_isNearest(uint256 seedA, uint256 seedB) public view {
        uint256 a = float(seedA, 0, 60);
        uint256 b = float(seedB, 80, 127);
        uint256 product = RoundedArithmetic.mul(a, b);
        yes(pair(Opcode.MUL, DType.FLOAT32, a, b, product), "the product");
        int256 exact = fixedPoint(a) * fixedPoint(b);
        uint256 off = distance(fixedPoint(product) << 149, exact);
        for (uint256 i = 0; i < 2; ++i) {
            uint256 other = i == 0 ? product + 1 : product & 0x7fffffff == 0 ? product : product - 1;
            uint256 further = distance(fixedPoint(other) << 149, exact);
            yes(other == product || off < further || (off == further && product & 1 == 0), "nearest");
            yes(other == product || !pair(Opcode.MUL, DType.FLOAT32, a, b, other), "a neighbour");
        }
    }

    function testFuzz_mul_commutes(uint32 a, uint32 b, uint32 claimed) public view {
        yes(
            pair(Opcode.MUL, DType.FLOAT32, a, b, claimed) == pair(Opcode.MUL, DType.FLOAT32, b, a, claimed), "commutes"
        );
    }

    function testFuzz_mul_byOne_changesNothing(uint32 a) public view {
        yes(pair(Opcode.MUL, DType.FLOAT32, a, 0x3f800000, a), "1");
        yes(pair(Opcode.MUL, DType.FLOAT32, a, 0xbf800000, uint256(a) ^ 0x80000000), "-1");
    }

    function test_mul_infinityByZero_isNaN() public view {
        yes(pair(Opcode.MUL, DType.FLOAT32, 0x7f800000, 0, 0x7fc00000), "NaN");
        yes(!pair(Opcode.MUL, DType.FLOAT32, 0x7f800000, 0, 0), "zero");
        yes(pair(Opcode.MUL, DType.FLOAT32, 0x7f7fffff, 0x40000000, 0x7f800000), "overflow");
    }

    function testFuzz_mul_integersWrap(int64 a, int64 b, uint64 other) public view {
        uint64 product;
        unchecked {
            product = uint64(a * b);
        }
        yes(pair(Opcode.MUL, DType.INT64, uint64(a), uint64(b), product), "the product");
        yes(other == product || !pair(Opcode.MUL, DType.INT64, uint64(a), uint64(b), other), "another");
    }
}
