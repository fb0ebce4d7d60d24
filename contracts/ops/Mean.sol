// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "./Carried.sol";
import {Region, Regions} from "./Region.sol";
import {TensorView} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {Length} from "../math/Length.sol";
import {DType, Node} from "../types/Program.sol";

/// @notice The mean of some elements, within the error of summing in any order (docs/protocol.md §2.7).
library Mean {
    using Regions for Region;

    // INVARIANT: the sums below fit their words.
    uint256 private constant LONGEST = 1 << 22;

    /// @notice Words of the state: the position, the sums of _add, and whether a number was not finite.
    uint256 internal constant WORDS = 6;
    uint256 private constant SPECIAL = 5;

    /// @notice Adds the elements from the carried position to before `until` to the state.
    /// @return n number of all elements that the claimed one is the mean of
    function reduce(Node memory node, Region memory region, TensorView memory x, uint256 until, uint256[] memory state)
        internal
        pure
        returns (uint256 n)
    {
        if (node.output.dtype != DType.FLOAT32) revert Element.DTypeUnsupported(node.opcode, node.output.dtype);
        n = region.size;
        // INVARIANT: nothing has no mean; the inequality below would admit every number.
        if (n == 0) revert Length.LengthNotJudged(0, LONGEST);
        Length.requireAtMost(LONGEST, n);
        until = Carried.within(state[0], until, n);
        _add(region.read(x, state[0], until), state);
    }

    /// @notice Whether `claimed` is admissible as the mean of `n` elements, given the state after all of them:
    ///
    ///     |claimed · n − Σx| ≤ K · 2^-24 · Σ|x| + n · 2^-126 with K = n + 3 + floor((n + 1)² / 2^23)
    function admissible(uint256[] memory state, uint256 n, uint256 claimed) internal pure returns (bool) {
        if (state[SPECIAL] != 0) return Float32.sumOf(state[SPECIAL], claimed);
        (int256 low, int256 high, uint256 lowMagnitude, uint256 highMagnitude) = _sums(state);
        unchecked {
            uint256 k = n + 3 + (((n + 1) * (n + 1)) >> 23);
            if (highMagnitude == 0) {
                // Everything is below 2: the test is exact, in units of 2^-149.
                if ((claimed >> 23) & 0xff > 160) return false;
                uint256 distance = _distance(_scaled(claimed, 149) * int256(n), low);
                return distance << 24 <= lowMagnitude * k + (n << 47);
            }
            // In units of 2^-102, of which the magnitude has at least 2^103. What is cut off is less than one unit of the
            // sum, n of claimed · n and K of the bound, and n · 2^-126 is less than one: all together less than 2^-77 of
            // the bound. A number has less than 2^230 units, n of them less than 2^252, and those times 2^-24 · K less
            // than 2^252: nothing exceeds its word.
            uint256 magnitude = (highMagnitude << 80) + (lowMagnitude >> 47);
            // INVARIANT: where Σ|x| reaches 2^127, a partial sum may overflow and leave an infinity or a NaN.
            if (!Float32.isFinite(claimed)) return magnitude >= 1 << 229;
            uint256 off = _distance(_scaled(claimed, 102) * int256(n), (high << 80) + (low >> 47));
            return off <= ((magnitude >> 24) + 1) * k + n + 3;
        }
    }

    /// @dev Adds numbers to the state. A number is mantissa · 2^(e − 150), its exponent field e being at least 1. Numbers
    /// of e < 128 go into the first two bins, in units of 2^-150 (a product with 2^e is even), the others into the next
    /// two, in units of 2^-22: one of either kind takes less than 2^152 units. Positive and negative numbers are kept
    /// apart.
    function _add(uint256[] memory values, uint256[] memory state) private pure {
        uint256 special;
        assembly ("memory-safe") {
            let bins := add(state, 64)
            let p := add(values, 32)
            for { let end := add(p, shl(5, mload(values))) } lt(p, end) { p := add(p, 32) } {
                let bits := mload(p)
                let e := and(shr(23, bits), 0xff)
                let subnormal := iszero(e)
                special := or(special, add(e, 1))
                e := or(e, subnormal)
                let mantissa := or(and(bits, 0x7fffff), shl(23, iszero(subnormal)))
                let bin := add(bins, or(and(shr(1, e), 64), shl(5, shr(31, bits))))
                mstore(bin, add(mload(bin), shl(and(e, 127), mantissa)))
            }
        }
        if (special < 256) return;
        for (uint256 i = 0; i < values.length; ++i) {
            if (!Float32.isFinite(values[i])) state[SPECIAL] |= Float32.kindOf(values[i]);
        }
    }

    /// @notice The exact sums of the numbers and of their magnitudes, each as low · 2^-149 + high · 2^-22.
    function _sums(uint256[] memory state)
        private
        pure
        returns (int256 low, int256 high, uint256 lowMagnitude, uint256 highMagnitude)
    {
        unchecked {
            (uint256 positive, uint256 negative) = (state[1], state[2]);
            low = int256(positive >> 1) - int256(negative >> 1);
            lowMagnitude = (positive + negative) >> 1;
            (positive, negative) = (state[3], state[4]);
            high = int256(positive) - int256(negative);
            highMagnitude = positive + negative;
        }
    }

    /// @dev The number in units of 2^-scale, truncated towards zero.
    function _scaled(uint256 bits, uint256 scale) private pure returns (int256) {
        (bool negative, uint256 mantissa, int256 exponent) = Float32.decode(bits);
        unchecked {
            int256 shift = exponent + int256(scale);
            uint256 magnitude = shift < 0 ? mantissa >> uint256(-shift) : mantissa << uint256(shift);
            return negative ? -int256(magnitude) : int256(magnitude);
        }
    }

    function _distance(int256 a, int256 b) private pure returns (uint256) {
        unchecked {
            return uint256(a > b ? a - b : b - a);
        }
    }
}
