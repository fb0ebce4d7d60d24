// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Float32} from "./Float32.sol";

/// @dev The number ±mantissa · 2^exponent.
struct Dyadic {
    bool negative;
    uint256 mantissa;
    int256 exponent;
}

/// @notice Products and sums of numbers of very different size, in a common unit.
library Dyadics {
    /// @notice The value of a finite binary32 number.
    function fromFloat(uint256 bits) internal pure returns (Dyadic memory d) {
        (d.negative, d.mantissa, d.exponent) = Float32.decode(bits);
    }

    /// @dev Neither mantissa may be so large that the product needs more than 256 bits.
    function mul(Dyadic memory a, Dyadic memory b) internal pure returns (Dyadic memory) {
        return Dyadic(a.negative != b.negative, a.mantissa * b.mantissa, a.exponent + b.exponent);
    }

    /// @notice a + b, off by less than 2^-118 of the larger one: both are cut to units of which it has 2^119 and more.
    /// Exact if one of them is zero.
    function add(Dyadic memory a, Dyadic memory b) internal pure returns (Dyadic memory) {
        if (a.mantissa == 0) return b;
        if (b.mantissa == 0) return a;
        int256 unit = (top(a) > top(b) ? top(a) : top(b)) - 120;
        int256 sum = units(a, unit) + units(b, unit);
        return Dyadic(sum < 0, uint256(sum < 0 ? -sum : sum), unit);
    }

    /// @notice a − b, as a sum.
    function sub(Dyadic memory a, Dyadic memory b) internal pure returns (Dyadic memory) {
        return add(a, Dyadic(!b.negative, b.mantissa, b.exponent));
    }

    /// @notice |d|
    function abs(Dyadic memory d) internal pure returns (Dyadic memory) {
        return Dyadic(false, d.mantissa, d.exponent);
    }

    /// @notice d · factor · 2^exponent
    function times(Dyadic memory d, uint256 factor, int256 exponent) internal pure returns (Dyadic memory) {
        return Dyadic(d.negative, d.mantissa * factor, d.exponent + exponent);
    }

    /// @notice a / b, rounded towards zero, with at least 254 bits less those of b, which is not zero.
    function div(Dyadic memory a, Dyadic memory b) internal pure returns (Dyadic memory) {
        uint256 up = 255 - bitLength(a.mantissa);
        return Dyadic(a.negative != b.negative, (a.mantissa << up) / b.mantissa, a.exponent - b.exponent - int256(up));
    }

    /// @notice √d rounded down to 127 or 128 bits; d is positive.
    function sqrt(Dyadic memory d) internal pure returns (Dyadic memory) {
        uint256 up = 255 - bitLength(d.mantissa);
        if ((d.exponent - int256(up)) % 2 != 0) --up;
        return Dyadic(false, Math.sqrt(d.mantissa << up), (d.exponent - int256(up)) / 2);
    }

    /// @return top the least number with |d| < 2^top; the least integer for zero
    function top(Dyadic memory d) internal pure returns (int256) {
        return d.mantissa == 0 ? type(int256).min : d.exponent + int256(bitLength(d.mantissa));
    }

    /// @notice |d| / 2^unit, truncated. The quotient must be less than 2^256.
    function magnitude(Dyadic memory d, int256 unit) internal pure returns (uint256) {
        int256 shift = d.exponent - unit;
        return shift < 0 ? d.mantissa >> uint256(-shift) : d.mantissa << uint256(shift);
    }

    /// @notice d / 2^unit, truncated towards zero. Its magnitude must be less than 2^255.
    function units(Dyadic memory d, int256 unit) internal pure returns (int256) {
        int256 m = int256(magnitude(d, unit));
        return d.negative ? -m : m;
    }

    function bitLength(uint256 v) internal pure returns (uint256 length) {
        assembly ("memory-safe") {
            length := sub(256, clz(v))
        }
    }
}
