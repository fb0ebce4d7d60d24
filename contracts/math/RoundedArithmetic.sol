// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Float32} from "./Float32.sol";

/// @notice Correctly rounded binary32 sum, product, quotient and root (round to nearest even, subnormals kept).
library RoundedArithmetic {
    function add(uint256 a, uint256 b) internal pure returns (uint256) {
        if (Float32.isNaN(a) || Float32.isNaN(b)) return Float32.NAN;
        if (!Float32.isFinite(a)) return Float32.isFinite(b) || a == b ? a : Float32.NAN;
        if (!Float32.isFinite(b)) return b;
        (bool negativeA, uint256 x, int256 ex) = Float32.decode(a);
        (bool negativeB, uint256 y, int256 ey) = Float32.decode(b);
        if (x == 0) return b;
        if (y == 0) return a;
        unchecked {
            if (ex < ey) (negativeA, x, ex, negativeB, y, ey) = (negativeB, y, ey, negativeA, x, ex);
            uint256 gap = uint256(ex - ey);
            if (gap > 64) {
                // y < 2^24 · 2^(ex − 65) is less than 2^-40 units of x, which is normal (its exponent is not the
                // least): any nonzero amount of that sign rounds alike.
                (y, ey, gap) = (1, ex - 64, 64);
            }
            int256 sum = (negativeA ? -int256(x) : int256(x)) << gap;
            sum += negativeB ? -int256(y) : int256(y);
            return Float32.round(sum < 0, uint256(sum < 0 ? -sum : sum), ey, false);
        }
    }

    function sub(uint256 a, uint256 b) internal pure returns (uint256) {
        return add(a, b ^ Float32.SIGN);
    }

    function mul(uint256 a, uint256 b) internal pure returns (uint256) {
        if (Float32.isNaN(a) || Float32.isNaN(b)) return Float32.NAN;
        bool negative = (a ^ b) & Float32.SIGN != 0;
        if (!Float32.isFinite(a) || !Float32.isFinite(b)) {
            if (Float32.isZero(a) || Float32.isZero(b)) return Float32.NAN;
            return negative ? Float32.SIGN | Float32.INFINITY : Float32.INFINITY;
        }
        (, uint256 x, int256 ex) = Float32.decode(a);
        (, uint256 y, int256 ey) = Float32.decode(b);
        unchecked {
            return Float32.round(negative, x * y, ex + ey, false);
        }
    }

    function div(uint256 a, uint256 b) internal pure returns (uint256) {
        if (Float32.isNaN(a) || Float32.isNaN(b)) return Float32.NAN;
        bool negative = (a ^ b) & Float32.SIGN != 0;
        uint256 infinity = negative ? Float32.SIGN | Float32.INFINITY : Float32.INFINITY;
        if (!Float32.isFinite(a)) return Float32.isFinite(b) ? infinity : Float32.NAN;
        if (!Float32.isFinite(b)) return negative ? Float32.SIGN : 0;
        if (Float32.isZero(b)) return Float32.isZero(a) ? Float32.NAN : infinity;
        (, uint256 x, int256 ex) = Float32.decode(a);
        (, uint256 y, int256 ey) = Float32.decode(b);
        unchecked {
            // x · 2^64 / y has at least 41 bits when x is not zero; what the division drops is sticky.
            x <<= 64;
            uint256 quotient = x / y;
            return Float32.round(negative, quotient, ex - ey - 64, quotient * y != x);
        }
    }

    /// @notice The root of a number; of a negative one NaN.
    function sqrt(uint256 a) internal pure returns (uint256) {
        if (Float32.isNaN(a)) return Float32.NAN;
        if (Float32.isZero(a)) return 0;
        if (a & Float32.SIGN != 0) return Float32.NAN;
        if (!Float32.isFinite(a)) return a;
        (, uint256 x, int256 ex) = Float32.decode(a);
        unchecked {
            // x · 2^64 or x · 2^65, so that its exponent is even: the root has at least 33 bits; what it drops is sticky.
            uint256 up = 64 + uint256(ex & 1);
            x <<= up;
            uint256 root = Math.sqrt(x);
            return Float32.round(false, root, (ex - int256(up)) / 2, root * root != x);
        }
    }
}
