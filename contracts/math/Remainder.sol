// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Element} from "./Element.sol";
import {DType} from "../types/Program.sol";
import {FloatFormat} from "./FloatFormat.sol";

/// @notice Remainders of divisions (docs/protocol.md §2.14).
library Remainder {
    /// @notice Whether a remainder of a / b may be `claimed`.
    /// @param ofDividend whether it has the sign of the dividend, as C's fmod; else it has that of the divisor
    function admits(uint8 dtype, uint256 a, uint256 b, bool ofDividend, uint256 claimed) internal pure returns (bool) {
        if (FloatFormat.isFloat(dtype)) return FloatFormat.same(dtype, claimed, _float(dtype, a, b));
        int256 y = Element.toInt(dtype, b);
        int256 x = Element.toInt(dtype, a);
        // The runtime refuses to divide by zero: no run has such an element.
        if (y == 0) return false;
        unchecked {
            int256 rest = ofDividend ? _double(x) % _double(y) : x % y;
            if (!ofDividend && rest != 0 && (rest < 0) != (y < 0)) rest += y;
            return claimed == Element.fromInt(dtype, rest);
        }
    }

    /// @dev The nearest binary64 number of an integer of at most 64 bits, which the runtime computes such remainders with.
    function _double(int256 value) private pure returns (int256) {
        unchecked {
            uint256 magnitude = uint256(value < 0 ? -value : value);
            (, uint256 mantissa, int256 exponent) =
                FloatFormat.decode(DType.FLOAT64, FloatFormat.round(DType.FLOAT64, false, magnitude, 0));
            magnitude = exponent < 0 ? mantissa >> uint256(-exponent) : mantissa << uint256(exponent);
            return value < 0 ? -int256(magnitude) : int256(magnitude);
        }
    }

    function _float(uint8 dtype, uint256 a, uint256 b) private pure returns (uint256) {
        if (!FloatFormat.isFinite(dtype, a) || FloatFormat.isNaN(dtype, b)) return FloatFormat.nan(dtype);
        if (!FloatFormat.isFinite(dtype, b)) return a;
        (bool negative, uint256 x, int256 ex) = FloatFormat.decode(dtype, a);
        (, uint256 y, int256 ey) = FloatFormat.decode(dtype, b);
        if (y == 0) return FloatFormat.nan(dtype);
        unchecked {
            // x · 2^ex in units of the lesser exponent, less what y · 2^ey goes into it.
            if (ex < ey) {
                uint256 gap = uint256(ey - ex);
                // y has more places than x: x is what is left.
                if (gap < 64) x %= y << gap;
                return FloatFormat.round(dtype, negative, x, ex);
            }
            return FloatFormat.round(dtype, negative, mulmod(x, _power(uint256(ex - ey), y), y), ey);
        }
    }

    /// @return power 2^exponent modulo `modulus`; the exponent is at most 2,098
    function _power(uint256 exponent, uint256 modulus) private pure returns (uint256 power) {
        power = 1 % modulus;
        unchecked {
            for (; exponent > 200; exponent -= 200) power = mulmod(power, 1 << 200, modulus);
            return mulmod(power, 1 << exponent, modulus);
        }
    }
}
