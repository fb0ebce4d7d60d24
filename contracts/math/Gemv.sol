// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "./Float32.sol";
import {RoundedArithmetic} from "./RoundedArithmetic.sol";

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
/// The first block that does not take it, and all that follow, are added one number after the other.
library Gemv {
    using Float32 for uint256;

    uint256 internal constant LANES = 8;

    int256 private constant UNIT = -170;
    uint256 private constant GREATEST_FIELD = 196; // of an accumulator

    // Eight 32-bit lanes in a word; element 0 stands in the most significant lane.
    uint256 private constant ONES = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant BYTES_0_2 = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant HALVES = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    uint256 private constant FRACTION = 0x007fffff007fffff007fffff007fffff007fffff007fffff007fffff007fffff;
    uint256 private constant FIELD = 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff;

    /// @notice A row times a matrix: groups of four products, each added up from the left and then to the total; of what is
    /// left over in the end, a group of two, if there are as many, and one of one.
    /// @param open sum of the group in hand, 0 at its beginning; total that of the groups before it
    /// @param a memory position of the little-endian numbers a[from] … a[until − 1]; b the same
    /// @param length number of all products
    function groups(uint256 open, uint256 total, uint256 a, uint256 b, uint256 from, uint256 until, uint256 length)
        internal
        pure
        returns (uint256, uint256)
    {
        unchecked {
            uint256 end = _lastOfGroup(from, length);
            if (_inReach(open) && _inReach(total)) {
                uint256 terms = _allocate();
                (int256 o, int256 t) = (_fixed(open), _fixed(total));
                while (from != until && _products(a, b, until - from, terms)) {
                    if (from & 3 == 0 && until - from > 7) {
                        t = _twoGroups(t, terms);
                        from += 8;
                        end = _lastOfGroup(from, length);
                    } else {
                        uint256 stop = until - from > 8 ? from + 8 : until;
                        for (uint256 term = terms; from != stop; term += 32) {
                            o = _round(o + _term(term));
                            if (from++ != end) continue;
                            (t, o) = (_round(o + t), 0);
                            end = _lastOfGroup(from, length);
                        }
                    }
                    (a, b) = (a + 32, b + 32);
                }
                (open, total) = (_float(o), _float(t));
            }
            for (; from != until; ++from) {
                open = RoundedArithmetic.add(open, RoundedArithmetic.mul(_load(a), _load(b)));
                (a, b) = (a + 4, b + 4);
                if (from != end) continue;
                (total, open) = (RoundedArithmetic.add(open, total), 0);
                end = _lastOfGroup(from + 1, length);
            }
            return (open, total);
        }
    }

    /// @notice Contiguous rows: product k is added to lane k mod 8.
    /// @param packed the lanes side by side, lane 0 the most significant one; zeros in the beginning
    /// @param a memory position of the little-endian numbers a[from] … a[until − 1]; b the same
    /// @return the lanes, of which a zero is +0 and a NaN the one that is committed
    function lanes(uint256 packed, uint256 a, uint256 b, uint256 from, uint256 until) internal pure returns (uint256) {
        unchecked {
            bool fast = true;
            for (uint256 lane = 0; lane < LANES; ++lane) fast = fast && _inReach(_lane(packed, lane));
            if (fast) {
                uint256 terms = _allocate();
                // Blocks begin at any lane: sum i is that of lane (first + i) mod 8.
                uint256 sums = _allocate();
                uint256 first = from;
                for (uint256 i = 0; i < LANES; ++i) _setTerm(sums + 32 * i, _fixed(_lane(packed, (first + i) & 7)));
                while (from != until && _products(a, b, until - from, terms)) {
                    // Behind the last product there are zeros, which change nothing.
                    _addEach(sums, terms);
                    from = until - from > 8 ? from + 8 : until;
                    (a, b) = (a + 32, b + 32);
                }
                packed = 0;
                for (uint256 i = 0; i < LANES; ++i) {
                    packed |= _float(_term(sums + 32 * i)) << (224 - (((first + i) & 7) << 5));
                }
            }
            for (; from != until; ++from) {
                uint256 shift = 224 - ((from & 7) << 5);
                uint256 sum = (packed >> shift) & 0xffffffff;
                uint256 next = RoundedArithmetic.add(sum, RoundedArithmetic.mul(_load(a), _load(b)));
                packed ^= (sum ^ (next.isZero() ? 0 : next)) << shift;
                (a, b) = (a + 4, b + 4);
            }
            return packed;
        }
    }

    /// @notice The sum of the lanes, in the order of the block that the output stands in: kernels compute four outputs at
    /// once, then two, then one.
    /// @param place of the output among the `run` ones that a kernel computes in one call
    function fold(uint256 packed, uint256 place, uint256 run) internal pure returns (uint256) {
        unchecked {
            uint256 left = run & 3;
            uint256 whole = run - left;
            uint256[8] memory l;
            for (uint256 lane = 0; lane < LANES; ++lane) l[lane] = _lane(packed, lane);
            if (place < whole) return _add(_sequence(l[0], l[1], l[2], l[3]), _sequence(l[4], l[5], l[6], l[7]));
            if (left > 1 && place < whole + 2) return _add(_tree(l[2], l[0], l[6], l[4]), _tree(l[3], l[1], l[7], l[5]));
            return _add(_tree(l[0], l[1], l[2], l[3]), _tree(l[4], l[5], l[6], l[7]));
        }
    }

    function _sequence(uint256 w, uint256 x, uint256 y, uint256 z) private pure returns (uint256) {
        return _add(_add(_add(w, x), y), z);
    }

    function _tree(uint256 w, uint256 x, uint256 y, uint256 z) private pure returns (uint256) {
        return _add(_add(w, x), _add(y, z));
    }

    function _add(uint256 x, uint256 y) private pure returns (uint256) {
        return RoundedArithmetic.add(x, y);
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

    /// @dev Whether an accumulator is small enough for the fast path.
    function _inReach(uint256 sum) private pure returns (bool) {
        return (sum >> 23) & 0xff <= GREATEST_FIELD;
    }

    function _fixed(uint256 bits) private pure returns (int256) {
        (bool negative, uint256 mantissa, int256 exponent) = bits.decode();
        unchecked {
            int256 value = int256(mantissa << uint256(exponent - UNIT));
            return negative ? -value : value;
        }
    }

    function _float(int256 value) private pure returns (uint256) {
        unchecked {
            return Float32.round(value < 0, uint256(value < 0 ? -value : value), UNIT, false);
        }
    }

    /// @dev The nearest integer of 24 significant bits, ties to even. Works on two's complement: the multiple of 2^drop below
    /// s + half − 1 + last bit kept is the nearest one for either sign. For s = −2^n the leading bit is that of 2^n − 1, and the
    /// one bit more that is kept is a zero.
    function _round(int256 s) private pure returns (int256 r) {
        assembly ("memory-safe") {
            r := s
            let zeros := clz(xor(s, sar(255, s)))
            if lt(zeros, 232) {
                let drop := sub(232, zeros)
                let below := sub(shl(drop, 1), 1)
                r := and(add(add(s, shr(1, below)), and(shr(drop, s), 1)), not(below))
            }
        }
    }

    /// @dev total + (((p₀ + p₁) + p₂) + p₃), and once more with the next four products.
    function _twoGroups(int256 total, uint256 terms) private pure returns (int256 result) {
        assembly ("memory-safe") {
            // The rounded sum, see _round.
            function sum(x, y) -> s {
                s := add(x, y)
                let zeros := clz(xor(s, sar(255, s)))
                if lt(zeros, 232) {
                    let drop := sub(232, zeros)
                    let below := sub(shl(drop, 1), 1)
                    s := and(add(add(s, shr(1, below)), and(shr(drop, s), 1)), not(below))
                }
            }
            let group := sum(sum(sum(mload(terms), mload(add(terms, 32))), mload(add(terms, 64))), mload(add(terms, 96)))
            result := sum(group, total)
            group := sum(sum(mload(add(terms, 128)), mload(add(terms, 160))), mload(add(terms, 192)))
            result := sum(sum(group, mload(add(terms, 224))), result)
        }
    }

    /// @dev Adds eight numbers to eight others.
    function _addEach(uint256 sums, uint256 terms) private pure {
        assembly ("memory-safe") {
            for { let end := add(sums, 256) } lt(sums, end) { sums := add(sums, 32) } {
                // The rounded sum, see _round.
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

    function _term(uint256 position) private pure returns (int256 value) {
        assembly ("memory-safe") {
            value := mload(position)
        }
    }

    function _setTerm(uint256 position, int256 value) private pure {
        assembly ("memory-safe") {
            mstore(position, value)
        }
    }

    function _load(uint256 position) private pure returns (uint256 x) {
        assembly ("memory-safe") {
            let v := mload(position)
            x := or(or(byte(0, v), shl(8, byte(1, v))), or(shl(16, byte(2, v)), shl(24, byte(3, v))))
        }
    }

    /// @dev Writes the next eight rounded products, or as many as there are and zeros, into eight words.
    /// @return taken whether the fast path takes them; if not, nothing is written
    function _products(uint256 a, uint256 b, uint256 count, uint256 terms) private pure returns (bool taken) {
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
            let x := mload(a)
            let w := mload(b)
            if lt(count, 8) {
                let mask := not(shr(shl(5, count), not(0)))
                x := and(x, mask)
                w := and(w, mask)
            }
            x := swap(x)
            w := swap(w)
            let signs := and(shr(31, xor(x, w)), ONES)
            let d := and(shr(23, x), FIELD)
            let e := and(shr(23, w), FIELD)
            let n := and(shr(8, add(d, FIELD)), ONES) // 1 where the number is normal
            let m := and(shr(8, add(e, FIELD)), ONES)
            // Fields of 255, subnormal numbers, and products whose fields add up to less than 130 or more than 300.
            let refused := and(shr(8, or(add(d, ONES), add(e, ONES))), ONES)
            x := and(x, FRACTION)
            w := and(w, FRACTION)
            refused := or(refused, or(and(x, mul(xor(n, ONES), 0x7fffff)), and(w, mul(xor(m, ONES), 0x7fffff))))
            d := add(d, e)
            e := or(xor(shr(10, add(d, mul(894, ONES))), ONES), shr(10, add(d, mul(723, ONES))))
            refused := or(refused, and(and(n, m), e))
            taken := iszero(refused)
            if taken {
                x := or(x, shl(23, n))
                w := or(w, shl(23, m))
                mstore(terms, term(mul(shr(224, x), shr(224, w)), shr(224, d), shr(224, signs)))
                mstore(
                    add(terms, 32),
                    term(mul(and(shr(192, x), 0xffffff), and(shr(192, w), 0xffffff)), and(shr(192, d), 0x3ff), and(shr(192, signs), 1))
                )
                mstore(
                    add(terms, 64),
                    term(mul(and(shr(160, x), 0xffffff), and(shr(160, w), 0xffffff)), and(shr(160, d), 0x3ff), and(shr(160, signs), 1))
                )
                mstore(
                    add(terms, 96),
                    term(mul(and(shr(128, x), 0xffffff), and(shr(128, w), 0xffffff)), and(shr(128, d), 0x3ff), and(shr(128, signs), 1))
                )
                mstore(
                    add(terms, 128),
                    term(mul(and(shr(96, x), 0xffffff), and(shr(96, w), 0xffffff)), and(shr(96, d), 0x3ff), and(shr(96, signs), 1))
                )
                mstore(
                    add(terms, 160),
                    term(mul(and(shr(64, x), 0xffffff), and(shr(64, w), 0xffffff)), and(shr(64, d), 0x3ff), and(shr(64, signs), 1))
                )
                mstore(
                    add(terms, 192),
                    term(mul(and(shr(32, x), 0xffffff), and(shr(32, w), 0xffffff)), and(shr(32, d), 0x3ff), and(shr(32, signs), 1))
                )
                mstore(add(terms, 224), term(mul(and(x, 0xffffff), and(w, 0xffffff)), and(d, 0x3ff), and(signs, 1)))
            }
        }
    }
}
