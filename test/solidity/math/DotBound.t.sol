// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {DotBound} from "../../../contracts/math/DotBound.sol";
import {Float32} from "../../../contracts/math/Float32.sol";
import {Schedule} from "../support/Schedule.sol";

contract DotBoundTest is Cheats {
    uint256 private constant ONE = 0x3f800000;

    /// @dev Whatever the operands: what a fused chain yields, in whatever chunks, lies within the bound.
    function testFuzz_admissible_everyChainIs(uint256 seed, uint8 length, uint8 chunk, uint32 alpha, uint32 c) public pure {
        uint256 count = length % 24;
        (uint256 a, uint256 b) = _vectors(seed, count);
        uint256 sums = _sums();
        DotBound.accumulate(sums, a, b, count);
        uint256 plain = Schedule.dot(a, b, count, chunk % 9, ONE, 0, c);
        yes(DotBound.admissible(sums, count, 1, plain, ONE, ONE, c), "plain");
        uint256 scaled = Schedule.dot(a, b, count, chunk % 9, alpha, c, 0);
        yes(DotBound.admissible(sums, count, 3, scaled, alpha, ONE, c), "scaled");
    }

    /// @dev Feeding a product in pieces changes nothing.
    function testFuzz_accumulate_inPieces(uint256 seed, uint8 length, uint8 cut) public pure {
        uint256 count = length % 40;
        uint256 first = count == 0 ? 0 : cut % count;
        (uint256 a, uint256 b) = _vectors(seed, count);
        uint256 whole = _sums();
        uint256 pieces = _sums();
        DotBound.accumulate(whole, a, b, count);
        DotBound.accumulate(pieces, a, b, first);
        DotBound.accumulate(pieces, a + 4 * first, b + 4 * first, count - first);
        for (uint256 i = 0; i < 8; ++i) eq(_word(pieces, i), _word(whole, i), "bin");
        yes((_word(pieces, 8) == 0) == (_word(whole, 8) == 0), "special");
    }

    /// @dev For ordinary numbers the bound is narrow: no claim with another exponent or sign passes.
    function testFuzz_admissible_isNarrow(uint256 seed, uint8 length) public pure {
        uint256 count = 1 + length % 24;
        uint256 a;
        uint256 b;
        (a, b) = _ordinary(seed, count);
        uint256 sums = _sums();
        DotBound.accumulate(sums, a, b, count);
        uint256 y = Schedule.dot(a, b, count, 0, ONE, 0, 0);
        yes(DotBound.admissible(sums, count, 1, y, ONE, ONE, 0), "honest");
        yes(!DotBound.admissible(sums, count, 1, y + (1 << 23), ONE, ONE, 0), "double");
        yes(!DotBound.admissible(sums, count, 1, y ^ Float32.SIGN, ONE, ONE, 0), "negated");
        yes(!DotBound.admissible(sums, count, 1, 0, ONE, ONE, 0), "zero");
        yes(!DotBound.admissible(sums, count, 1, Float32.INFINITY, ONE, ONE, 0), "infinity");
        yes(!DotBound.admissible(sums, count, 1, Float32.NAN, ONE, ONE, 0), "NaN");
    }

    /// @dev Nine words of zeros.
    function _sums() private pure returns (uint256 sums) {
        uint256[9] memory words;
        assembly ("memory-safe") {
            sums := words
        }
    }

    function _word(uint256 sums, uint256 i) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(sums, shl(5, i)))
        }
    }

    /// @dev Positive numbers in [1/2, 2): nothing cancels.
    function _ordinary(uint256 seed, uint256 count) private pure returns (uint256 a, uint256 b) {
        (bytes memory x, bytes memory w) = (new bytes(4 * count + 32), new bytes(4 * count + 32));
        for (uint256 k = 0; k < count; ++k) {
            uint256 random = uint256(keccak256(abi.encode(seed, k)));
            _put(x, k, (random & 0x7fffff) | ((126 + (random >> 32 & 1)) << 23));
            _put(w, k, (random >> 64 & 0x7fffff) | ((126 + (random >> 33 & 1)) << 23));
        }
        assembly ("memory-safe") {
            a := add(x, 32)
            b := add(w, 32)
        }
    }

    /// @dev One seed in four gives any bits, the others numbers of one scale.
    function _vectors(uint256 seed, uint256 count) private pure returns (uint256 a, uint256 b) {
        (bytes memory x, bytes memory w) = (new bytes(4 * count + 32), new bytes(4 * count + 32));
        uint256 scale = 1 + uint256(keccak256(abi.encode(seed))) % 240;
        for (uint256 k = 0; k < count; ++k) {
            uint256 random = uint256(keccak256(abi.encode(seed, k)));
            (uint256 p, uint256 q) = (uint32(random), uint32(random >> 64));
            if (seed & 3 != 0) {
                p = (p & 0x807fffff) | ((scale + (random >> 32 & 7)) << 23);
                q = (q & 0x807fffff) | ((124 + (random >> 40 & 3)) << 23);
            }
            _put(x, k, p);
            _put(w, k, q);
        }
        assembly ("memory-safe") {
            a := add(x, 32)
            b := add(w, 32)
        }
    }

    function _put(bytes memory v, uint256 k, uint256 x) private pure {
        for (uint256 i = 0; i < 4; ++i) v[4 * k + i] = bytes1(uint8(x >> (8 * i)));
    }
}
