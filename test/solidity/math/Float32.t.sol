// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "../../../contracts/math/Float32.sol";
import {Cheats} from "../support/Vm.sol";

contract Float32Test is Cheats {
    function testFuzz_round_isInverseOfDecode(uint32 bits) public pure {
        if (!Float32.isFinite(bits)) return;
        (bool negative, uint256 mantissa, int256 exponent) = Float32.decode(bits);
        eq(Float32.round(negative, mantissa, exponent, false), bits, "same bits");
    }

    /// @dev A value between two neighbours goes to the nearer one, and at the middle to the even one.
    function testFuzz_round_betweenNeighbours(uint32 bits, uint64 part, bool sticky) public pure {
        bits &= 0x7fffffff;
        if (bits >= 0x7f7fffff) return;
        (, uint256 mantissa, int256 exponent) = Float32.decode(bits);
        // bits + part / 2^64 of the way to the next number
        uint256 wide = (mantissa << 64) | part;
        uint256 middle = 1 << 63;
        bool up = part > middle || (part == middle && (sticky || bits & 1 == 1));
        eq(Float32.round(false, wide, exponent - 64, sticky), uint256(bits) + (up ? 1 : 0), "nearest");
        eq(Float32.round(true, wide, exponent - 64, sticky), 0x80000000 | (uint256(bits) + (up ? 1 : 0)), "negative");
    }

    function test_round_atTheEdges() public pure {
        eq(Float32.round(false, 0xffffff, 104, false), 0x7f7fffff, "the largest");
        eq(Float32.round(false, 0x1ffffff, 103, false), 0x7f800000, "half a unit more: to even, infinity");
        eq(Float32.round(false, 0x1fffffe00000000 | 0xffffffff, 71, true), 0x7f7fffff, "a little less");
        eq(Float32.round(false, 1, 128, false), 0x7f800000, "2^128");
        eq(Float32.round(false, 1, -149, false), 1, "the smallest");
        eq(Float32.round(false, 1, -150, false), 0, "half of it: to even");
        eq(Float32.round(false, (1 << 40) | 1, -190, false), 1, "a little more than half");
        eq(Float32.round(false, 1 << 254, -405, false), 0, "shifted out");
        eq(Float32.round(true, 0, 7, false), 0x80000000, "zero");
    }

    function testFuzz_isCanonical_isOneOfAllThatAreTheSame(uint32 bits) public pure {
        bool other = bits == 0x80000000 || (Float32.isNaN(bits) && bits != Float32.NAN);
        yes(Float32.isCanonical(bits) == !other, "any bits");
        yes(!Float32.isCanonical(0x80000000), "negative zero");
        uint256 nan = bits | Float32.INFINITY;
        yes(Float32.isCanonical(nan) == (nan & 0x7fffff == 0 || nan == Float32.NAN), "NaN or infinity");
    }

    function testFuzz_order_isTheOrderOfNumbers(uint32 a, uint32 b) public pure {
        if (Float32.isNaN(a) || Float32.isNaN(b)) return;
        if (Float32.order(a) == Float32.order(b)) yes(Float32.same(a, b), "equal");
        bool less = Float32.order(a) < Float32.order(b);
        bool negativeA = a >> 31 == 1;
        bool negativeB = b >> 31 == 1;
        if (negativeA && !negativeB) yes(less || (a == 0x80000000 && b == 0), "negative first");
        if (negativeA == negativeB && a != b) yes(less == (negativeA ? a > b : a < b), "by magnitude");
    }
}
