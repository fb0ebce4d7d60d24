// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice IEEE-754 binary32 numbers as their 32 bits, low in a word. The sign of a zero and the payload of a NaN carry
/// no meaning in the protocol, and nothing here depends on them.
library Float32 {
    /// @dev The number is an infinity or a NaN.
    error NotFinite(uint256 bits);

    uint256 internal constant SIGN = 0x80000000;
    uint256 internal constant INFINITY = 0x7f800000;
    uint256 internal constant NAN = 0x7fc00000;
    uint256 internal constant POSITIVE = 1;
    uint256 internal constant NEGATIVE = 2;
    uint256 internal constant UNKNOWN = 4;
    uint256 internal constant LARGEST = 0x7f7fffff;

    function isFinite(uint256 bits) internal pure returns (bool) {
        return bits & INFINITY != INFINITY;
    }

    function isNaN(uint256 bits) internal pure returns (bool) {
        return bits & 0x7fffffff > INFINITY;
    }

    function isZero(uint256 bits) internal pure returns (bool) {
        return bits & 0x7fffffff == 0;
    }

    /// @notice Whether a computed tensor may hold these bits: a zero is committed as +0 and every NaN as 0x7fc00000.
    function isCanonical(uint256 bits) internal pure returns (bool) {
        return bits == NAN || (bits != SIGN && !isNaN(bits));
    }

    /// @notice Equality as the protocol means it: any NaN equals any NaN, −0 equals +0.
    function same(uint256 a, uint256 b) internal pure returns (bool) {
        return a == b || (isZero(a) && isZero(b)) || (isNaN(a) && isNaN(b));
    }

    /// @notice Whether a sum may come to `claimed`, given what of its terms is not finite, as the bits of `kinds`:
    /// POSITIVE and NEGATIVE for an infinity of that sign, both for a NaN, UNKNOWN for what kernels differ in.
    /// @dev An infinity or a NaN never disappears from a sum. A NaN may come of the other terms: their own partial sums may
    /// overflow to an infinity of the other sign.
    function sumOf(uint256 kinds, uint256 claimed) internal pure returns (bool) {
        if (isFinite(claimed)) return false;
        if (kinds & UNKNOWN != 0 || isNaN(claimed)) return true;
        return kinds == (claimed & SIGN == 0 ? POSITIVE : NEGATIVE);
    }

    /// @return what a term of a sum is that is not finite
    function kindOf(uint256 bits) internal pure returns (uint256) {
        return isNaN(bits) ? POSITIVE | NEGATIVE : bits & SIGN == 0 ? POSITIVE : NEGATIVE;
    }

    /// @notice A signed integer that orders numbers (no NaN) as their values: order(−0) = order(+0) = 0.
    function order(uint256 bits) internal pure returns (int256) {
        unchecked {
            int256 magnitude = int256(bits & 0x7fffffff);
            return bits & SIGN == 0 ? magnitude : -magnitude;
        }
    }

    /// @notice The greater number; a NaN if either is one.
    function max(uint256 a, uint256 b) internal pure returns (uint256) {
        if (isNaN(a) || isNaN(b)) return NAN;
        return order(a) > order(b) ? a : b;
    }

    /// @notice The smaller number; a NaN if either is one.
    function min(uint256 a, uint256 b) internal pure returns (uint256) {
        if (isNaN(a) || isNaN(b)) return NAN;
        return order(a) < order(b) ? a : b;
    }

    /// @notice The number, but not below `low` and, before everything else, not above `high`; a NaN stays.
    function clip(uint256 a, uint256 low, uint256 high) internal pure returns (uint256) {
        return isNaN(a) ? NAN : min(max(a, low), high);
    }

    /// @notice A finite number as ±mantissa · 2^exponent.
    /// @return negative the sign
    /// @return mantissa below 2^24
    /// @return exponent from −149 to 104; −149 for zero and subnormal numbers
    function decode(uint256 bits) internal pure returns (bool negative, uint256 mantissa, int256 exponent) {
        uint256 field = (bits >> 23) & 0xff;
        if (field == 0xff) revert NotFinite(bits);
        negative = bits & SIGN != 0;
        mantissa = bits & 0x7fffff;
        unchecked {
            if (field == 0) return (negative, mantissa, -149);
            return (negative, mantissa | 0x800000, int256(field) - 150);
        }
    }

    /// @notice The greatest integer that is not greater; what is no finite number is itself.
    function floor(uint256 bits) internal pure returns (uint256) {
        unchecked {
            uint256 field = (bits >> 23) & 0xff;
            if (field > 149 || isZero(bits)) return bits; // no place behind the point
            if (field < 127) return bits & SIGN == 0 ? 0 : SIGN | 0x3f800000; // between −1 and 1
            uint256 fraction = (1 << (150 - field)) - 1;
            // A carry out of the mantissa adds one to the exponent field by itself.
            return (bits & SIGN == 0 ? bits : bits + fraction) & ~fraction;
        }
    }

    /// @notice The number nearest to ±(mantissa + f) · 2^exponent, ties to even, where 0 < f < 1 if `sticky` and f = 0
    /// if not. Past the largest finite number it is an infinity.
    /// @dev The mantissa lies below 2^255; with `sticky` it has at least 26 bits, so that f lies below the rounding
    /// position.
    function round(bool negative, uint256 mantissa, int256 exponent, bool sticky) internal pure returns (uint256 bits) {
        bits = negative ? SIGN : 0;
        if (mantissa == 0) return bits;
        unchecked {
            uint256 zeros;
            assembly ("memory-safe") {
                zeros := clz(mantissa)
            }
            // The last bit kept is worth 2^unit: 24 significant bits, but never finer than 2^-149.
            int256 unit = exponent + 232 - int256(zeros);
            if (unit < -149) unit = -149;
            int256 shift = unit - exponent;
            if (shift > 0) {
                if (shift > 255) return bits; // below half of the smallest subnormal
                uint256 s = uint256(shift);
                uint256 middle = uint256(1) << (s - 1);
                uint256 kept = mantissa >> s;
                uint256 rest = mantissa - (kept << s);
                mantissa = rest > middle || (rest == middle && (sticky || kept & 1 == 1)) ? kept + 1 : kept;
            } else {
                mantissa <<= uint256(-shift);
            }
            // A carry to 2^24 adds one to the exponent field by itself, as does one from the largest subnormal.
            uint256 field = uint256(unit + 149); // field − 1 of a normal number, 0 of a subnormal
            if (field >= 254) return bits | INFINITY;
            mantissa += field << 23;
            return bits | (mantissa > LARGEST ? INFINITY : mantissa);
        }
    }
}
