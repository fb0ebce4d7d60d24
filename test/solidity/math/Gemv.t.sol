// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "../../../contracts/math/Float32.sol";
import {RoundedArithmetic} from "../../../contracts/math/RoundedArithmetic.sol";
import {DotTest} from "../support/DotTest.sol";

contract GemvTest is DotTest {
    /// @dev The fast path against one rounded operation after the other, on exponents where it holds, on any bits, and on both.
    function testFuzz_groups_areAddedOneAfterTheOther(uint256 seed, uint8 length, uint8 kind) public view {
        Vectors memory v = _vectors(seed, length % 40, kind);
        (uint256 open, uint256 total) = dots.groups(0, 0, whole(v), v.count);
        eq(open, 0, "the last group is closed");
        uint256 expected;
        for (uint256 k = 0; k < v.count;) {
            uint256 size = v.count - k > 3 ? 4 : v.count - k > 1 ? 2 : 1;
            uint256 group;
            for (uint256 end = k + size; k < end; ++k) group = RoundedArithmetic.add(group, _product(v, k));
            expected = RoundedArithmetic.add(group, expected);
        }
        yes(Float32.same(total, expected), "total");
    }

    function testFuzz_lanes_takeEveryEighthProduct(uint256 seed, uint8 length, uint8 kind) public view {
        Vectors memory v = _vectors(seed, length % 40, kind);
        uint256 packed = dots.lanes(0, whole(v));
        for (uint256 lane = 0; lane < 8; ++lane) {
            uint256 expected;
            for (uint256 k = lane; k < v.count; k += 8) expected = RoundedArithmetic.add(expected, _product(v, k));
            uint256 found = uint32(packed >> (224 - 32 * lane));
            yes(Float32.same(found, expected), "lane");
            yes(found == 0 || !Float32.isZero(found), "zeros are +0");
        }
    }

    /// @dev However a product is divided, the numbers in hand at the cut are all that matters.
    function testFuzz_inPieces(uint256 seed, uint8 length, uint8 cut, uint8 kind) public view {
        uint256 count = length % 60;
        uint256 middle = cut % (count + 1);
        Vectors memory v = _vectors(seed, count, kind);
        (uint256 open, uint256 total) = dots.groups(0, ONE, piece(v, 0, middle), count);
        (open, total) = dots.groups(open, total, piece(v, middle, count), count);
        (, uint256 expected) = dots.groups(0, ONE, whole(v), count);
        yes(Float32.same(total, expected), "groups");
        uint256 packed = dots.lanes(dots.lanes(0, piece(v, 0, middle)), piece(v, middle, count));
        eq(packed, dots.lanes(0, whole(v)), "lanes");
    }

    /// @dev 2^24 swallows a 1, and two of them only one at a time: who meets whom is seen in the sum.
    function test_fold_dependsOnTheBlock() public view {
        uint256 big = 0x4b800000;
        // Lanes 0 … 7: 2^24, 1, 1, 0, 0, 0, 0, 0.
        uint256 packed = (big << 224) | (ONE << 192) | (ONE << 160);
        // A run of seven: four outputs at once, two, one.
        for (uint256 place = 0; place < 4; ++place) eq(dots.fold(packed, place, 7), big, "four");
        for (uint256 place = 4; place < 6; ++place) eq(dots.fold(packed, place, 7), big, "two");
        eq(dots.fold(packed, 6, 7), big, "one");
        // Lanes 2 and 3 meet first where one output is computed, lanes 1 and 3 where two are.
        packed = (big << 224) | (ONE << 160) | (ONE << 128);
        eq(dots.fold(packed, 0, 4), big, "four");
        eq(dots.fold(packed, 0, 2), big, "two");
        eq(dots.fold(packed, 0, 1), big + 1, "one");
        packed = (big << 224) | (ONE << 192) | (ONE << 128);
        eq(dots.fold(packed, 1, 4), big, "four");
        eq(dots.fold(packed, 1, 2), big + 1, "two");
        eq(dots.fold(packed, 0, 1), big, "one");
        // The halves meet last where four are computed.
        packed = (big << 224) | (ONE << 96) | (ONE << 64);
        eq(dots.fold(packed, 3, 6), big + 1, "four");
        eq(dots.fold(packed, 5, 6), big, "two");
        // Runs of 1, 2 and 3.
        packed = (big << 224) | (ONE << 160) | (ONE << 128);
        eq(dots.fold(packed, 2, 3), big + 1, "the third of three stands alone");
        eq(dots.fold(packed, 1, 3), big, "the second does not");
    }

    function _product(Vectors memory v, uint256 k) private pure returns (uint256) {
        return RoundedArithmetic.mul(_at(v.a, k), _at(v.b, k));
    }

    function _at(bytes memory data, uint256 k) private pure returns (uint256 x) {
        for (uint256 i = 0; i < 4; ++i) x |= uint256(uint8(data[4 * k + i])) << (8 * i);
    }

    /// @dev Kinds: numbers of one scale, of exponents at the edges of the fast path, any bits, and mixtures.
    function _vectors(uint256 seed, uint256 count, uint8 kind) private pure returns (Vectors memory v) {
        v = vectors(count);
        for (uint256 k = 0; k < count; ++k) {
            uint256 random = uint256(keccak256(abi.encode(seed, k)));
            put(v.a, k, _number(random, kind));
            put(v.b, k, _number(random >> 64, kind));
        }
    }

    function _number(uint256 random, uint8 kind) private pure returns (uint256 bits) {
        bits = uint32(random);
        uint256 form = (random >> 40) & 15 == 0 ? (random >> 32) & 3 : kind & 3;
        if (form == 0) return (bits & 0x807fffff) | ((120 + ((random >> 48) & 15)) << 23);
        if (form == 1) return (bits & 0x807fffff) | ((63 + ((random >> 48) & 3)) << 23);
        if (form == 2) return (bits & 0x807fffff) | ((149 + ((random >> 48) & 3)) << 23);
    }
}
