// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DType} from "../types/Program.sol";
import {Float32} from "./Float32.sol";

/// @notice IEEE-754 numbers of 16, 32 and 64 bits as their bits, low in a word, by data type. The sign of a zero and the payload
/// of a NaN carry no meaning in the protocol, and nothing here depends on them.
library FloatFormat {
    // Sets of data types: bit d stands for dtype d.
    uint256 private constant FLOATS = 1 << 1 | 1 << 10 | 1 << 11; // float32, float16, float64

    function isFloat(uint8 dtype) internal pure returns (bool) {
        return dtype < 16 && FLOATS >> dtype & 1 == 1;
    }

    function isNaN(uint8 dtype, uint256 bits) internal pure returns (bool) {
        return bits & ~_sign(dtype) > infinity(dtype);
    }

    function isFinite(uint8 dtype, uint256 bits) internal pure returns (bool) {
        return bits & ~_sign(dtype) < infinity(dtype);
    }

    /// @return bits of positive infinity
    function infinity(uint8 dtype) internal pure returns (uint256 bits) {
        if (dtype == DType.FLOAT32) return 0x7f800000;
        return dtype == DType.FLOAT16 ? 0x7c00 : 0x7ff0000000000000;
    }

    /// @return bits of the NaN that is committed: the quiet one without a payload
    function nan(uint8 dtype) internal pure returns (uint256 bits) {
        return infinity(dtype) | (1 << (_fraction(dtype) - 1));
    }

    /// @return bits of the infinity of that sign
    function infinityOf(uint8 dtype, bool negative) internal pure returns (uint256 bits) {
        bits = infinity(dtype);
        if (negative) bits |= _sign(dtype);
    }

    /// @notice Whether a computed tensor may hold these bits: a zero is committed as +0, and every NaN as one.
    function isCanonical(uint8 dtype, uint256 bits) internal pure returns (bool) {
        if (dtype == DType.FLOAT32) return Float32.isCanonical(bits);
        return isNaN(dtype, bits) ? bits == nan(dtype) : bits != _sign(dtype);
    }

    /// @notice Equality as the protocol means it: any NaN equals any NaN, −0 equals +0.
    function same(uint8 dtype, uint256 a, uint256 b) internal pure returns (bool) {
        if (a == b) return true;
        if (isNaN(dtype, a)) return isNaN(dtype, b);
        return (a | b) & ~_sign(dtype) == 0;
    }

    /// @notice A signed integer that orders numbers (no NaN) as their values: order(−0) = order(+0) = 0.
    function order(uint8 dtype, uint256 bits) internal pure returns (int256) {
        uint256 sign = _sign(dtype);
        unchecked {
            int256 magnitude = int256(bits & ~sign);
            return bits & sign == 0 ? magnitude : -magnitude;
        }
    }

    /// @return bits of −1, 0 or 1; a NaN is one
    function signOf(uint8 dtype, uint256 number) internal pure returns (uint256 bits) {
        if (isNaN(dtype, number)) return nan(dtype);
        int256 position = order(dtype, number);
        return position == 0 ? 0 : round(dtype, position < 0, 1, 0);
    }

    /// @notice The number rounded to an integer; infinities and NaN are themselves.
    /// @param direction 0 to the nearest, ties to even; 1 upwards; −1 downwards
    function toInteger(uint8 dtype, uint256 number, int256 direction) internal pure returns (uint256) {
        if (!isFinite(dtype, number)) return number;
        (bool negative, uint256 mantissa, int256 exponent) = decode(dtype, number);
        if (exponent >= 0) return number;
        unchecked {
            // Of more places all the same: below a half.
            uint256 places = exponent < -100 ? 100 : uint256(-exponent);
            uint256 whole = mantissa >> places;
            uint256 rest = mantissa - (whole << places);
            uint256 half = 1 << (places - 1);
            bool outwards = direction == 0 ? rest + (whole & 1) > half : rest != 0 && negative == (direction < 0);
            return round(dtype, negative, outwards ? whole + 1 : whole, 0);
        }
    }

    /// @notice A finite number as ±mantissa · 2^exponent.
    /// @return negative the sign
    /// @return mantissa below 2^53
    /// @return exponent that of the last place: of a zero and of subnormal numbers the least of the format
    function decode(uint8 dtype, uint256 bits) internal pure returns (bool negative, uint256 mantissa, int256 exponent) {
        uint256 fraction = _fraction(dtype);
        uint256 sign = _sign(dtype);
        unchecked {
            uint256 field = (bits & ~sign) >> fraction;
            negative = bits & sign != 0;
            mantissa = bits & ((1 << fraction) - 1);
            if (field == 0) field = 1;
            else mantissa |= 1 << fraction;
            exponent = int256(field) - 1 + _least(dtype);
        }
    }

    /// @notice The number nearest to ±mantissa · 2^exponent, ties to even. Past the largest finite number it is an infinity; a
    /// zero has no sign.
    /// @param mantissa below 2^255
    function round(uint8 dtype, bool negative, uint256 mantissa, int256 exponent) internal pure returns (uint256 bits) {
        if (mantissa == 0) return 0;
        uint256 fraction = _fraction(dtype);
        int256 least = _least(dtype);
        unchecked {
            uint256 zeros;
            assembly ("memory-safe") {
                zeros := clz(mantissa)
            }
            // The last bit kept is worth 2^unit: the significant bits of the format, but never finer than its least number.
            int256 unit = exponent + 255 - int256(zeros) - int256(fraction);
            if (unit < least) unit = least;
            int256 drop = unit - exponent;
            if (drop > 255) return 0; // below half of the least number
            if (drop > 0) {
                uint256 d = uint256(drop);
                mantissa = (mantissa + (1 << (d - 1)) - 1 + ((mantissa >> d) & 1)) >> d;
            } else {
                mantissa <<= uint256(-drop);
            }
            // A carry out of the mantissa adds one to the exponent field by itself, as the leading bit does.
            bits = (uint256(unit - least) << fraction) + mantissa;
            uint256 most = infinity(dtype);
            if (bits > most) bits = most;
            if (negative && bits != 0) bits |= _sign(dtype);
        }
    }

    function _sign(uint8 dtype) private pure returns (uint256) {
        if (dtype == DType.FLOAT32) return 1 << 31;
        return dtype == DType.FLOAT16 ? 1 << 15 : 1 << 63;
    }

    /// @dev Bits of the mantissa behind the leading one.
    function _fraction(uint8 dtype) private pure returns (uint256) {
        if (dtype == DType.FLOAT32) return 23;
        return dtype == DType.FLOAT16 ? 10 : 52;
    }

    /// @dev Exponent of the least positive number.
    function _least(uint8 dtype) private pure returns (int256) {
        if (dtype == DType.FLOAT32) return -149;
        return dtype == DType.FLOAT16 ? -24 : -1074;
    }
}
