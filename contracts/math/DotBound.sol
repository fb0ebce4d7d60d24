// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "./Float32.sol";
import {Length} from "./Length.sol";

/// @notice Decides whether a binary32 number lies within the rounding error that any order of summation may leave in
///
///     alpha · Σ a[k]·b[k] + beta · c                                        (docs/protocol.md §2.4)
///
/// @dev Everything is exact. The products go into bins: a product p · 2^(d − 300), p < 2^48, adds p · 2^(d mod 128) to
/// bin ⌊d/128⌋ of its sign, so a bin grows by less than 2^175 a product. The inequality is linear in the bins and is
/// decided by carrying from bin to bin.
///
/// The sums are all the state there is, so a long product can be fed in pieces: words 2i and 2i + 1 are bin i of the
/// positive and of the negative products; word 8 says what of the products was not finite.
library DotBound {
    using Float32 for uint256;

    /// @dev Longer products are not judged. It keeps k·u below 1/4 and every bin below 2^200.
    uint256 internal constant MAX_COUNT = 1 << 22;
    uint256 private constant ONE = 0x3f800000;

    // Eight 32-bit lanes in a word; element 0 stands in the most significant lane.
    uint256 private constant ONES = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant BYTES_0_2 = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant HALVES = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    uint256 private constant FRACTION = 0x007fffff007fffff007fffff007fffff007fffff007fffff007fffff007fffff;
    uint256 private constant FIELD = 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff;
    uint256 private constant ABOVE_255 = 0x0000010000000100000001000000010000000100000001000000010000000100;
    uint256 private constant BIN = 0x000000c0000000c0000000c0000000c0000000c0000000c0000000c0000000c0;
    uint256 private constant BELOW_128 = 0x0000007f0000007f0000007f0000007f0000007f0000007f0000007f0000007f;

    /// @notice Adds the products a[k]·b[k] for k from 0 to count − 1.
    /// @param sums memory position of the nine words
    /// @param a memory position of the little-endian numbers a[k]; b the same
    function accumulate(uint256 sums, uint256 a, uint256 b, uint256 count) internal pure {
        unchecked {
            uint256 rest = count & 7;
            uint256 whole = (count - rest) << 2;
            uint256 special = _blocks(sums, a, b, a + whole);
            if (rest != 0) {
                // The last, partial block is completed with zeros.
                uint256 scratch;
                assembly ("memory-safe") {
                    scratch := mload(0x40)
                    let mask := not(shr(shl(5, rest), not(0)))
                    mstore(scratch, and(mload(add(a, whole)), mask))
                    mstore(add(scratch, 32), and(mload(add(b, whole)), mask))
                }
                special |= _blocks(sums, scratch, scratch + 32, scratch + 32);
            }
            if (special != 0) _noteKinds(sums, a, b, count);
        }
    }

    /// @dev Adds to word 8 what of the products is not finite (Float32.sumOf). A zero times what is not finite is a NaN, but
    /// if the zero is the first operand's it may stand for padding, which kernels multiply or leave out.
    function _noteKinds(uint256 sums, uint256 a, uint256 b, uint256 count) private pure {
        unchecked {
            uint256 kinds;
            for (uint256 end = a + 4 * count; a != end; a += 4) {
                uint256 x = _load(a);
                uint256 w = _load(b);
                b += 4;
                if (x.isFinite() && w.isFinite()) continue;
                if (x.isZero()) kinds |= Float32.UNKNOWN;
                else if (x.isNaN() || w.isNaN() || w.isZero()) kinds |= Float32.POSITIVE | Float32.NEGATIVE;
                else kinds |= ((x ^ w) & Float32.SIGN == 0 ? Float32.POSITIVE : Float32.NEGATIVE);
            }
            assembly ("memory-safe") {
                mstore(add(sums, 256), or(mload(add(sums, 256)), kinds))
            }
        }
    }

    function _load(uint256 position) private pure returns (uint256 x) {
        assembly ("memory-safe") {
            let v := mload(position)
            x := or(or(byte(0, v), shl(8, byte(1, v))), or(shl(16, byte(2, v)), shl(24, byte(3, v))))
        }
    }

    /// @return special not zero if an operand is not finite
    function _blocks(uint256 sums, uint256 a, uint256 b, uint256 end) private pure returns (uint256 special) {
        assembly ("memory-safe") {
            // Reverses the bytes of every lane.
            function swap(v) -> r {
                r := or(shl(8, and(v, BYTES_0_2)), and(shr(8, v), BYTES_0_2))
                r := or(shl(16, and(r, HALVES)), and(shr(16, r), HALVES))
            }
            for {} xor(a, end) { a := add(a, 32) b := add(b, 32) } {
                let x := swap(mload(a))
                let w := swap(mload(b))
                let slot := and(shr(26, xor(x, w)), shl(5, ONES)) // 32 where the product is negative
                let d := and(shr(23, x), FIELD)
                let n := and(shr(8, add(d, FIELD)), ONES) // 1 where the number is normal
                x := or(and(x, FRACTION), shl(23, n))
                special := or(special, add(d, ONES))
                d := add(d, xor(n, ONES)) // a subnormal number has the exponent of field 1
                {
                    let e := and(shr(23, w), FIELD)
                    n := and(shr(8, add(e, FIELD)), ONES)
                    w := or(and(w, FRACTION), shl(23, n))
                    special := or(special, add(e, ONES))
                    d := add(d, add(e, xor(n, ONES)))
                }
                slot := or(slot, and(shr(1, d), BIN))
                d := and(d, BELOW_128)
                // Eight products; they differ in the lane only.
                {
                    let bin := add(sums, byte(3, slot))
                    mstore(bin, add(mload(bin), shl(byte(3, d), mul(shr(224, x), shr(224, w)))))
                }
                {
                    let bin := add(sums, byte(7, slot))
                    let p := mul(and(shr(192, x), 0xffffff), and(shr(192, w), 0xffffff))
                    mstore(bin, add(mload(bin), shl(byte(7, d), p)))
                }
                {
                    let bin := add(sums, byte(11, slot))
                    let p := mul(and(shr(160, x), 0xffffff), and(shr(160, w), 0xffffff))
                    mstore(bin, add(mload(bin), shl(byte(11, d), p)))
                }
                {
                    let bin := add(sums, byte(15, slot))
                    let p := mul(and(shr(128, x), 0xffffff), and(shr(128, w), 0xffffff))
                    mstore(bin, add(mload(bin), shl(byte(15, d), p)))
                }
                {
                    let bin := add(sums, byte(19, slot))
                    let p := mul(and(shr(96, x), 0xffffff), and(shr(96, w), 0xffffff))
                    mstore(bin, add(mload(bin), shl(byte(19, d), p)))
                }
                {
                    let bin := add(sums, byte(23, slot))
                    let p := mul(and(shr(64, x), 0xffffff), and(shr(64, w), 0xffffff))
                    mstore(bin, add(mload(bin), shl(byte(23, d), p)))
                }
                {
                    let bin := add(sums, byte(27, slot))
                    let p := mul(and(shr(32, x), 0xffffff), and(shr(32, w), 0xffffff))
                    mstore(bin, add(mload(bin), shl(byte(27, d), p)))
                }
                {
                    let bin := add(sums, byte(31, slot))
                    let p := mul(and(x, 0xffffff), and(w, 0xffffff))
                    mstore(bin, add(mload(bin), shl(byte(31, d), p)))
                }
            }
            special := and(special, ABOVE_255)
        }
    }

    /// @notice Whether `claimed` is admissible, given the sums of all products.
    /// @param sums memory position of the nine words
    /// @param count number of products k
    /// @param roundings the most roundings that a term may pass through, apart from those of its k additions
    ///
    /// With u = 2^-24, A = Σ|a[k]·b[k]| and n = k + roundings, γ_n = nu/(1 − nu) <= u·N where N = n + 2 + ⌊n²/2^23⌋:
    ///
    ///     |claimed − exact| <= u·N·(|alpha|·A + |beta·c|) + (k + 2)·2^-126·max(1, |alpha|)
    ///
    /// The last term covers what underflows. What is not finite never disappears from a sum: a finite claim says that
    /// no operand and no intermediate result was infinite or a NaN, so it must meet the bound whatever the numbers. The
    /// others are admissible if A or |alpha|·A + |beta·c| reaches 2^126, so that some order of summation might overflow.
    /// Bin 3 has products of 2^130 and more only: whatever finite number such a one is added to, the sum is infinite. If
    /// |alpha| < 1 might have been multiplied in before, it says nothing.
    function admissible(
        uint256 sums,
        uint256 count,
        uint256 roundings,
        uint256 claimed,
        uint256 alpha,
        uint256 beta,
        uint256 c
    ) internal pure returns (bool) {
        Length.requireAtMost(MAX_COUNT, count);
        // What multiplies nothing and what is multiplied by zero are not read.
        if (count == 0) alpha = ONE;
        if (beta.isZero()) c = 0;
        uint256 kinds = _kinds(_word(sums, 8), alpha, beta, c);
        if (kinds != 0) return Float32.sumOf(kinds, claimed);
        (bool negativeAlpha, uint256 mantissa, int256 exponent) = alpha.decode();
        unchecked {
            int256[8] memory slack; // in units of u
            int256[8] memory gap; // the same
            int256[8] memory size;
            uint256 n = count + roundings;
            n = n + 2 + ((n * n) >> 23);
            // All terms in units of 2^(exponent − 428): bin i of the products, times alpha, belongs into bin i + 1.
            for (uint256 i = 0; i < 4; ++i) {
                int256 positive = int256(_word(sums, 2 * i));
                int256 negative = int256(_word(sums, 2 * i + 1));
                size[i + 1] = int256(mantissa) * (positive + negative);
                gap[i + 1] = int256(mantissa) * (positive - negative) * (negativeAlpha ? int256(1) : int256(-1)) << 24;
            }
            {
                (bool negativeB, uint256 mantissaB, int256 exponentB) = beta.decode();
                (bool negativeC, uint256 mantissaC, int256 exponentC) = c.decode();
                int256 product = int256(mantissaB * mantissaC);
                int256 position = exponentB + exponentC - exponent + 428;
                _add(size, product, position);
                _add(gap, (negativeB == negativeC ? -product : product) << 24, position);
            }
            if (!claimed.isFinite()) {
                _add(size, -1, 126 - exponent + 428);
                return _notNegative(size) || _productsReach126(sums);
            }
            // The bits of magnitudes are in the order of the magnitudes.
            if (alpha & ~Float32.SIGN >= ONE && _word(sums, 6) | _word(sums, 7) != 0) return false;
            bool large = alpha & ~Float32.SIGN > ONE;
            for (uint256 i = 0; i < 8; ++i) slack[i] = int256(n) * size[i];
            int256 underflow = int256(count + 2) << 24;
            if (large) _add(slack, underflow * int256(mantissa), -126 + 428);
            else _add(slack, underflow, -126 - exponent + 428);
            {
                (bool negativeY, uint256 mantissaY, int256 exponentY) = claimed.decode();
                int256 y = int256(mantissaY) << 24;
                _add(gap, negativeY ? -y : y, exponentY - exponent + 428);
            }
            // −slack <= gap <= slack
            int256[8] memory other;
            for (uint256 i = 0; i < 8; ++i) (gap[i], other[i]) = (slack[i] + gap[i], slack[i] - gap[i]);
            return _notNegative(gap) && _notNegative(other);
        }
    }

    /// @dev Σ|a·b| >= 2^126, in units of 2^-300.
    function _productsReach126(uint256 sums) private pure returns (bool) {
        int256[8] memory plain;
        unchecked {
            for (uint256 i = 0; i < 4; ++i) plain[i] = int256(_word(sums, 2 * i) + _word(sums, 2 * i + 1));
        }
        _add(plain, -1, 126 + 300);
        return _notNegative(plain);
    }

    /// @dev What is not finite of alpha · Σ a[k]·b[k] + beta · c, given what is of the products.
    function _kinds(uint256 products, uint256 alpha, uint256 beta, uint256 c) private pure returns (uint256 kinds) {
        if (!(alpha.isFinite() && beta.isFinite())) return Float32.UNKNOWN;
        kinds = products;
        // A negative factor turns the signs: bits 0 and 1 change places.
        if (alpha & Float32.SIGN != 0) kinds = (kinds & Float32.UNKNOWN) | ((kinds & 1) << 1) | ((kinds >> 1) & 1);
        if (!c.isFinite()) kinds |= Float32.kindOf(c.isNaN() ? c : c ^ (beta & Float32.SIGN));
    }

    function _word(uint256 sums, uint256 i) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(sums, shl(5, i)))
        }
    }

    /// @dev Adds value · 2^position; |value| < 2^100, 0 <= position < 1024.
    function _add(int256[8] memory bins, int256 value, int256 position) private pure {
        unchecked {
            bins[uint256(position) >> 7] += value << (uint256(position) & 127);
        }
    }

    /// @dev Σ bins[i]·2^(128 i) >= 0. What remains of a bin after the carry lies in [0, 2^128) and cannot turn the sign.
    function _notNegative(int256[8] memory bins) private pure returns (bool) {
        unchecked {
            int256 carry;
            for (uint256 i = 0; i < 8; ++i) carry = (carry >> 128) + bins[i];
            return carry >= 0;
        }
    }
}
