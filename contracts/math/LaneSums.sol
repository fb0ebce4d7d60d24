// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Binary64} from "./Binary64.sol";
import {Float32} from "./Float32.sol";
import {FmaChain} from "./FmaChain.sol";
import {RoundedArithmetic} from "./RoundedArithmetic.sol";

/// @notice Sums of many numbers in lanes: number i goes into lane i mod the number of lanes, a power of two. Bit for bit as one
/// operation after another would have it.
/// @dev Numbers of usual size are whole multiples of 2^-149 that fit a word, with which the fast paths count. At any other they stop,
/// and it is added as any number is.
library LaneSums {
    /// @notice Adds numbers 0 … count − 1 of `x`, of which the first is number i, to binary64 lanes.
    function add(uint256[] memory lanes, uint256[] memory x, uint256 count, uint256 i) internal pure {
        unchecked {
            for (uint256 k = 0;; ++k) {
                k = _add(lanes, x, k, count, i);
                if (k >= count) return;
                uint256 lane = (i + k) & (lanes.length - 1);
                lanes[lane] = Binary64.add(lanes[lane], Binary64.from(x[k]));
            }
        }
    }

    /// @notice Adds the squares of x − mean, fused, to binary32 lanes in canonical form.
    function addSquares(uint256[] memory lanes, uint256[] memory x, uint256 count, uint256 i, uint256 mean) internal pure {
        unchecked {
            for (uint256 k = 0;; ++k) {
                k = _addSquares(lanes, x, k, count, i, mean);
                if (k >= count) return;
                uint256 lane = (i + k) & (lanes.length - 1);
                uint256 d = RoundedArithmetic.sub(x[k], mean);
                lanes[lane] = FmaChain.fma(d, d, lanes[lane]);
            }
        }
    }

    /// @dev Goes on at number k and returns where it stopped: at the end, or at a number that is not below 2^64.
    ///
    /// A number is ±v · 2^(field − 150), so v · 2^(field − 1) units of 2^-149, below 2^213. A lane, below 2^100 at first, stays
    /// below 2^(64 + 32): so do lane and sum, in units, below 2^250. A sum of more than 53 bits is rounded to these.
    function _add(uint256[] memory lanes, uint256[] memory x, uint256 k, uint256 count, uint256 i)
        private
        pure
        returns (uint256)
    {
        uint256[] memory units = new uint256[](lanes.length);
        unchecked {
            for (uint256 j = 0; j < lanes.length; ++j) {
                if ((lanes[j] >> 52) & 0x7ff > 1122) return k;
                (bool negative, uint256 mantissa, int256 exponent) = Binary64.decode(lanes[j]);
                // A sum of multiples of 2^-149 is one: nothing is lost to the right.
                int256 shift = exponent + 149;
                mantissa = shift < 0 ? mantissa >> uint256(-shift) : mantissa << uint256(shift);
                units[j] = negative ? 0 - mantissa : mantissa;
            }
        }
        assembly ("memory-safe") {
            let first := add(units, 32)
            let mask := sub(shl(5, mload(units)), 1)
            let at := and(shl(5, add(i, k)), mask)
            let p := add(x, shl(5, add(k, 1)))
            for { let end := add(x, shl(5, add(count, 1))) } lt(p, end) { p := add(p, 32) } {
                let bits := mload(p)
                let field := and(shr(23, bits), 0xff)
                if gt(field, 190) { break }
                let normal := iszero(iszero(field))
                let v := shl(sub(field, normal), or(and(bits, 0x7fffff), shl(23, normal)))
                let sign := sub(0, shr(31, bits))
                let s := add(mload(add(first, at)), sub(xor(v, sign), sign))
                sign := sar(255, s)
                v := sub(xor(s, sign), sign)
                let drop := sub(203, clz(v))
                if sgt(drop, 0) {
                    if and(v, sub(shl(drop, 1), 1)) {
                        v := add(v, add(sub(shl(sub(drop, 1), 1), 1), and(shr(drop, v), 1)))
                        v := shl(drop, shr(drop, v))
                        s := sub(xor(v, sign), sign)
                    }
                }
                mstore(add(first, at), s)
                at := and(add(at, 32), mask)
            }
            k := sub(shr(5, sub(p, x)), 1)
        }
        unchecked {
            for (uint256 j = 0; j < lanes.length; ++j) {
                bool negative = int256(units[j]) < 0;
                lanes[j] = Binary64.round(negative, negative ? 0 - units[j] : units[j], -149);
            }
        }
        return k;
    }

    /// @dev Goes on at number k and returns where it stopped: at the end, or where x or the mean is not below 2^54, or a lane not
    /// below 2^113.
    ///
    /// x and the mean are units of 2^-149, below 2^203, and so is their difference, which is rounded to 24 bits: m · 2^(drop − 149). Its
    /// square m² · 2^(2·drop − 298) is below 2^110, and a lane is g · 2^(F − 150), in units of 2^-298 g · 2^(F + 148). What lies more
    /// than 150 bits below the other is less than a quarter of its unit in the last place, and only says that the sum is no
    /// midpoint; but a square below a lane changes nothing at all.
    function _addSquares(uint256[] memory lanes, uint256[] memory x, uint256 k, uint256 count, uint256 i, uint256 mean)
        private
        pure
        returns (uint256)
    {
        if ((mean >> 23) & 0xff > 180) return k;
        assembly ("memory-safe") {
            // The number in units of 2^-149.
            function unitsOf(bits) -> v {
                let field := and(shr(23, bits), 0xff)
                let normal := iszero(iszero(field))
                v := shl(sub(field, normal), or(and(bits, 0x7fffff), shl(23, normal)))
                let sign := sub(0, shr(31, bits))
                v := sub(xor(v, sign), sign)
            }
            let middle := unitsOf(mean)
            let first := add(lanes, 32)
            let mask := sub(shl(5, mload(lanes)), 1)
            let at := and(shl(5, add(i, k)), mask)
            let p := add(x, shl(5, add(k, 1)))
            for { let end := add(x, shl(5, add(count, 1))) } lt(p, end) { p := add(p, 32) } {
                let bits := mload(p)
                let lane := mload(add(first, at))
                if or(gt(and(shr(23, bits), 0xff), 180), gt(lane, 0x78000000)) { break }
                let m := sub(unitsOf(bits), middle)
                let sign := sar(255, m)
                m := sub(xor(m, sign), sign)
                let drop := sub(232, clz(m))
                switch sgt(drop, 0)
                case 1 { m := shr(drop, add(m, add(sub(shl(sub(drop, 1), 1), 1), and(shr(drop, m), 1)))) }
                default { drop := 0 }
                m := mul(m, m)
                if m {
                    let field := shr(23, lane)
                    let normal := iszero(iszero(field))
                    let g := or(and(lane, 0x7fffff), shl(23, normal))
                    let below := add(148, or(field, iszero(normal))) // the lane's unit
                    let unit := shl(1, drop)
                    let above := sub(unit, below)
                    switch slt(above, 0)
                    case 1 {
                        switch slt(above, not(149))
                        case 1 {
                            m := g
                            unit := below
                        }
                        default { m := add(m, shl(sub(0, above), g)) }
                    }
                    default {
                        switch gt(above, 150)
                        case 1 {
                            m := or(shl(64, m), iszero(iszero(g)))
                            unit := sub(unit, 64)
                        }
                        default {
                            m := add(shl(above, m), g)
                            unit := below
                        }
                    }
                    // To 24 bits, but not finer than 2^-149.
                    drop := sub(232, clz(m))
                    let least := sub(149, unit)
                    if slt(drop, least) { drop := least }
                    switch sgt(drop, 0)
                    case 1 { m := shr(drop, add(m, add(sub(shl(sub(drop, 1), 1), 1), and(shr(drop, m), 1)))) }
                    default { m := shl(sub(0, drop), m) }
                    // The leading bit adds one to the exponent field by itself, as does a carry.
                    mstore(add(first, at), add(shl(23, sub(add(unit, drop), 149)), m))
                }
                at := and(add(at, 32), mask)
            }
            k := sub(shr(5, sub(p, x)), 1)
        }
        return k;
    }
}
