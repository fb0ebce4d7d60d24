// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorRow} from "./TensorRow.sol";
import {TensorView} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {IntExp} from "../math/IntExp.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {DType, Node} from "../types/Program.sol";

/// @notice y = e^(x_j − max) / Σ e^(x_i − max) over the normalised axes, within the error of evaluating it in binary32
/// (docs/protocol.md §2.7).
library Softmax {
    using TensorRow for TensorView;

    // INVARIANT: the sums below fit their words.
    uint256 private constant LONGEST = 1 << 20;
    // Differences are in units of 2^-104; e^-180 < 2^-259 counts as nothing.
    uint256 private constant FARTHEST = 180 << 104;
    // What _fixedPoint makes of −∞: 2^208 and more below every finite number.
    int256 private constant NEGATIVE_INFINITY = -(1 << 232);

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        if (node.output.dtype != DType.FLOAT32) revert Element.DTypeUnsupported(node.opcode, node.output.dtype);
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        (uint256[] memory row, uint256 j) =
            x[0].through(coords, uint256(node.attributes[0]), uint256(node.attributes[1]), LONGEST);
        return _within(row, j, claimed);
    }

    /// @dev A NaN or +∞ makes every element of the row a NaN, as does a row of nothing but −∞: max − x_i or Σ is a NaN.
    /// Beside a finite maximum −∞ is infinitely far away: e^-d is 0. Else, with d_i = max − x_i, Σ = Σ e^-d_i and y = e^-d_j / Σ:
    ///
    ///     |claimed − y| ≤ y · 2^-24 · (d_j + Σ d_i e^-d_i / Σ + n + 20 + floor(n² / 2^23)) + n · 2^-126
    ///
    /// multiplied by Σ. x_i is cut to units of 2^-104, so every d_i is off by less than 2^-103 and e^-d_i, with the
    /// error of IntExp, by less than 2^-96 of itself and one unit of 2^-120; so is Σ, which is at least 1, by less
    /// than 2^-95 of itself (n ≤ 2^20). The test is made in units of 2^-200 with a slack of 2^-90 of all its terms
    /// and four units, which is less than 2^-65 of the bound.
    function _within(uint256[] memory row, uint256 j, uint256 claimed) private pure returns (bool) {
        unchecked {
            uint256 n = row.length;
            int256 greatest = type(int256).min;
            for (uint256 i = 0; i < n; ++i) {
                uint256 bits = row[i];
                if (!Float32.isFinite(bits)) {
                    if (bits != Float32.SIGN | Float32.INFINITY) return Float32.isNaN(claimed);
                }
                int256 fixedPoint = _fixedPoint(bits);
                row[i] = uint256(fixedPoint);
                if (fixedPoint > greatest) greatest = fixedPoint;
            }
            if (greatest == NEGATIVE_INFINITY) return Float32.isNaN(claimed);
            if (!Float32.isFinite(claimed)) return false;

            uint256 sum; // Σ, in units of 2^-120
            uint256 weighted; // Σ d_i e^-d_i, in units of 2^-120
            for (uint256 i = 0; i < n; ++i) {
                uint256 d = uint256(greatest - int256(row[i]));
                if (d > FARTHEST) continue;
                (uint256 g, uint256 h) = IntExp.expNegative(d);
                g >>= h;
                sum += g;
                weighted += (g * d) >> 104;
            }

            uint256 own = uint256(greatest - int256(row[j]));
            uint256 term; // e^-d_j, in units of 2^-200
            uint256 k = n + 20 + ((n * n) >> 23);
            k = (k << 64) + ((weighted << 64) / sum) + 2; // in units of 2^-64, rounded up
            if (own <= FARTHEST) {
                (uint256 f, uint256 h) = IntExp.expNegative(own);
                term = h > 80 ? f >> (h - 80) : f << (80 - h);
                k += own >> 40;
            }
            return _near(claimed, sum, term, k, n);
        }
    }

    /// @dev |claimed · Σ − e^-d_j| ≤ e^-d_j · 2^-24 · K + n · 2^-126 · Σ, in units of 2^-200.
    function _near(uint256 claimed, uint256 sum, uint256 term, uint256 k, uint256 n) private pure returns (bool) {
        (bool negative, uint256 mantissa, int256 exponent) = Float32.decode(claimed);
        // The bound is less than 1, so 2 and more are out of the question.
        if (exponent > -23) return false;
        unchecked {
            int256 shift = exponent + 80;
            uint256 product = shift < 0 ? (mantissa * sum) >> uint256(-shift) : (mantissa * sum) << uint256(shift);
            uint256 distance = negative ? product + term : product > term ? product - term : term - product;
            uint256 tiny = (n * sum) >> 46;
            uint256 bound = ((((term >> 30) + 1) * k) >> 58) + tiny;
            return distance <= bound + ((term + product + tiny) >> 90) + 4;
        }
    }

    /// @dev The number in units of 2^-104, truncated towards zero; −∞ as if it were the number after the lowest.
    function _fixedPoint(uint256 bits) private pure returns (int256) {
        unchecked {
            uint256 field = (bits >> 23) & 0xff;
            uint256 mantissa = bits & 0x7fffff;
            if (field == 0) field = 1;
            else mantissa |= 0x800000;
            // mantissa · 2^(field − 150 + 104)
            mantissa = field < 46 ? mantissa >> (46 - field) : mantissa << (field - 46);
            return bits & Float32.SIGN == 0 ? int256(mantissa) : -int256(mantissa);
        }
    }
}
