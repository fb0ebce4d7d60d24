// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "../../../contracts/math/Float32.sol";
import {IDotHarness} from "../../../contracts/mocks/IDotHarness.sol";
import {DotTest} from "../support/DotTest.sol";

contract DotBoundTest is DotTest {
    /// @dev Whatever the operands: what a fused chain yields, in whatever chunks, lies within the bound.
    function testFuzz_admissible_everyChainIs(uint256 seed, uint8 length, uint8 chunk, uint32 alpha, uint32 c) public view {
        Vectors memory v = _vectors(seed, length % 24);
        uint256[9] memory sums = _sums(v);
        yes(_admissible(sums, v.count, 1, dot(v, chunk % 9, ONE, 0, c), ONE, c), "plain");
        yes(_admissible(sums, v.count, 3, dot(v, chunk % 9, alpha, c, 0), alpha, c), "scaled");
    }

    /// @dev Feeding a product in pieces changes nothing.
    function testFuzz_accumulate_inPieces(uint256 seed, uint8 length, uint8 cut) public view {
        uint256 count = length % 40;
        uint256 first = count == 0 ? 0 : cut % count;
        Vectors memory v = _vectors(seed, count);
        uint256[9] memory all = _sums(v);
        uint256[9] memory pieces;
        pieces = dots.summed(pieces, piece(v, 0, first));
        pieces = dots.summed(pieces, piece(v, first, count));
        for (uint256 i = 0; i < 8; ++i) eq(pieces[i], all[i], "bin");
        yes((pieces[8] == 0) == (all[8] == 0), "special");
    }

    /// @dev For ordinary numbers the bound is narrow: no claim with another exponent or sign passes.
    function testFuzz_admissible_isNarrow(uint256 seed, uint8 length) public view {
        Vectors memory v = _ordinary(seed, 1 + length % 24);
        uint256[9] memory sums = _sums(v);
        uint256 y = dot(v, 0, ONE, 0, 0);
        yes(_admissible(sums, v.count, 1, y, ONE, 0), "honest");
        yes(!_admissible(sums, v.count, 1, y + (1 << 23), ONE, 0), "double");
        yes(!_admissible(sums, v.count, 1, y ^ Float32.SIGN, ONE, 0), "negated");
        yes(!_admissible(sums, v.count, 1, 0, ONE, 0), "zero");
        yes(!_admissible(sums, v.count, 1, Float32.INFINITY, ONE, 0), "infinity");
        yes(!_admissible(sums, v.count, 1, Float32.NAN, ONE, 0), "NaN");
    }

    function _admissible(
        uint256[9] memory sums,
        uint256 count,
        uint256 roundings,
        uint256 claimed,
        uint256 alpha,
        uint256 c
    ) private view returns (bool) {
        return dots.admissible(sums, IDotHarness.Claim(count, roundings, claimed, alpha, ONE, c));
    }

    function _sums(Vectors memory v) private view returns (uint256[9] memory sums) {
        return dots.summed(sums, whole(v));
    }

    /// @dev Positive numbers in [1/2, 2): nothing cancels.
    function _ordinary(uint256 seed, uint256 count) private pure returns (Vectors memory v) {
        v = vectors(count);
        for (uint256 k = 0; k < count; ++k) {
            uint256 random = uint256(keccak256(abi.encode(seed, k)));
            put(v.a, k, (random & 0x7fffff) | ((126 + (random >> 32 & 1)) << 23));
            put(v.b, k, (random >> 64 & 0x7fffff) | ((126 + (random >> 33 & 1)) << 23));
        }
    }

    /// @dev One seed in four gives any bits, the others numbers of one scale.
    function _vectors(uint256 seed, uint256 count) private pure returns (Vectors memory v) {
        v = vectors(count);
        uint256 scale = 1 + uint256(keccak256(abi.encode(seed))) % 240;
        for (uint256 k = 0; k < count; ++k) {
            uint256 random = uint256(keccak256(abi.encode(seed, k)));
            (uint256 p, uint256 q) = (uint32(random), uint32(random >> 64));
            if (seed & 3 != 0) {
                p = (p & 0x807fffff) | ((scale + (random >> 32 & 7)) << 23);
                q = (q & 0x807fffff) | ((124 + (random >> 40 & 3)) << 23);
            }
            put(v.a, k, p);
            put(v.b, k, q);
        }
    }
}
