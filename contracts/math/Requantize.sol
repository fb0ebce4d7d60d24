// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "./Float32.sol";
import {RoundedArithmetic} from "./RoundedArithmetic.sol";

/// @notice From the int32 sum of a quantised dot product to its 8-bit output (docs/protocol.md §2.5).
library Requantize {
    using Float32 for uint256;

    /// @return the factor RN(RN(x · w) / y) of three scales
    function factor(uint256 x, uint256 w, uint256 y) internal pure returns (uint256) {
        return RoundedArithmetic.div(RoundedArithmetic.mul(x, w), y);
    }

    /// @notice The int32 that a sum wraps around to.
    function wrap(int256 sum) internal pure returns (int256 wrapped) {
        assembly ("memory-safe") {
            wrapped := signextend(3, sum)
        }
    }

    /// @notice RN(sum), times the scale, rounded; clamped to [low − zero, high − zero]; rounded to an integer, ties to
    /// even; plus zero.
    /// @param sum an int32
    /// @return determined false if the product is a NaN: then the result depends on the processor
    /// @return q the result, if it is determined
    function quantize(int256 sum, uint256 scale, int256 zero, int256 low, int256 high)
        internal
        pure
        returns (bool determined, int256 q)
    {
        unchecked {
            uint256 value = Float32.round(sum < 0, uint256(sum < 0 ? -sum : sum), 0, false);
            value = RoundedArithmetic.mul(value, scale);
            if (value.isNaN()) return (false, 0);
            (int256 least, int256 most) = (low - zero, high - zero);
            if (value & 0x7fffffff >= 0x45000000) {
                // At least 2^11 in magnitude: past any limit.
                q = value & Float32.SIGN != 0 ? least : most;
            } else {
                (bool negative, uint256 mantissa, int256 exponent) = value.decode();
                q = exponent < -60 ? int256(0) : _nearest(mantissa, uint256(-exponent));
                if (negative) q = -q;
                // The limits are integers, so clamping after rounding to an integer is clamping before it.
                if (q < least) q = least;
                if (q > most) q = most;
            }
            return (true, q + zero);
        }
    }

    /// @dev mantissa / 2^shift to the nearest integer, ties to even; shift is 13 at least, as the value is below 2^11.
    function _nearest(uint256 mantissa, uint256 shift) private pure returns (int256) {
        unchecked {
            return int256((mantissa + (1 << (shift - 1)) - 1 + ((mantissa >> shift) & 1)) >> shift);
        }
    }
}
