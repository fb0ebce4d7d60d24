// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FloatFormat} from "./FloatFormat.sol";

/// @notice Correctly rounded sum, product, quotient and root in any format (round to nearest even, subnormals kept).
/// @dev A finite result is made with one bit more than is exact, which is set where anything is dropped: it stands far below the
/// place at which the result is rounded.
library FloatArithmetic {
    function add(uint8 dtype, uint256 a, uint256 b) internal pure returns (uint256) {
        if (FloatFormat.isNaN(dtype, a) || FloatFormat.isNaN(dtype, b)) return FloatFormat.nan(dtype);
        if (!FloatFormat.isFinite(dtype, a)) return FloatFormat.isFinite(dtype, b) || a == b ? a : FloatFormat.nan(dtype);
        if (!FloatFormat.isFinite(dtype, b)) return b;
        (bool negativeA, uint256 x, int256 ex) = FloatFormat.decode(dtype, a);
        (bool negativeB, uint256 y, int256 ey) = FloatFormat.decode(dtype, b);
        unchecked {
            if (ex < ey) (negativeA, x, ex, negativeB, y, ey) = (negativeB, y, ey, negativeA, x, ex);
            // y is less than 2^-75 units of x, which is normal: any nonzero amount of that sign rounds alike.
            if (ex - ey > 128) (y, ey) = (y == 0 ? 0 : 1, ex - 128);
            int256 sum = (negativeA ? -int256(x) : int256(x)) << uint256(ex - ey);
            sum += negativeB ? -int256(y) : int256(y);
            return FloatFormat.round(dtype, sum < 0, uint256(sum < 0 ? -sum : sum), ey);
        }
    }

    function mul(uint8 dtype, uint256 a, uint256 b) internal pure returns (uint256) {
        if (FloatFormat.isNaN(dtype, a) || FloatFormat.isNaN(dtype, b)) return FloatFormat.nan(dtype);
        bool negative = FloatFormat.isNegative(dtype, a) != FloatFormat.isNegative(dtype, b);
        if (!FloatFormat.isFinite(dtype, a) || !FloatFormat.isFinite(dtype, b)) {
            bool hasZero = FloatFormat.same(dtype, a, 0) || FloatFormat.same(dtype, b, 0);
            return hasZero ? FloatFormat.nan(dtype) : FloatFormat.infinityOf(dtype, negative);
        }
        (, uint256 x, int256 ex) = FloatFormat.decode(dtype, a);
        (, uint256 y, int256 ey) = FloatFormat.decode(dtype, b);
        unchecked {
            return FloatFormat.round(dtype, negative, x * y, ex + ey);
        }
    }

    function div(uint8 dtype, uint256 a, uint256 b) internal pure returns (uint256) {
        if (FloatFormat.isNaN(dtype, a) || FloatFormat.isNaN(dtype, b)) return FloatFormat.nan(dtype);
        bool negative = FloatFormat.isNegative(dtype, a) != FloatFormat.isNegative(dtype, b);
        if (!FloatFormat.isFinite(dtype, a)) {
            return FloatFormat.isFinite(dtype, b) ? FloatFormat.infinityOf(dtype, negative) : FloatFormat.nan(dtype);
        }
        if (!FloatFormat.isFinite(dtype, b)) return 0;
        (, uint256 x, int256 ex) = FloatFormat.decode(dtype, a);
        (, uint256 y, int256 ey) = FloatFormat.decode(dtype, b);
        if (y == 0) return x == 0 ? FloatFormat.nan(dtype) : FloatFormat.infinityOf(dtype, negative);
        unchecked {
            x <<= 128;
            uint256 quotient = x / y;
            return FloatFormat.round(dtype, negative, quotient * y == x ? quotient : quotient | 1, ex - ey - 128);
        }
    }

    /// @notice The root of a number; of a negative one NaN.
    function sqrt(uint8 dtype, uint256 a) internal pure returns (uint256) {
        if (FloatFormat.same(dtype, a, 0)) return 0;
        if (FloatFormat.isNaN(dtype, a) || FloatFormat.isNegative(dtype, a)) return FloatFormat.nan(dtype);
        if (!FloatFormat.isFinite(dtype, a)) return a;
        (, uint256 x, int256 ex) = FloatFormat.decode(dtype, a);
        unchecked {
            // x · 2^128 or x · 2^129, so that its exponent is even: the root has at least 65 bits.
            uint256 up = 128 + uint256(ex & 1);
            x <<= up;
            uint256 root = Math.sqrt(x);
            return FloatFormat.round(dtype, false, root * root == x ? root : root | 1, (ex - int256(up)) / 2);
        }
    }

    /// @notice The greater number; a NaN if either is one.
    function max(uint8 dtype, uint256 a, uint256 b) internal pure returns (uint256) {
        if (FloatFormat.isNaN(dtype, a) || FloatFormat.isNaN(dtype, b)) return FloatFormat.nan(dtype);
        return FloatFormat.order(dtype, a) > FloatFormat.order(dtype, b) ? a : b;
    }

    /// @notice The smaller number; a NaN if either is one.
    function min(uint8 dtype, uint256 a, uint256 b) internal pure returns (uint256) {
        if (FloatFormat.isNaN(dtype, a) || FloatFormat.isNaN(dtype, b)) return FloatFormat.nan(dtype);
        return FloatFormat.order(dtype, a) < FloatFormat.order(dtype, b) ? a : b;
    }
}
