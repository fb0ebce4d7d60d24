// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "./Float32.sol";

/// @notice Polynomials in binary32 by Horner's rule, one fused multiply-add after the other (docs/operators/kernels.md), on
/// numbers that stay unpacked between the steps.
/// @dev A number stands as a signed integer of units of 2^-100, a product or a sum before it is rounded as one of units of
/// 2^-200. Those who call see to it that
/// - no number reaches 2^28, so that a product and its summand stay below 2^255 units;
/// - every number is zero, or at least 2^-76, and so with 24 significant bits a whole number of units. An operand may be less
///   where it is too small to change the result: then what is cut off of it does not matter either.
library Polynomial {
    /// @notice 1.
    int256 internal constant ONE = 1 << 100;
    uint256 internal constant UNIT = 100;

    /// @notice The units of a finite number, truncated.
    function unpack(uint256 bits) internal pure returns (int256 v) {
        (bool negative, uint256 mantissa, int256 exponent) = Float32.decode(bits);
        unchecked {
            int256 shift = exponent + int256(UNIT);
            v = int256(shift < 0 ? mantissa >> uint256(-shift) : mantissa << uint256(shift));
            return negative ? -v : v;
        }
    }

    /// @notice The bits of a number.
    function pack(int256 v) internal pure returns (uint256) {
        unchecked {
            return Float32.round(v < 0, uint256(v < 0 ? -v : v), -int256(UNIT), false);
        }
    }

    /// @notice a·b + c with one rounding.
    function fma(int256 a, int256 b, int256 c) internal pure returns (int256) {
        unchecked {
            return rounded(a * b + (c << UNIT));
        }
    }

    /// @notice The number nearest to so many units of 2^-200, ties to even.
    /// @dev The leading bit, the highest that differs from the sign, stands at position 255 − z, so 24 bits are left when
    /// 232 − z are dropped: floor((s + half − 1 + last bit left) / 2^(232 − z)) is the nearest integer, ties to even, for
    /// either sign. For s = −2^n the leading bit is that of 2^n − 1 and the integer is −2^24: the same number. As the result is
    /// zero or at least 2^-76, at least 100 bits are dropped of any s but zero.
    function rounded(int256 s) internal pure returns (int256 v) {
        assembly ("memory-safe") {
            if s {
                let drop := sub(232, clz(xor(s, sar(255, s))))
                v := sar(drop, add(add(s, sub(shl(sub(drop, 1), 1), 1)), and(sar(drop, s), 1)))
                v := shl(sub(drop, 100), v)
            }
        }
    }

    /// @notice p = c[0]; p = fma(p, x, c[i]) for i from 1 to count − 1.
    /// @param table up to eight coefficients as the bits of normal numbers, c[0] in the most significant lane
    function horner(uint256 table, uint256 count, int256 x) internal pure returns (int256 p) {
        assembly ("memory-safe") {
            // A number of exponent field f is mantissa · 2^(f − 150).
            function coefficient(lanes, unit) -> c {
                c := shl(sub(add(and(shr(247, lanes), 0xff), unit), 150), or(and(shr(224, lanes), 0x7fffff), 0x800000))
                if slt(lanes, 0) { c := sub(0, c) }
            }
            p := coefficient(table, 100)
            for { let i := 1 } lt(i, count) { i := add(i, 1) } {
                table := shl(32, table)
                let s := add(mul(p, x), coefficient(table, 200))
                // As in rounded.
                let drop := sub(232, clz(xor(s, sar(255, s))))
                p := sar(drop, add(add(s, sub(shl(sub(drop, 1), 1), 1)), and(sar(drop, s), 1)))
                p := shl(sub(drop, 100), p)
            }
        }
    }
}
