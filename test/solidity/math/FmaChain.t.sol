// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "../../../contracts/math/Float32.sol";
import {IDotHarness} from "../../../contracts/mocks/IDotHarness.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";
import {DotTest} from "../support/DotTest.sol";

contract FmaChainTest is DotTest {
    function testFuzz_fma_withZeroAddend_isTheRoundedProduct(uint32 a, uint32 b) public view {
        yes(Float32.same(dots.fused(a, b, 0), RoundedArithmetic.mul(a, b)), "product");
    }

    function testFuzz_fma_withFactorOne_isTheRoundedSum(uint32 a, uint32 b) public view {
        yes(Float32.same(dots.fused(a, ONE, b), RoundedArithmetic.add(a, b)), "sum");
    }

    function testFuzz_fma_isSymmetric(uint32 a, uint32 b, uint32 c) public view {
        yes(Float32.same(dots.fused(a, b, c), dots.fused(b, a, c)), "factors change places");
        uint256 negated = dots.fused(a ^ Float32.SIGN, b, uint256(c) ^ Float32.SIGN);
        yes(Float32.same(dots.fused(a, b, c), negated ^ Float32.SIGN), "sign");
    }

    /// @dev The fast path against one fma after the other, on exponents where it holds, on any bits, and on both.
    function testFuzz_accumulate_isOneFmaAfterTheOther(uint256 seed, uint32 acc, uint8 length, uint8 kind) public view {
        uint256 count = length % 40;
        Vectors memory v = vectors(count);
        uint256 expected = kind & 4 == 0 ? acc : 0;
        uint256 start = expected;
        for (uint256 k = 0; k < count; ++k) {
            uint256 random = uint256(keccak256(abi.encode(seed, k)));
            (uint256 x, uint256 w) = (_number(random, kind), _number(random >> 64, kind));
            // Now and then the product that cancels everything.
            if (random >> 250 == 0) (x, w) = (expected ^ Float32.SIGN, ONE);
            expected = dots.fused(x, w, expected);
            put(v.a, k, x);
            put(v.b, k, w);
        }
        yes(Float32.same(dots.chain(start, whole(v)), expected), "accumulate");
        // In two pieces.
        uint256 half = count / 2;
        uint256 state = dots.chain(start, piece(v, 0, half));
        state = dots.chain(state, piece(v, half, count));
        yes(Float32.same(state, expected), "in pieces");
    }

    /// @dev However a schedule is divided, the numbers in hand at the cut are all that matters.
    function testFuzz_extend_inPieces(uint256 seed, uint8 length, uint8 cut, uint8 size, uint32 alpha, uint8 kind)
        public
        view
    {
        uint256 count = length % 60;
        uint256 middle = count == 0 ? 0 : cut % (count + 1);
        Vectors memory v = vectors(count);
        for (uint256 k = 0; k < count; ++k) {
            uint256 random = uint256(keccak256(abi.encode(seed, k)));
            put(v.a, k, _number(random, kind));
            put(v.b, k, _number(random >> 64, kind));
        }
        IDotHarness.Schedule memory s = IDotHarness.Schedule(count, size % 20, alpha);
        (uint256 open, uint256 total) = dots.extend(0, 0, piece(v, 0, middle), s);
        (open, total) = dots.extend(open, total, piece(v, middle, count), s);
        yes(Float32.same(total, dot(v, size % 20, alpha, 0, 0)), "total");
        eq(open, 0, "the last chunk is closed");
    }

    function test_dot_addsChunksFromLeftToRight() public view {
        // 2^24 + 1 + 1 + 1 in float32 depends on who meets whom.
        Vectors memory v = vectors(4);
        for (uint256 k = 0; k < 4; ++k) put(v.a, k, ONE);
        for (uint256 k = 0; k < 4; ++k) put(v.b, k, ONE);
        v.count = 2;
        eq(dot(v, 0, ONE, 0, 0x4b800000), 0x4b800001, "bias last");
        eq(dot(v, 1, ONE, 0x4b800000, 0), 0x4b800000, "bias first");
        eq(dot(v, 0, 0x3f000000, 0, 0), ONE, "alpha 1/2");
        put(v.a, 0, 0x4b800000);
        v.count = 4;
        eq(dot(v, 0, ONE, 0, 0), 0x4b800000, "one chunk");
        eq(dot(v, 2, ONE, 0, 0), 0x4b800001, "chunks of 2");
        v.count = 0;
        eq(dot(v, 0, ONE, ONE, 0), ONE, "no products");
    }

    function test_accumulate_specialValues() public view {
        Vectors memory v = vectors(8);
        put(v.a, 3, Float32.INFINITY);
        yes(Float32.isNaN(dots.chain(0, whole(v))), "zero times infinity");
        put(v.b, 3, ONE);
        eq(dots.chain(0, whole(v)), Float32.INFINITY, "infinity");
        yes(Float32.isNaN(dots.chain(Float32.INFINITY | Float32.SIGN, whole(v))), "infinity less infinity");
        put(v.a, 3, Float32.LARGEST);
        eq(dots.chain(Float32.LARGEST, whole(v)), Float32.INFINITY, "overflow");
        eq(dots.chain(Float32.LARGEST | Float32.SIGN, whole(v)), 0, "exact cancellation");
        put(v.a, 3, 1);
        eq(dots.chain(1, whole(v)), 2, "subnormal");
    }

    function _number(uint256 random, uint256 kind) private pure returns (uint256 x) {
        x = uint32(random);
        if (kind & 3 == 0) return x;
        if (kind & 3 == 1 && random >> 36 & 7 == 0) return x;
        if (kind & 3 == 2 && random >> 36 & 1 == 0) return 0;
        // Exponent fields 112 … 127.
        x = (x & 0x807fffff) | ((112 + (random >> 32 & 15)) << 23);
    }
}
