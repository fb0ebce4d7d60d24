// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorRun} from "../merkle/TensorRun.sol";
import {TensorView} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {DType, Node} from "../types/Program.sol";

/// @notice The mean over some axes, within the error of summing in any order (docs/protocol.md §2.7).
library ReduceMean {
    using TensorRun for TensorView;

    // INVARIANT: the sums below fit their words. A row this long cannot be opened in one transaction anyway.
    uint256 private constant LONGEST = 1 << 22;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        require(node.output.dtype == DType.FLOAT32, Element.DTypeUnsupported(node.opcode, node.output.dtype));
        uint256[] memory values = _row(node, element, x[0]);
        if (values.length == 0 || values.length > LONGEST) return true;
        return _within(values, claimed);
    }

    /// @dev All elements that the claimed one is the mean of. Reduced axes have length 1 in the output, or are gone.
    function _row(Node memory node, uint256 element, TensorView memory x) private pure returns (uint256[] memory) {
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        uint256 rank = x.dims.length;
        uint256 reduced = node.attributes.length;
        bool kept = coords.length == rank;
        uint256[] memory dims = new uint256[](reduced);
        uint256[] memory strides = new uint256[](reduced);
        uint256 base;
        uint256 i;
        for (uint256 a = 0; a < rank; ++a) {
            if (i < reduced && uint256(node.attributes[i]) == a) {
                (dims[i], strides[i]) = (x.dims[a], x.strides[a]);
                ++i;
            } else {
                base += coords[kept ? a : a - i] * x.strides[a];
            }
        }
        return x.words(base, dims, strides);
    }

    /// @dev |claimed · n − Σx| ≤ K · 2^-24 · Σ|x| + n · 2^-126 with K = n + 3 + floor((n + 1)² / 2^23).
    function _within(uint256[] memory values, uint256 claimed) private pure returns (bool) {
        (bool finite, int256 low, int256 high, uint256 lowMagnitude, uint256 highMagnitude) = _sums(values);
        if (!finite) return true;
        unchecked {
            uint256 n = values.length;
            uint256 k = n + 3 + (((n + 1) * (n + 1)) >> 23);
            if (highMagnitude == 0) {
                // Everything is below 2: the test is exact, in units of 2^-149.
                if ((claimed >> 23) & 0xff > 160) return false;
                uint256 distance = _distance(_scaled(claimed, 149) * int256(n), low);
                return distance << 24 <= lowMagnitude * k + (n << 47);
            }
            // In units of 2^-102, of which the magnitude has at least 2^103. What is cut off is less than one unit of the
            // sum, n of claimed · n and K of the bound, and n · 2^-126 is less than one: all together less than 2^-77 of
            // the bound.
            uint256 magnitude = (highMagnitude << 80) + (lowMagnitude >> 47);
            // INVARIANT: where partial sums could overflow, an honest result may be infinite or NaN.
            if (magnitude >= 1 << 229) return true; // Σ|x| ≥ 2^127
            if (!Float32.isFinite(claimed)) return false;
            uint256 off = _distance(_scaled(claimed, 102) * int256(n), (high << 80) + (low >> 47));
            return off <= ((magnitude >> 24) + 1) * k + n + 3;
        }
    }

    /// @notice The exact sums of the numbers and of their magnitudes, each as low · 2^-149 + high · 2^-22.
    /// @return finite whether all numbers are
    ///
    /// @dev A number is mantissa · 2^(e − 150), its exponent field e being at least 1. Numbers of e < 128 go into low,
    /// in units of 2^-150 (a product with 2^e is even), the others into high: one of either kind takes less than 2^152
    /// units. Positive and negative numbers are kept apart.
    function _sums(uint256[] memory values)
        private
        pure
        returns (bool finite, int256 low, int256 high, uint256 lowMagnitude, uint256 highMagnitude)
    {
        uint256[4] memory bins; // low positive, low negative, high positive, high negative
        assembly ("memory-safe") {
            let special := 0
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
            finite := iszero(and(special, 0x100))
        }
        unchecked {
            low = int256(bins[0] >> 1) - int256(bins[1] >> 1);
            high = int256(bins[2]) - int256(bins[3]);
            lowMagnitude = (bins[0] + bins[1]) >> 1;
            highMagnitude = bins[2] + bins[3];
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
