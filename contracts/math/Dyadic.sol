// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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
