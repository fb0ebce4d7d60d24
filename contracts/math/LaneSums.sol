// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Binary64} from "./Binary64.sol";
import {Float32} from "./Float32.sol";
import {FmaChain} from "./FmaChain.sol";
import {RoundedArithmetic} from "./RoundedArithmetic.sol";

/// @dev Binary32 numbers as multiples of 2^-74.
struct FixedPoint {
    uint256[] values; // in two's complement; none where one of the numbers is not so
    uint256 all; // the bits that are set in the magnitude of any
    uint256 size; // sum of the magnitudes
}

/// @notice Sums of many numbers in lanes: number i goes into lane i mod the number of lanes, a power of two. Bit for bit as one
/// operation after another would have it.
/// @dev Numbers of usual size are counted in whole units that fit a word. What is of another size is added as any number is.
library LaneSums {
    // INVARIANT: numbers in fixed point lie below 2^39.
    uint256 private constant UNIT = 74;
    uint256 private constant FIELD_OF_UNIT = 76; // the exponent field of numbers from 2^-51 on, whose last place is a unit
    uint256 private constant FIELDS = 89;

    /// @notice The numbers in fixed point, if all of them are zero or lie between 2^-51 and 2^38.
    function fixedPoint(uint256[] memory x) internal pure returns (FixedPoint memory f) {
        uint256[] memory values = new uint256[](x.length);
        uint256 all;
        uint256 size;
        uint256 outside;
        assembly ("memory-safe") {
            let q := add(values, 32)
            let p := add(x, 32)
            for { let end := add(p, shl(5, mload(x))) } lt(p, end) { p := add(p, 32) } {
                let bits := mload(p)
                let above := sub(and(shr(23, bits), 0xff), FIELD_OF_UNIT)
                if iszero(lt(above, FIELDS)) {
                    if shl(225, bits) { outside := 1 }
                }
                // A shift by what is negative leaves the zero that is meant.
                let v := shl(above, or(and(bits, 0x7fffff), 0x800000))
                all := or(all, v)
                size := add(size, v)
                let sign := sub(0, shr(31, bits))
                mstore(q, sub(xor(v, sign), sign))
                q := add(q, 32)
            }
        }
        if (outside == 0) (f.values, f.all, f.size) = (values, all, size);
    }

    /// @notice Adds numbers 0 … count − 1 of `x`, of which the first is number i of its row, to four binary64 lanes.
    /// @param f the same numbers
    function add64(uint256[] memory lanes, FixedPoint memory f, uint256[] memory x, uint256 count, uint256 i) internal pure {
        if (count == 0 || _addExactly(lanes, f, count, i)) return;
        unchecked {
            for (uint256 k = 0; k < count; ++k) {
                uint256 lane = (i + k) & 3;
                lanes[lane] = Binary64.add(lanes[lane], Binary64.from(x[k]));
            }
        }
    }

    /// @notice Adds the squares of x − mean, fused, to eight binary32 lanes in canonical form.
    /// @param f the same numbers
    function addSquares(
        uint256[] memory lanes,
        FixedPoint memory f,
        uint256[] memory x,
        uint256 count,
        uint256 i,
        uint256 mean
    ) internal pure {
        if (count == 0 || _addSquares(lanes, f, count, i, mean)) return;
        unchecked {
            for (uint256 k = 0; k < count; ++k) {
                uint256 lane = (i + k) & 7;
                uint256 d = RoundedArithmetic.sub(x[k], mean);
                lanes[lane] = FmaChain.fma(d, d, lanes[lane]);
            }
        }
    }

    /// @notice Adds numbers k … end − 1 of `x` to binary32 lanes in canonical form: the first to lane `lane`, each next one to the next,
    /// modulo mask + 1.
    function add(uint256[] memory lanes, uint256[] memory x, uint256 k, uint256 end, uint256 lane, uint256 mask)
        internal
        pure
    {
        unchecked {
            for (;; ++k) {
                if (k >= end) return;
                if ((x[k] >> 23) & 0xff < 191) {
                    uint256 reached = _add(lanes, x, k, end, lane, mask);
                    lane += reached - k;
                    k = reached;
                    if (k == end) return;
                }
                lanes[lane & mask] = _canonical(RoundedArithmetic.add(lanes[lane & mask], x[k]));
                ++lane;
            }
        }
    }

    /// @dev Adds in whole units to lanes in which nothing is yet, if no sum of some of the numbers has more than 53 bits: then
    /// nothing is rounded in any order.
    function _addExactly(uint256[] memory lanes, FixedPoint memory f, uint256 count, uint256 i)
        private
        pure
        returns (bool)
    {
        uint256[] memory values = f.values;
        unchecked {
            // The lowest bit that is set in any.
            uint256 lowest = f.all & (0 - f.all);
            if (values.length == 0 || lanes[0] | lanes[1] | lanes[2] | lanes[3] != 0 || f.size > lowest << 53) return false;
        }
        assembly ("memory-safe") {
            let units := add(lanes, 32)
            let at := shl(5, and(i, 3))
            let p := add(values, 32)
            for { let end := add(p, shl(5, count)) } lt(p, end) { p := add(p, 32) } {
                let lane := add(units, at)
                mstore(lane, add(mload(lane), mload(p)))
                at := and(add(at, 32), 96)
            }
        }
        unchecked {
            for (uint256 j = 0; j < 4; ++j) {
                bool negative = int256(lanes[j]) < 0;
                lanes[j] = Binary64.round(negative, negative ? 0 - lanes[j] : lanes[j], -int256(UNIT));
            }
        }
        return true;
    }

    /// @dev Counts squares in units of 2^-148, in lanes in which nothing is yet. A difference is below 2^39, so 2^113 units of 2^-74; its
    /// square below 2^226, a sum of 2^13 of them below 2^239. A number is rounded to 24 bits: none is finer than 2^-149.
    function _addSquares(uint256[] memory lanes, FixedPoint memory f, uint256 count, uint256 i, uint256 mean)
        private
        pure
        returns (bool)
    {
        uint256[] memory values = f.values;
        uint256 above;
        unchecked {
            // A shift by what is negative leaves the zero that is meant.
            above = ((mean >> 23) & 0xff) - FIELD_OF_UNIT;
            if (values.length == 0 || (above >= FIELDS && !Float32.isZero(mean))) return false;
            for (uint256 j = 0; j < 8; ++j) if (lanes[j] != 0) return false;
        }
        assembly ("memory-safe") {
            let middle := shl(above, or(and(mean, 0x7fffff), 0x800000))
            if shr(31, mean) { middle := sub(0, middle) }
            let units := add(lanes, 32)
            let at := shl(5, and(i, 7))
            let p := add(values, 32)
            for { let end := add(p, shl(5, count)) } lt(p, end) { p := add(p, 32) } {
                // c puts the leading bit, the highest that differs from the sign, at position 253.
                let d := sub(mload(p), middle)
                let c := clz(xor(d, shl(2, d)))
                d := shl(c, d)
                d := sar(230, add(add(d, sub(shl(229, 1), 1)), and(shr(230, d), 1)))
                // Of a zero nothing is left.
                d := sar(c, shl(230, d))
                let lane := add(units, at)
                d := add(mload(lane), mul(d, d))
                // The same for a sum, which has no sign: its leading bit goes to position 254.
                c := clz(shl(1, d))
                d := shl(c, d)
                d := shr(231, add(add(d, sub(shl(230, 1), 1)), and(shr(231, d), 1)))
                mstore(lane, shr(c, shl(231, d)))
                at := and(add(at, 32), 224)
            }
        }
        // In units of 2^-149.
        for (uint256 j = 0; j < 8; ++j) lanes[j] = toBits(lanes[j] << 1);
        return true;
    }

    /// @dev Goes on at number k and returns where it stopped: at the end, or at a number that is not below 2^64. A number is
    /// ±v · 2^(field − 150), so v · 2^(field − 1) units of 2^-149, below 2^213; a lane, below 2^80 at first, stays below 2^86.
    function _add(uint256[] memory lanes, uint256[] memory x, uint256 k, uint256 until, uint256 lane, uint256 mask)
        private
        pure
        returns (uint256)
    {
        uint256[8] memory units;
        unchecked {
            for (uint256 j = 0; j <= mask; ++j) {
                if (lanes[j] == 0) continue;
                if ((lanes[j] >> 23) & 0xff > 206) return k;
                units[j] = toUnits(lanes[j]);
            }
        }
        assembly ("memory-safe") {
            let bound := shl(5, mask)
            let at := and(shl(5, lane), bound)
            let p := add(x, shl(5, add(k, 1)))
            for { let end := add(x, shl(5, add(until, 1))) } lt(p, end) { p := add(p, 32) } {
                let bits := mload(p)
                let field := and(shr(23, bits), 0xff)
                if gt(field, 190) { break }
                let normal := iszero(iszero(field))
                let v := shl(sub(field, normal), or(and(bits, 0x7fffff), shl(23, normal)))
                let sign := sub(0, shr(31, bits))
                v := add(mload(add(units, at)), sub(xor(v, sign), sign))
                // c puts the leading bit at position 253.
                let c := clz(xor(v, shl(2, v)))
                v := shl(c, v)
                v := sar(230, add(add(v, sub(shl(229, 1), 1)), and(shr(230, v), 1)))
                mstore(add(units, at), sar(c, shl(230, v)))
                at := and(add(at, 32), bound)
            }
            k := sub(shr(5, sub(p, x)), 1)
        }
        unchecked {
            for (uint256 j = 0; j <= mask; ++j) {
                bool negative = int256(units[j]) < 0;
                lanes[j] = negative ? Float32.SIGN | toBits(0 - units[j]) : toBits(units[j]);
            }
        }
        return k;
    }

    /// @notice A number below 2^64 in units of 2^-149, in two's complement.
    function toUnits(uint256 bits) internal pure returns (uint256 v) {
        assembly ("memory-safe") {
            let field := and(shr(23, bits), 0xff)
            let normal := iszero(iszero(field))
            v := shl(sub(field, normal), or(and(bits, 0x7fffff), shl(23, normal)))
            if shr(31, bits) { v := sub(0, v) }
        }
    }

    /// @notice The bits of units of 2^-149 that are a binary32 number: at most 24 of them are more than zeros at the end.
    function toBits(uint256 units) internal pure returns (uint256 bits) {
        assembly ("memory-safe") {
            bits := units
            let drop := sub(232, clz(units))
            // The leading bit adds one to the exponent field by itself.
            if sgt(drop, 0) { bits := add(shl(23, drop), shr(drop, units)) }
        }
    }

    function _canonical(uint256 bits) private pure returns (uint256) {
        if (Float32.isZero(bits)) return 0;
        return Float32.isNaN(bits) ? Float32.NAN : bits;
    }
}
