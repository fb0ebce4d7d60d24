// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "./Float32.sol";
import {FmaChain} from "./FmaChain.sol";

/// @notice Dot products as kernels for a single row or column add them: without fused multiply-add, every product and every
/// sum rounded to binary32 (docs/protocol.md §2.4).
///
/// @dev The fast path works on fixed-point numbers, signed integers of 2^-170. A block of eight products takes it if every
/// factor is zero or normal and the exponent fields f, f' of every product that is not zero add up to 130 … 300; the
/// accumulators must lie below 2^70. Then nothing is lost and nothing overflows:
/// - A product is p · 2^(f + f' − 300), p < 2^48: p << (f + f' − 130) units, below 2^218. It is 2^-124 at least, so that
///   rounding it to 24 bits is rounding it to binary32.
/// - A sum of binary32 numbers is a multiple of 2^-149. Below 2^-125 it has at most 24 bits; above, rounding to 24 bits is
///   rounding to binary32.
/// - An accumulator begins below 2^240 units, and 2^22 products, more than any transaction carries, add 2^240 at most.
/// Blocks begin at multiples of eight. What lies before the first and behind the last one is added one number after the other,
/// and so is everything from the first block on that does not take the fast path.
library Gemv {
    using Float32 for uint256;

    uint256 internal constant LANES = 8;

    uint256 private constant ONE = 0x3f800000;

    int256 private constant UNIT = -170;
    uint256 private constant GREATEST_FIELD = 196; // of an accumulator

    // Masks of eight 32-bit lanes in a word; element 0 stands in the most significant lane.
    uint256 private constant BYTES_0_2 = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant HALVES = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;

    /// @notice Takes a dot product from product `from` to before product `until`.
    /// @dev A row times a matrix: groups of four products, each added up from the left and then to the total; of what is left
    /// over in the end, a group of two, if there are as many, and one of one. Contiguous rows: product k is added to lane k
    /// mod 8.
    /// @param open sum of the group in hand, 0 at its beginning; of contiguous rows the lanes side by side, lane 0 the most
    /// significant one, of which a zero is +0 and a NaN the one that is committed
    /// @param total that of the groups before it
    /// @param a memory position of the little-endian numbers a[from] … a[until − 1]; b the same
    /// @param length number of all products
    /// @param rows whether they are those of contiguous rows
    function extend(
        uint256 open,
        uint256 total,
        uint256 a,
        uint256 b,
        uint256 from,
        uint256 until,
        uint256 length,
        bool rows
    ) internal pure returns (uint256, uint256) {
        unchecked {
            // Positions of a[0] and b[0], which may lie before what is in memory.
            (a, b) = (a - 4 * from, b - 4 * from);
            uint256 head = (from + 7) & ~uint256(7);
            if (head > until) head = until;
            (open, total) = _oneByOne(open, total, a, b, from, head, length, rows);
            // Between two blocks no group is open: a total is what the last of eight sums is in hand for.
            uint256 packed = rows ? open : total;
            if (until - head > 7 && _inReach(packed)) {
                uint256 terms = _allocate();
                uint256 sums = _unpack(packed);
                for (; until - head > 7 && _products(a + 4 * head, b + 4 * head, terms); head += 8) {
                    if (rows) _addEach(sums, terms);
                    else _addGroups(sums + 224, terms);
                }
                packed = _pack(sums);
                if (rows) open = packed;
                else total = packed;
            }
            return _oneByOne(open, total, a, b, head, until, length, rows);
        }
    }

    /// @dev The same, one number after the other; `a` and `b` are the positions of a[0] and b[0].
    function _oneByOne(
        uint256 open,
        uint256 total,
        uint256 a,
        uint256 b,
        uint256 from,
        uint256 until,
        uint256 length,
        bool rows
    ) private pure returns (uint256, uint256) {
        unchecked {
            for (; from < until; ++from) {
                uint256 product = multiply(_load(a + 4 * from), _load(b + 4 * from));
                if (rows) {
                    uint256 shift = 224 - ((from & 7) << 5);
                    uint256 sum = (open >> shift) & 0xffffffff;
                    uint256 next = add(sum, product);
                    open ^= (sum ^ (next.isZero() ? 0 : next)) << shift;
                } else {
                    open = add(open, product);
                    if (from == _lastOfGroup(from, length)) (total, open) = (add(open, total), 0);
                }
            }
            return (open, total);
        }
    }

    /// @notice The sum of the lanes, in the order of the block that the output stands in: kernels compute four outputs at
    /// once, then two, then one.
    /// @param place of the output among the `run` ones that a kernel computes in one call
    function fold(uint256 packed, uint256 place, uint256 run) internal pure returns (uint256 sum) {
        unchecked {
            uint256 left = run & 3;
            bool four = place < run - left;
            bool two = !four && left > 1 && place < run - left + 2;
            uint256 order = two ? 0x20643175 : 0x01234567;
            uint256[8] memory l;
            for (uint256 i = 0; i < LANES; ++i) l[i] = _lane(packed, (order >> (28 - 4 * i)) & 15);
            for (uint256 i = 0; i < LANES; i += 4) {
                uint256 half = _half(l, i, four);
                sum = i == 0 ? half : add(sum, half);
            }
        }
    }

    /// @dev Four lanes from lane i on: one after the other, or in pairs.
    function _half(uint256[8] memory l, uint256 i, bool inSequence) private pure returns (uint256 sum) {
        unchecked {
            sum = add(l[i], l[i + 1]);
            return inSequence ? add(add(sum, l[i + 2]), l[i + 3]) : add(sum, add(l[i + 2], l[i + 3]));
        }
    }

    /// @notice The rounded sum.
    function add(uint256 x, uint256 y) internal pure returns (uint256) {
        return FmaChain.fma(ONE | _zero(), x, y);
    }

    /// @notice The rounded product.
    function multiply(uint256 x, uint256 y) internal pure returns (uint256) {
        return FmaChain.fma(x, y, _zero());
    }

    /// @dev Solidity's word of zeros. Rationale: of a function with a constant for an argument solc makes a copy, and that of
    /// a fused multiply-add is long.
    function _zero() private pure returns (uint256 zero) {
        assembly ("memory-safe") {
            zero := mload(0x60)
        }
    }

    function _lane(uint256 packed, uint256 lane) private pure returns (uint256) {
        unchecked {
            return (packed >> (224 - 32 * lane)) & 0xffffffff;
        }
    }

    /// @dev The last product of the group of product k.
    function _lastOfGroup(uint256 k, uint256 length) private pure returns (uint256) {
        unchecked {
            if (k | 3 < length) return k | 3;
            return k & 3 < 2 && k | 1 < length ? k | 1 : k;
        }
    }

    /// @dev Whether all lanes are small enough for the fast path.
    function _inReach(uint256 packed) private pure returns (bool small) {
        unchecked {
            small = true;
            for (uint256 lane = 0; lane < LANES; ++lane) small = small && (_lane(packed, lane) >> 23) & 0xff <= GREATEST_FIELD;
        }
    }

    /// @return sums memory position of the lanes as fixed-point numbers
    function _unpack(uint256 packed) private pure returns (uint256 sums) {
        sums = _allocate();
        unchecked {
            for (uint256 lane = 0; lane < LANES; ++lane) {
                int256 value = _fixed(_lane(packed, lane));
                assembly ("memory-safe") {
                    mstore(add(sums, shl(5, lane)), value)
                }
            }
        }
    }

    function _pack(uint256 sums) private pure returns (uint256 packed) {
        unchecked {
            for (uint256 end = sums + 256; sums != end; sums += 32) {
                int256 value;
                assembly ("memory-safe") {
                    value := mload(sums)
                }
                packed = (packed << 32) | Float32.round(value < 0, uint256(value < 0 ? -value : value), UNIT + int256(_zero()), false);
            }
        }
    }

    function _fixed(uint256 bits) private pure returns (int256) {
        (bool negative, uint256 mantissa, int256 exponent) = bits.decode();
        unchecked {
            int256 value = int256(mantissa << uint256(exponent - UNIT));
            return negative ? -value : value;
        }
    }

    /// @dev Adds ((p₀ + p₁) + p₂) + p₃ to the total at a position, and the same of the next four products.
    function _addGroups(uint256 total, uint256 terms) private pure {
        assembly ("memory-safe") {
            // The rounded sum, see _addEach.
            function sum(x, y) -> s {
                s := add(x, y)
                let zeros := clz(xor(s, sar(255, s)))
                if lt(zeros, 232) {
                    let drop := sub(232, zeros)
                    let below := sub(shl(drop, 1), 1)
                    s := and(add(add(s, shr(1, below)), and(shr(drop, s), 1)), not(below))
                }
            }
            for { let end := add(terms, 256) } lt(terms, end) { terms := add(terms, 128) } {
                let group := sum(sum(mload(terms), mload(add(terms, 32))), mload(add(terms, 64)))
                mstore(total, sum(sum(group, mload(add(terms, 96))), mload(total)))
            }
        }
    }

    /// @dev Adds eight numbers to eight others. A sum is rounded to 24 significant bits, ties to even. Works on two's
    /// complement: the multiple of 2^drop below s + half − 1 + last bit kept is the nearest one for either sign. For s = −2^n
    /// the leading bit is that of 2^n − 1, and the one bit more that is kept is a zero.
    function _addEach(uint256 sums, uint256 terms) private pure {
        assembly ("memory-safe") {
            for { let end := add(sums, 256) } lt(sums, end) { sums := add(sums, 32) } {
                let s := add(mload(sums), mload(terms))
                let zeros := clz(xor(s, sar(255, s)))
                if lt(zeros, 232) {
                    let drop := sub(232, zeros)
                    let below := sub(shl(drop, 1), 1)
                    s := and(add(add(s, shr(1, below)), and(shr(drop, s), 1)), not(below))
                }
                mstore(sums, s)
                terms := add(terms, 32)
            }
        }
    }

    /// @dev Eight words of memory.
    function _allocate() private pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := mload(0x40)
            mstore(0x40, add(position, 256))
        }
    }

    function _load(uint256 position) private pure returns (uint256 x) {
        assembly ("memory-safe") {
            let v := mload(position)
            x := or(or(byte(0, v), shl(8, byte(1, v))), or(shl(16, byte(2, v)), shl(24, byte(3, v))))
        }
    }

    /// @dev Writes eight rounded products into eight words.
    /// @return taken whether the fast path takes them; if not, nothing is written
    function _products(uint256 a, uint256 b, uint256 terms) private pure returns (bool taken) {
        assembly ("memory-safe") {
            // Reverses the bytes of every lane.
            function swap(v) -> r {
                r := or(shl(8, and(v, BYTES_0_2)), and(shr(8, v), BYTES_0_2))
                r := or(shl(16, and(r, HALVES)), and(shr(16, r), HALVES))
            }
            // The rounded product of mantissas p, in units, given the sum of the fields and whether it is negative. p has
            // 47 or 48 bits, of which 23 or 24 are dropped, ties to even; or it is 0.
            function term(p, fields, negative) -> r {
                switch shr(47, p)
                case 0 {
                    p := and(add(add(p, 0x3fffff), and(shr(23, p), 1)), not(0x7fffff))
                }
                default {
                    p := and(add(add(p, 0x7fffff), and(shr(24, p), 1)), not(0xffffff))
                }
                r := mul(shl(sub(fields, 130), p), sub(1, shl(1, negative)))
            }
            let x := swap(mload(a))
            let w := swap(mload(b))
            // 1 and 255 in every lane. Rationale: computed from Solidity's word of zeros, for as constants they stand in the code
            // with all their bytes wherever they are used.
            let ones := div(not(mload(0x60)), 0xffffffff)
            let field := mul(ones, 0xff)
            let signs := and(shr(31, xor(x, w)), ones)
            let d := and(shr(23, x), field)
            let e := and(shr(23, w), field)
            let n := and(shr(8, add(d, field)), ones) // 1 where the number is normal
            let m := and(shr(8, add(e, field)), ones)
            // Fields of 255, subnormal numbers, and products whose fields add up to less than 130 or more than 300.
            let refused := and(shr(8, or(add(d, ones), add(e, ones))), ones)
            x := and(x, mul(ones, 0x7fffff))
            w := and(w, mul(ones, 0x7fffff))
            refused := or(refused, or(and(x, mul(xor(n, ones), 0x7fffff)), and(w, mul(xor(m, ones), 0x7fffff))))
            d := add(d, e)
            e := or(xor(shr(10, add(d, mul(894, ones))), ones), shr(10, add(d, mul(723, ones))))
            refused := or(refused, and(and(n, m), e))
            taken := iszero(refused)
            if taken {
                x := or(x, shl(23, n))
                w := or(w, shl(23, m))
                // Four products, and the next four.
                for { let end := add(terms, 256) } lt(terms, end) { terms := add(terms, 128) } {
                    mstore(terms, term(mul(shr(224, x), shr(224, w)), shr(224, d), shr(224, signs)))
                    mstore(
                        add(terms, 32),
                        term(
                            mul(and(shr(192, x), 0xffffff), and(shr(192, w), 0xffffff)),
                            and(shr(192, d), 0x3ff),
                            and(shr(192, signs), 1)
                        )
                    )
                    mstore(
                        add(terms, 64),
                        term(
                            mul(and(shr(160, x), 0xffffff), and(shr(160, w), 0xffffff)),
                            and(shr(160, d), 0x3ff),
                            and(shr(160, signs), 1)
                        )
                    )
                    mstore(
                        add(terms, 96),
                        term(
                            mul(and(shr(128, x), 0xffffff), and(shr(128, w), 0xffffff)),
                            and(shr(128, d), 0x3ff),
                            and(shr(128, signs), 1)
                        )
                    )
                    x := shl(128, x)
                    w := shl(128, w)
                    d := shl(128, d)
                    signs := shl(128, signs)
                }
            }
        }
    }
}
