// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {Float32} from "../../../contracts/math/Float32.sol";
import {FmaChain} from "../../../contracts/math/FmaChain.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";
import {Schedule} from "../support/Schedule.sol";

contract FmaChainTest is Cheats {
    uint256 private constant ONE = 0x3f800000;

    function testFuzz_fma_withZeroAddend_isTheRoundedProduct(uint32 a, uint32 b) public pure {
        yes(Float32.same(FmaChain.fma(a, b, 0), RoundedArithmetic.mul(a, b)), "product");
    }

    function testFuzz_fma_withFactorOne_isTheRoundedSum(uint32 a, uint32 b) public pure {
        yes(Float32.same(FmaChain.fma(a, ONE, b), RoundedArithmetic.add(a, b)), "sum");
    }

    function testFuzz_fma_isSymmetric(uint32 a, uint32 b, uint32 c) public pure {
        yes(Float32.same(FmaChain.fma(a, b, c), FmaChain.fma(b, a, c)), "factors change places");
        uint256 negated = FmaChain.fma(a ^ Float32.SIGN, b, uint256(c) ^ Float32.SIGN);
        yes(Float32.same(FmaChain.fma(a, b, c), negated ^ Float32.SIGN), "sign");
    }

    /// @dev The fast path against one fma after the other, on exponents where it holds, on any bits, and on both.
    function testFuzz_accumulate_isOneFmaAfterTheOther(uint256 seed, uint32 acc, uint8 length, uint8 kind) public pure {
        uint256 count = length % 40;
        bytes memory a = new bytes(4 * count + 32);
        bytes memory b = new bytes(4 * count + 32);
        uint256 expected = kind & 4 == 0 ? acc : 0;
        uint256 start = expected;
        for (uint256 k = 0; k < count; ++k) {
            uint256 random = uint256(keccak256(abi.encode(seed, k)));
            (uint256 x, uint256 w) = (_number(random, kind), _number(random >> 64, kind));
            // Now and then the product that cancels everything.
            if (random >> 250 == 0) (x, w) = (expected ^ Float32.SIGN, ONE);
            expected = FmaChain.fma(x, w, expected);
            _put(a, k, x);
            _put(b, k, w);
        }
        (uint256 positionA, uint256 positionB) = (_data(a), _data(b));
        yes(Float32.same(FmaChain.accumulate(start, positionA, positionB, count), expected), "accumulate");
        // In two pieces.
        uint256 half = count / 2;
        uint256 state = FmaChain.accumulate(start, positionA, positionB, half);
        state = FmaChain.accumulate(state, positionA + 4 * half, positionB + 4 * half, count - half);
        yes(Float32.same(state, expected), "in pieces");
    }

    /// @dev However a schedule is divided, the numbers in hand at the cut are all that matters.
    function testFuzz_extend_inPieces(uint256 seed, uint8 length, uint8 cut, uint8 size, uint32 alpha, uint8 kind)
        public
        pure
    {
        uint256 count = length % 60;
        uint256 middle = count == 0 ? 0 : cut % (count + 1);
        bytes memory a = new bytes(4 * count + 32);
        bytes memory b = new bytes(4 * count + 32);
        for (uint256 k = 0; k < count; ++k) {
            uint256 random = uint256(keccak256(abi.encode(seed, k)));
            _put(a, k, _number(random, kind));
            _put(b, k, _number(random >> 64, kind));
        }
        (uint256 x, uint256 w) = (_data(a), _data(b));
        (uint256 open, uint256 total) = FmaChain.extend(0, 0, x, w, 0, middle, count, size % 20, alpha);
        (open, total) = FmaChain.extend(
            open, total, x + 4 * middle, w + 4 * middle, middle, count, count, size % 20, alpha
        );
        yes(Float32.same(total, Schedule.dot(x, w, count, size % 20, alpha, 0, 0)), "total");
        eq(open, 0, "the last chunk is closed");
    }

    function test_dot_addsChunksFromLeftToRight() public pure {
        // 2^24 + 1 + 1 + 1 in float32 depends on who meets whom.
        bytes memory a = new bytes(48);
        bytes memory b = new bytes(48);
        _put(a, 0, 0x4b800000);
        for (uint256 k = 1; k < 4; ++k) _put(a, k, ONE);
        for (uint256 k = 0; k < 4; ++k) _put(b, k, ONE);
        (uint256 x, uint256 w) = (_data(a), _data(b));
        eq(Schedule.dot(x, w, 4, 0, ONE, 0, 0), 0x4b800000, "one chunk");
        eq(Schedule.dot(x, w, 4, 2, ONE, 0, 0), 0x4b800001, "chunks of 2");
        eq(Schedule.dot(x + 4, w, 2, 0, ONE, 0, 0x4b800000), 0x4b800001, "bias last");
        eq(Schedule.dot(x + 4, w, 2, 1, ONE, 0x4b800000, 0), 0x4b800000, "bias first");
        eq(Schedule.dot(x + 4, w, 2, 0, 0x3f000000, 0, 0), ONE, "alpha 1/2");
        eq(Schedule.dot(x, w, 0, 0, ONE, ONE, 0), ONE, "no products");
    }

    function test_accumulate_specialValues() public pure {
        bytes memory a = new bytes(64);
        bytes memory b = new bytes(64);
        (uint256 x, uint256 w) = (_data(a), _data(b));
        _put(a, 3, Float32.INFINITY);
        yes(Float32.isNaN(FmaChain.accumulate(0, x, w, 8)), "zero times infinity");
        _put(b, 3, ONE);
        eq(FmaChain.accumulate(0, x, w, 8), Float32.INFINITY, "infinity");
        yes(Float32.isNaN(FmaChain.accumulate(Float32.INFINITY | Float32.SIGN, x, w, 8)), "infinity less infinity");
        _put(a, 3, Float32.LARGEST);
        eq(FmaChain.accumulate(Float32.LARGEST, x, w, 8), Float32.INFINITY, "overflow");
        eq(FmaChain.accumulate(Float32.LARGEST | Float32.SIGN, x, w, 8), 0, "exact cancellation");
        _put(a, 3, 1);
        eq(FmaChain.accumulate(1, x, w, 8), 2, "subnormal");
    }

    function _number(uint256 random, uint256 kind) private pure returns (uint256 x) {
        x = uint32(random);
        if (kind & 3 == 0) return x;
        if (kind & 3 == 1 && random >> 36 & 7 == 0) return x;
        if (kind & 3 == 2 && random >> 36 & 1 == 0) return 0;
        // Exponent fields 112 … 127.
        x = (x & 0x807fffff) | ((112 + (random >> 32 & 15)) << 23);
    }

    function _put(bytes memory v, uint256 k, uint256 x) private pure {
        for (uint256 i = 0; i < 4; ++i) v[4 * k + i] = bytes1(uint8(x >> (8 * i)));
    }

    function _data(bytes memory v) private pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := add(v, 32)
        }
    }
}
