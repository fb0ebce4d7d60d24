// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Dyadic, Dyadics} from "../math/Dyadic.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {DType, Node} from "../types/Program.sol";

/// @notice y = (x − mean) · s + B with s = scale / √(var + ε), within the error of evaluating it in binary32
/// (docs/protocol.md §2.7).
library BatchNormalization {
    using TensorViews for TensorView;
    using Dyadics for Dyadic;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        if (node.output.dtype != DType.FLOAT32) revert Element.DTypeUnsupported(node.opcode, node.output.dtype);
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        uint256[6] memory v; // X, scale, B, mean, var, ε
        v[0] = x[0].bits(TensorIndex.offset(coords, x[0].strides));
        for (uint256 i = 1; i < 5; ++i) v[i] = x[i].bits(coords[1] * x[i].strides[0]);
        v[5] = uint256(node.attributes[0]) & 0xffffffff;
        for (uint256 i = 0; i < 6; ++i) if (!Float32.isFinite(v[i])) return _special(v, claimed);

        Dyadic memory w = _positiveSum(Dyadics.fromFloat(v[4]), Dyadics.fromFloat(v[5]));
        // The root of a negative number is a NaN, and the reciprocal of that of zero an infinity.
        if (w.mantissa == 0) return !Float32.isFinite(claimed);
        int256 top = w.top();
        if (top > 127 && _overflows(v)) return Float32.same(claimed, v[2]);
        // Where subnormal numbers are flushed to zero, the reciprocal of the root of one is an infinity.
        if (top < -125 && !Float32.isFinite(claimed)) return true;
        // w is exact, or cut by less than 2^-199 of it; the root of that has 127 or 128 bits and loses less than 2^-126 of
        // itself, and the quotient, of at least 126 bits, less than 2^-125.
        Dyadic memory s = Dyadics.fromFloat(v[1]).div(w.sqrt());
        return _within(Dyadics.fromFloat(v[0]), Dyadics.fromFloat(v[3]), Dyadics.fromFloat(v[2]), s, claimed);
    }

    /// @notice Whether var + ε, rounded, is +∞: then s is zero, and B remains of everything.
    function _overflows(uint256[6] memory v) private pure returns (bool) {
        return RoundedArithmetic.add(v[4], v[5]) == Float32.INFINITY;
    }

    /// @notice The verdict where one of the numbers is not finite. A NaN never disappears, and an infinity only in a
    /// reciprocal: as part of var + ε.
    function _special(uint256[6] memory v, uint256 claimed) private pure returns (bool) {
        for (uint256 i = 0; i < 6; ++i) if (Float32.isNaN(v[i])) return Float32.isNaN(claimed);
        if (!Float32.isFinite(v[0]) || !Float32.isFinite(v[2]) || !Float32.isFinite(v[3])) {
            return Float32.sumOf(_kinds(v), claimed);
        }
        if (!Float32.isFinite(v[1])) return !Float32.isFinite(claimed);
        return _overflows(v) ? Float32.same(claimed, v[2]) : Float32.isNaN(claimed);
    }

    /// @dev What is not finite of X · s − mean · s + B. The sign of s is that of scale, which is finite.
    function _kinds(uint256[6] memory v) private pure returns (uint256 kinds) {
        bool known = Float32.isFinite(v[1]) && Float32.isFinite(v[4]) && Float32.isFinite(v[5]);
        if (!known || _positiveSum(Dyadics.fromFloat(v[4]), Dyadics.fromFloat(v[5])).mantissa == 0) return Float32.UNKNOWN;
        uint256 sign = v[1] & Float32.SIGN;
        if (!Float32.isFinite(v[0])) kinds |= Float32.kindOf(v[0] ^ sign);
        if (!Float32.isFinite(v[3])) kinds |= Float32.kindOf(v[3] ^ sign ^ Float32.SIGN);
        // An infinity times a zero.
        if (kinds != 0 && Float32.isZero(v[1])) return Float32.POSITIVE | Float32.NEGATIVE;
        if (!Float32.isFinite(v[2])) kinds |= Float32.kindOf(v[2]);
    }

    /// @dev a + b, or 0 if that is not positive, in the unit of the lesser one; but what lies more than 200 bits below
    /// the unit of the greater one is cut.
    function _positiveSum(Dyadic memory a, Dyadic memory b) private pure returns (Dyadic memory w) {
        int256 unit = a.exponent < b.exponent ? a.exponent : b.exponent;
        // The exponent of a zero is the least there is, and must not make the other one lose anything.
        if (a.mantissa == 0) unit = b.exponent;
        if (b.mantissa == 0) unit = a.exponent;
        int256 least = (a.exponent > b.exponent ? a.exponent : b.exponent) - 200;
        if (unit < least) unit = least;
        int256 sum = a.units(unit) + b.units(unit);
        if (sum > 0) (w.mantissa, w.exponent) = (uint256(sum), unit);
    }

    /// @dev |claimed − (xs − μs + b)| ≤ 10 · 2^-24 · M + (|x| + |μ| + 4) · 2^-126 with M = |xs| + |μs| + |b|.
    ///
    /// All terms are brought to one unit, 2^-220 of the largest, and cut there: four terms of the difference and three
    /// of the last summand lose less than one unit each; s is off by less than 2^-124 of itself. The test is made in
    /// units 2^24 times finer, with a slack of M · 2^-99 + 2^27 for both: less than 2^-90 of the bound.
    function _within(Dyadic memory x, Dyadic memory mean, Dyadic memory b, Dyadic memory s, uint256 claimed)
        private
        pure
        returns (bool)
    {
        Dyadic memory xs = x.mul(s);
        Dyadic memory ms = mean.mul(s);
        int256 top = _max(_max(xs.top(), ms.top()), b.top());
        int256 factor = s.top();
        // INVARIANT: where s reaches 2^127, or a term 2^125, an intermediate result may overflow and leave an infinity
        // or a NaN; where s, xs or μs reaches 2^130, it does: the nearest number to it, or to what is left of it after
        // a finite number was added, is an infinity.
        if (!Float32.isFinite(claimed)) return top > 125 || factor > 127;
        if (top > 130 || factor > 130) return false;
        Dyadic memory y = Dyadics.fromFloat(claimed);
        Dyadic memory tinyX = Dyadic(false, x.mantissa, x.exponent - 126);
        Dyadic memory tinyMean = Dyadic(false, mean.mantissa, mean.exponent - 126);
        Dyadic memory tiny = Dyadic(false, 1, -124);
        top = _max(_max(top, y.top()), _max(_max(tinyX.top(), tinyMean.top()), tiny.top()));

        int256 unit = top - 220;
        int256 difference = y.units(unit) - xs.units(unit) + ms.units(unit) - b.units(unit);
        uint256 distance = uint256(difference < 0 ? -difference : difference);
        uint256 magnitude = xs.magnitude(unit) + ms.magnitude(unit) + b.magnitude(unit);
        uint256 underflow = tinyX.magnitude(unit) + tinyMean.magnitude(unit) + tiny.magnitude(unit);
        return distance << 24 <= 10 * magnitude + (underflow << 24) + (magnitude >> 99) + (1 << 27);
    }

    function _max(int256 a, int256 b) private pure returns (int256) {
        return a > b ? a : b;
    }
}
