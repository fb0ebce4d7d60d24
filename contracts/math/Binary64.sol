// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "./Float32.sol";

/// @notice Sums of binary32 numbers in binary64 (docs/protocol.md §2.13).
/// @dev Numbers are the 64 bits of the format. A sum of binary32 numbers is a multiple of 2^-149 and, of less than 2^32 of them,
/// below 2^160: it is never subnormal, and never overflows.
library Binary64 {
    uint256 internal constant NAN = 0x7ff8000000000000;
    uint256 private constant INFINITY = 0x7ff0000000000000;
    uint256 private constant SIGN = 1 << 63;

    /// @notice The same number.
    function from(uint256 float) internal pure returns (uint256) {
        if (Float32.isNaN(float)) return NAN;
        if (!Float32.isFinite(float)) return float & Float32.SIGN == 0 ? INFINITY : SIGN | INFINITY;
        (bool negative, uint256 mantissa, int256 exponent) = Float32.decode(float);
        return round(negative, mantissa, exponent);
    }

    /// @notice The nearest binary32 number, ties to even.
    function toFloat(uint256 a) internal pure returns (uint256) {
        if (_isNaN(a)) return Float32.NAN;
        if (_isInfinite(a)) return a & SIGN == 0 ? Float32.INFINITY : Float32.SIGN | Float32.INFINITY;
        (bool negative, uint256 mantissa, int256 exponent) = decode(a);
        return Float32.round(negative, mantissa, exponent, false);
    }

    /// @notice The sum, rounded to nearest, ties to even.
    function add(uint256 a, uint256 b) internal pure returns (uint256) {
        if (_isNaN(a) || _isNaN(b)) return NAN;
        if (_isInfinite(a)) return _isInfinite(b) && a != b ? NAN : a;
        if (_isInfinite(b)) return b;
        (bool negativeA, uint256 x, int256 ex) = decode(a);
        (bool negativeB, uint256 y, int256 ey) = decode(b);
        if (x == 0) return b;
        if (y == 0) return a;
        unchecked {
            if (ex < ey) (negativeA, x, ex, negativeB, y, ey) = (negativeB, y, ey, negativeA, x, ex);
            // y is less than 2^-75 units of x, which has 53 bits: any nonzero amount of that sign rounds alike.
            if (ex - ey > 128) (y, ey) = (1, ex - 128);
            int256 sum = (negativeA ? -int256(x) : int256(x)) << uint256(ex - ey);
            sum += negativeB ? -int256(y) : int256(y);
            return round(sum < 0, uint256(sum < 0 ? -sum : sum), ey);
        }
    }

    /// @notice The quotient by a positive integer below 2^64, rounded to nearest, ties to even.
    function div(uint256 a, uint256 n) internal pure returns (uint256) {
        if (_isNaN(a) || _isInfinite(a)) return a;
        (bool negative, uint256 x, int256 exponent) = decode(a);
        unchecked {
            // At least 64 bits, where x is not zero: the last one stands for all that is dropped.
            x <<= 128;
            uint256 quotient = x / n;
            return round(negative, quotient * n == x ? quotient : quotient | 1, exponent - 128);
        }
    }

    /// @notice A finite number as ±mantissa · 2^exponent.
    function decode(uint256 a) internal pure returns (bool negative, uint256 mantissa, int256 exponent) {
        unchecked {
            negative = a & SIGN != 0;
            uint256 field = (a >> 52) & 0x7ff;
            if (field != 0) mantissa = (a & 0xfffffffffffff) | 0x10000000000000;
            exponent = int256(field) - 1075;
        }
    }

    /// @notice The number nearest to ±mantissa · 2^exponent, ties to even; a zero has no sign.
    function round(bool negative, uint256 mantissa, int256 exponent) internal pure returns (uint256 bits) {
        if (mantissa == 0) return 0;
        unchecked {
            uint256 zeros;
            assembly ("memory-safe") {
                zeros := clz(mantissa)
            }
            int256 drop = 203 - int256(zeros); // what exceeds 53 bits
            if (drop > 0) {
                uint256 d = uint256(drop);
                mantissa = (mantissa + (1 << (d - 1)) - 1 + ((mantissa >> d) & 1)) >> d;
            } else {
                mantissa <<= uint256(-drop);
            }
            // A carry to 2^53 adds one to the exponent field by itself, as the leading bit does.
            bits = (uint256(exponent + drop + 1074) << 52) + mantissa;
            if (negative) bits |= SIGN;
        }
    }

    function _isNaN(uint256 a) private pure returns (bool) {
        return a & ~SIGN > INFINITY;
    }

    function _isInfinite(uint256 a) private pure returns (bool) {
        return a & ~SIGN == INFINITY;
    }
}
