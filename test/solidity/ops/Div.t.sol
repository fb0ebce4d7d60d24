// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DType, Opcode} from "../../../contracts/types/Program.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";
import {PairTest} from "../support/PairTest.sol";

contract DivTest is PairTest {
    /// @dev Of all numbers the quotient is nearest to a / b: |q·b − a| is least.
    function testFuzz_div_isNearest(uint256 seedA, uint256 seedB) public view {
        uint256 a = float(seedA, 20, 80) & 0x7fffffff;
        uint256 b = float(seedB, 100, 127) & 0x7fffffff;
        uint256 quotient = RoundedArithmetic.div(a, b);
        yes(pair(Opcode.DIV, DType.FLOAT32, a, b, quotient), "the quotient");
        int256 exact = fixedPoint(a) << 149;
        uint256 off = distance(fixedPoint(quotient) * fixedPoint(b), exact);
        for (uint256 i = 0; i < 2; ++i) {
            uint256 other = i == 0 ? quotient + 1 : quotient == 0 ? quotient : quotient - 1;
            uint256 further = distance(fixedPoint(other) * fixedPoint(b), exact);
            yes(other == quotient || off < further || (off == further && quotient & 1 == 0), "nearest");
            yes(other == quotient || !pair(Opcode.DIV, DType.FLOAT32, a, b, other), "a neighbour");
        }
    }

    function testFuzz_div_byItself_isOne(uint32 a) public view {
        if (a & 0x7fffffff == 0 || a & 0x7f800000 == 0x7f800000) {
            yes(pair(Opcode.DIV, DType.FLOAT32, a, a, 0x7fc00000), "NaN");
        } else {
            yes(pair(Opcode.DIV, DType.FLOAT32, a, a, 0x3f800000), "1");
        }
    }

    function test_div_byZero_isInfinite() public view {
        yes(pair(Opcode.DIV, DType.FLOAT32, 0x3f800000, 0, 0x7f800000), "1 / +0");
        yes(pair(Opcode.DIV, DType.FLOAT32, 0x3f800000, 0x80000000, 0xff800000), "1 / -0");
        yes(!pair(Opcode.DIV, DType.FLOAT32, 0x3f800000, 0, 0x7f7fffff), "the largest number");
        yes(!pair(Opcode.DIV, DType.FLOAT32, 0x3f800000, 0, 0x7fc00000), "NaN");
    }

    /// @dev The honest run may have divided by the other zero.
    function testFuzz_div_byZero_hasNoSign(uint32 a, bool negative) public view {
        uint256 zero = negative ? 0x80000000 : 0;
        bool nan = a & 0x7fffffff == 0 || a & 0x7fffffff > 0x7f800000;
        yes(pair(Opcode.DIV, DType.FLOAT32, a, zero, 0x7f800000) == !nan, "infinity");
        yes(pair(Opcode.DIV, DType.FLOAT32, a, zero, 0xff800000) == !nan, "negative infinity");
        yes(pair(Opcode.DIV, DType.FLOAT32, a, zero, 0x7fc00000) == nan, "NaN");
    }

    function testFuzz_div_integersTruncate(int32 a, int32 b, uint32 other) public view {
        _integers(a, b, other);
        _integers(a, 0, other);
        _integers(type(int32).min, -1, other);
    }

    function _integers(int32 a, int32 b, uint32 other) private view {
        uint32 quotient;
        // What processors give that do not trap: 0, and the quotient modulo 2^32.
        unchecked {
            if (b != 0) quotient = uint32(a / b);
        }
        yes(pair(Opcode.DIV, DType.INT32, uint32(a), uint32(b), quotient), "the quotient");
        yes(other == quotient || !pair(Opcode.DIV, DType.INT32, uint32(a), uint32(b), other), "another");
    }
}
