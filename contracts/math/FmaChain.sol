// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "./Float32.sol";

/// @notice Dot products in binary32, one fused multiply-add after the other, bit for bit (docs/protocol.md §2.3).
/// @dev Between two calls there are two binary32 numbers, so a long product can be fed in pieces.
library FmaChain {
    using Float32 for uint256;

    // Eight 32-bit lanes in a word; element 0 stands in the most significant lane.
    uint256 private constant ONES = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant BYTES_0_2 = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant HALVES = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    uint256 private constant FRACTION = 0x007fffff007fffff007fffff007fffff007fffff007fffff007fffff007fffff;
    uint256 private constant IMPLICIT = 0x0080000000800000008000000080000000800000008000000080000000800000;
    uint256 private constant FIELD = 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff;
    uint256 private constant FIELD_16 = 0x00ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff0000;
    uint256 private constant ABOVE_255 = 0x0000010000000100000001000000010000000100000001000000010000000100;
    uint256 private constant ABOVE_31 = 0xffe0ffe0ffe0ffe0ffe0ffe0ffe0ffe0ffe0ffe0ffe0ffe0ffe0ffe0ffe0ffe0;

    /// @notice a·b + c with one rounding, for any operands.
    function fma(uint256 a, uint256 b, uint256 c) internal pure returns (uint256) {
        if (!(a.isFinite() && b.isFinite() && c.isFinite())) return _fmaSpecial(a, b, c);
        (bool negativeA, uint256 mantissaA, int256 exponentA) = a.decode();
        (bool negativeB, uint256 mantissaB, int256 exponentB) = b.decode();
        (bool negativeC, uint256 mantissaC, int256 exponent) = c.decode();
        unchecked {
            int256 product = int256(mantissaA * mantissaB);
            if (product == 0) return c;
            if (negativeA != negativeB) product = -product;
            int256 sum = negativeC ? -int256(mantissaC) : int256(mantissaC);
            int256 above = exponentA + exponentB - exponent; // how far the product's unit stands above c's
            if (sum == 0) {
                sum = product;
                exponent += above;
            } else if (above > 150) {
                // c is less than 2^-126 of the product's unit: any tiny number of its sign rounds alike.
                sum = (product << 64) + (sum < 0 ? int256(-1) : int256(1));
                exponent += above - 64;
            } else if (above >= 0) {
                sum += product << uint256(above);
            } else if (above >= -150) {
                sum = (sum << uint256(-above)) + product;
                exponent += above;
            } else {
                // The product is less than 2^-102 of c's unit.
                sum = (sum << 64) + (product < 0 ? int256(-1) : int256(1));
                exponent -= 64;
            }
            return Float32.round(sum < 0, uint256(sum < 0 ? -sum : sum), exponent, false);
        }
    }

    /// @dev At least one operand is an infinity or a NaN.
    function _fmaSpecial(uint256 a, uint256 b, uint256 c) private pure returns (uint256) {
        if (a.isNaN() || b.isNaN() || c.isNaN()) return Float32.NAN;
        if (a.isFinite() && b.isFinite()) return c;
        if (a.isZero() || b.isZero()) return Float32.NAN;
        uint256 product = Float32.INFINITY | ((a ^ b) & Float32.SIGN);
        return c.isFinite() || c == product ? product : Float32.NAN;
    }

    /// @notice Takes a schedule from product `from` to before product `until`.
    /// @param open result of the chunk in hand, 0 at its beginning; total that of the chunks before it
    /// @param a memory position of the little-endian numbers a[from] … a[until − 1]; b the same
    /// @param length number of all products; the last chunk ends there
    /// @param size products in a chunk, 0 for all of them
    /// @param alpha factor of every chunk's result
    function extend(
        uint256 open,
        uint256 total,
        uint256 a,
        uint256 b,
        uint256 from,
        uint256 until,
        uint256 length,
        uint256 size,
        uint256 alpha
    ) internal pure returns (uint256, uint256) {
        unchecked {
            uint256 left = until - from;
            if (left == 0) return (open, total);
            if (size == 0) size = length;
            uint256 room = size - from % size; // in the chunk in hand
            while (left != 0) {
                bool fills = room <= left;
                uint256 count = fills ? room : left;
                open = accumulate(open, a, b, count);
                if (fills || until == length) {
                    // The first chunk of most products is all there is so far: 1 · open + 0.
                    total = total == 0 && alpha == 0x3f800000 ? open : fma(alpha, open, total);
                    open = 0;
                }
                a += count << 2;
                b += count << 2;
                left -= count;
                room = size;
            }
            return (open, total);
        }
    }

    /// @notice acc = fma(a[k], b[k], acc) for k from 0 to count − 1.
    /// @param acc binary32 bits
    /// @param a memory position of the little-endian numbers a[k]; b the same
    function accumulate(uint256 acc, uint256 a, uint256 b, uint256 count) internal pure returns (uint256) {
        unchecked {
            uint256 rest = count & 7;
            (acc, a, b) = _blocks(acc, a, b, a + ((count - rest) << 2));
            if (rest == 0) return acc;
            // The last, partial block is completed with zeros, whose products change nothing.
            uint256 scratch;
            assembly ("memory-safe") {
                scratch := mload(0x40)
                let mask := not(shr(shl(5, rest), not(0)))
                mstore(scratch, and(mload(a), mask))
                mstore(add(scratch, 32), and(mload(b), mask))
            }
            (acc,,) = _blocks(acc, scratch, scratch + 32, scratch + 32);
            return acc;
        }
    }

    /// @dev Whole blocks of eight. The fast path takes all blocks whose numbers have exponents inside two windows;
    /// at any other block it stops, and the block is done one number at a time.
    function _blocks(uint256 acc, uint256 a, uint256 b, uint256 end)
        private
        pure
        returns (uint256, uint256, uint256)
    {
        unchecked {
            // Exponent fields 107 … 138 of a, 100 … 131 of b: magnitudes 2^-20 … 2^12 and 2^-27 … 2^5.
            uint256 windowA = 107;
            uint256 windowB = 100;
            while (a != end) {
                (acc, a, b) = _fast(acc, a, b, end, windowA, windowB);
                if (a == end) break;
                for (uint256 i = 0; i < 8; ++i) {
                    uint256 x = _load(a);
                    uint256 w = _load(b);
                    acc = fma(x, w, acc);
                    a += 4;
                    b += 4;
                    // Move the windows to where the numbers are: most lie less than 2^24 below a typical one.
                    if (!x.isZero() && !w.isZero()) {
                        windowA = _window(x);
                        windowB = _window(w);
                    }
                }
            }
        }
        return (acc, a, b);
    }

    /// @dev Windows start in 76 … 128, so that products lie between 2^-102 and 2^66 (see _fast).
    function _window(uint256 x) private pure returns (uint256 start) {
        unchecked {
            uint256 field = (x >> 23) & 0xff;
            start = field < 100 ? 76 : field - 24;
            if (start > 128) start = 128;
        }
    }

    function _load(uint256 position) private pure returns (uint256 x) {
        assembly ("memory-safe") {
            let v := mload(position)
            x := or(or(byte(0, v), shl(8, byte(1, v))), or(shl(16, byte(2, v)), shl(24, byte(3, v))))
        }
    }

    /// @dev Takes blocks as long as it can and returns where it stopped.
    ///
    /// Notation: unit(e) = 2^(e − 300). A number of exponent field f is mantissa · 2^(f − 150), mantissa in
    /// [2^23, 2^24), so a product is p · unit(d) with d = f + f' and 2^46 <= |p| < 2^48. The windows start at fields
    /// α and β; B = α + β lies in 152 … 256. The fast path takes products with d in [B, B + 63], which makes
    /// D = d − B at most 63.
    ///
    /// The accumulator is m · unit(e): m = 0, or 2^23 <= |m| <= 2^24. Kept are m and F = 49 + B − e. One step is
    ///
    ///     s = m·2^49 + p·2^(D + F)        the exact sum in units of unit(e − 49)
    ///     c : s·2^c has its leading bit (the highest that differs from the sign) at position 253
    ///     m = s·2^c / 2^230, rounded to nearest even;  F = F + c − 181
    ///
    /// All of it works on two's complement: floor((u + 2^229 − 1 + bit 230 of u) / 2^230) is the nearest integer, ties
    /// to even, for either sign. For s = −2^n the leading bit is that of 2^n − 1 and m becomes −2^24: the same number.
    ///
    /// Why the shift D + F is always right:
    /// - D + F < 0 (d < e − 49): shl yields 0 and the step is skipped. The product is below 2^48 · unit(e − 50), a
    ///   quarter of unit(e), and would round away. A zero product is skipped by the same test.
    /// - Otherwise D + F <= 201, so |s| < 2^252 and nothing is lost at the top: at the start e >= B − 64; from then on
    ///   the accumulator is a multiple of unit(min(B, start e)), as all summands and roundings are, hence
    ///   e >= min(B, start e) − 24 >= B − 88.
    /// - m = 0: at the start F = 0. Later s = 0 came from a product with 2^72 <= |p·2^(D+F)| <= 2^73, so D + F was in
    ///   25 … 27, and c = 256 made F = F + 75: in the next step D + F lies in 37 … 165.
    ///
    /// Why rounding to 24 bits is rounding to binary32: the accumulator is a multiple of unit(151) = 2^-149, the
    /// smallest subnormal, so below 2^-126 nothing is rounded at all; and it starts below 2^114 and grows by less than
    /// 2^68 a step, so it never reaches 2^128.
    function _fast(uint256 acc, uint256 a, uint256 b, uint256 end, uint256 windowA, uint256 windowB)
        private
        pure
        returns (uint256, uint256, uint256)
    {
        uint256 f; // F
        int256 m;
        unchecked {
            uint256 field = (acc >> 23) & 0xff;
            uint256 bigB = windowA + windowB;
            if (!acc.isZero()) {
                uint256 e = field + 150;
                // INVARIANT: the accumulator fits the derivation above; otherwise the caller goes on with fma.
                if (field == 0 || e > 390 || e + 64 < bigB) return (acc, a, b);
                m = int256((acc & 0x7fffff) | 0x800000);
                if (acc & Float32.SIGN != 0) m = -m;
                f = 49 + bigB - e;
            }
            assembly ("memory-safe") {
                // Reverses the bytes of every lane.
                function swap(v) -> r {
                    r := or(shl(8, and(v, BYTES_0_2)), and(shr(8, v), BYTES_0_2))
                    r := or(shl(16, and(r, HALVES)), and(shr(16, r), HALVES))
                }
                // A block with zeros, or with exponents outside a window whose sum is still inside.
                // `refused` if a number is subnormal or not finite, or a product that is not zero lies outside.
                function mixed(x, w, base) -> xs, ws, d, refused {
                    let fx := and(shr(23, x), FIELD)
                    let fw := and(shr(23, w), FIELD)
                    let nx := and(shr(8, add(fx, FIELD)), ONES) // 1 where the number is normal
                    let nw := and(shr(8, add(fw, FIELD)), ONES)
                    xs := and(x, FRACTION)
                    ws := and(w, FRACTION)
                    refused := or(and(xs, mul(xor(nx, ONES), 0x7fffff)), and(ws, mul(xor(nw, ONES), 0x7fffff)))
                    refused := or(refused, and(or(add(fx, ONES), add(fw, ONES)), ABOVE_255))
                    // Lanes of D + 1024 (no borrow between lanes), then of D where 0 <= D < 1024.
                    d := sub(add(add(fx, fw), shl(10, ONES)), mul(base, ONES))
                    d := xor(d, shl(10, ONES))
                    let live := and(nx, nw)
                    refused := or(refused, and(d, mul(live, 0xffc0)))
                    let negative := and(and(shr(31, xor(x, w)), ONES), live)
                    xs := or(xs, shl(23, nx))
                    xs := add(xor(xs, mul(negative, 0xffffffff)), negative)
                    ws := or(ws, shl(23, nw))
                }
                let base := mul(or(windowA, shl(16, windowB)), ONES)
                for {} xor(a, end) { a := add(a, 32) b := add(b, 32) } {
                    let x := swap(mload(a))
                    let w := swap(mload(b))
                    // Two exponents in every lane, relative to their windows.
                    let d := sub(or(and(shr(23, x), FIELD), and(shr(7, w), FIELD_16)), base)
                    switch and(d, ABOVE_31)
                    case 0 {
                        d := add(d, shr(16, d))
                        let negative := and(shr(31, xor(x, w)), ONES)
                        x := or(and(x, FRACTION), IMPLICIT)
                        x := add(xor(x, mul(negative, 0xffffffff)), negative)
                        w := or(and(w, FRACTION), IMPLICIT)
                    }
                    default {
                        let refused
                        x, w, d, refused := mixed(x, w, bigB)
                        if refused { break }
                    }
                    // Eight steps; they differ in the lane only.
                    {
                        let s := shl(add(byte(3, d), f), mul(sar(224, x), shr(224, w)))
                        if s {
                            s := add(shl(49, m), s)
                            let c := clz(xor(s, shl(2, s)))
                            s := shl(c, s)
                            m := sar(230, add(add(s, sub(shl(229, 1), 1)), and(shr(230, s), 1)))
                            f := add(f, sub(c, 181))
                        }
                    }
                    {
                        let s := shl(add(byte(7, d), f), mul(signextend(3, shr(192, x)), and(shr(192, w), 0xffffff)))
                        if s {
                            s := add(shl(49, m), s)
                            let c := clz(xor(s, shl(2, s)))
                            s := shl(c, s)
                            m := sar(230, add(add(s, sub(shl(229, 1), 1)), and(shr(230, s), 1)))
                            f := add(f, sub(c, 181))
                        }
                    }
                    {
                        let s := shl(add(byte(11, d), f), mul(signextend(3, shr(160, x)), and(shr(160, w), 0xffffff)))
                        if s {
                            s := add(shl(49, m), s)
                            let c := clz(xor(s, shl(2, s)))
                            s := shl(c, s)
                            m := sar(230, add(add(s, sub(shl(229, 1), 1)), and(shr(230, s), 1)))
                            f := add(f, sub(c, 181))
                        }
                    }
                    {
                        let s := shl(add(byte(15, d), f), mul(signextend(3, shr(128, x)), and(shr(128, w), 0xffffff)))
                        if s {
                            s := add(shl(49, m), s)
                            let c := clz(xor(s, shl(2, s)))
                            s := shl(c, s)
                            m := sar(230, add(add(s, sub(shl(229, 1), 1)), and(shr(230, s), 1)))
                            f := add(f, sub(c, 181))
                        }
                    }
                    {
                        let s := shl(add(byte(19, d), f), mul(signextend(3, shr(96, x)), and(shr(96, w), 0xffffff)))
                        if s {
                            s := add(shl(49, m), s)
                            let c := clz(xor(s, shl(2, s)))
                            s := shl(c, s)
                            m := sar(230, add(add(s, sub(shl(229, 1), 1)), and(shr(230, s), 1)))
                            f := add(f, sub(c, 181))
                        }
                    }
                    {
                        let s := shl(add(byte(23, d), f), mul(signextend(3, shr(64, x)), and(shr(64, w), 0xffffff)))
                        if s {
                            s := add(shl(49, m), s)
                            let c := clz(xor(s, shl(2, s)))
                            s := shl(c, s)
                            m := sar(230, add(add(s, sub(shl(229, 1), 1)), and(shr(230, s), 1)))
                            f := add(f, sub(c, 181))
                        }
                    }
                    {
                        let s := shl(add(byte(27, d), f), mul(signextend(3, shr(32, x)), and(shr(32, w), 0xffffff)))
                        if s {
                            s := add(shl(49, m), s)
                            let c := clz(xor(s, shl(2, s)))
                            s := shl(c, s)
                            m := sar(230, add(add(s, sub(shl(229, 1), 1)), and(shr(230, s), 1)))
                            f := add(f, sub(c, 181))
                        }
                    }
                    {
                        let s := shl(add(byte(31, d), f), mul(signextend(3, x), and(w, 0xffffff)))
                        if s {
                            s := add(shl(49, m), s)
                            let c := clz(xor(s, shl(2, s)))
                            s := shl(c, s)
                            m := sar(230, add(add(s, sub(shl(229, 1), 1)), and(shr(230, s), 1)))
                            f := add(f, sub(c, 181))
                        }
                    }
                }
            }
            if (m == 0) return (0, a, b);
            // value = m · 2^(e − 300), e = 49 + B − F
            acc = Float32.round(m < 0, uint256(m < 0 ? -m : m), int256(bigB) - int256(f) - 251, false);
        }
        return (acc, a, b);
    }
}
