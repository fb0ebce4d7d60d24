// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorRow} from "./TensorRow.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Broadcast} from "../math/Broadcast.sol";
import {Dyadic, Dyadics} from "../math/Dyadic.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {Length} from "../math/Length.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {DType, Node} from "../types/Program.sol";

/// @notice y = g · (x − μ) / √(V + ε) + b, μ and V being mean and variance over the last axes, within the error of
/// evaluating it in binary32 (docs/protocol.md §2.7).
library LayerNormalization {
    using TensorViews for TensorView;
    using TensorRow for TensorView;
    using Dyadics for Dyadic;

    // INVARIANT: what the bound leaves out is of second order, and the sums below fit their words.
    uint256 private constant LONGEST = 1 << 13;
    // INVARIANT: 2^-100 <= ε <= 1: nothing that underflows counts beside it, and it makes nothing overflow.
    uint256 private constant LEAST_EPSILON = 0x0d800000;
    uint256 private constant LARGEST_EPSILON = 0x3f800000;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        if (node.output.dtype != DType.FLOAT32) revert Element.DTypeUnsupported(node.opcode, node.output.dtype);
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        uint256 epsilon = uint256(node.attributes[1]) & 0xffffffff;
        if (epsilon < LEAST_EPSILON || epsilon > LARGEST_EPSILON) revert Length.AttributeNotJudged(epsilon);
        (uint256[] memory row, uint256 j) = x[0].through(coords, uint256(node.attributes[0]), coords.length, LONGEST);
        uint256 g = x[1].bits(Broadcast.offset(element, node.output.dims, x[1].dims, x[1].strides));
        uint256 b = x[2].width == 0 ? 0 : x[2].bits(Broadcast.offset(element, node.output.dims, x[2].dims, x[2].strides));
        uint256 largest;
        assembly ("memory-safe") {
            for { let p := add(row, shl(5, mload(row))) } gt(p, row) { p := sub(p, 32) } {
                let magnitude := and(mload(p), 0x7fffffff)
                if gt(magnitude, largest) { largest := magnitude }
            }
        }
        // A NaN never disappears, and x − μ of an infinite x is one, so that V is.
        if (largest >= Float32.INFINITY || Float32.isNaN(g) || Float32.isNaN(b)) return Float32.isNaN(claimed);
        // A zero times an infinity is a NaN, everything else an infinity.
        if (!Float32.isFinite(g)) return !Float32.isFinite(claimed);
        if (!Float32.isFinite(b)) return Float32.sumOf(Float32.kindOf(b), claimed);
        (Dyadic memory size, Dyadic memory own, Dyadic memory spread) = _moments(row, j, largest >> 23);
        return _within(row.length, size, own, spread, epsilon, g, b, claimed);
    }

    /// @return size Σ|x|
    /// @return own n · (x_j − μ)
    /// @return spread n² · V
    ///
    /// @dev A number is v · 2^(field − 150), v < 2^24 and its exponent field being at least 1. All are cut to units of
    /// 2^(top − 226), where `top` is the greatest field: less than 2^100 units each, 2^213 for the sum of their squares and
    /// 2^226 for n times that. √V is their distance from what has no variance: cutting moves it by less than a unit, as μ.
    function _moments(uint256[] memory row, uint256 j, uint256 top)
        private
        pure
        returns (Dyadic memory size, Dyadic memory own, Dyadic memory spread)
    {
        int256 sum;
        uint256 squares;
        uint256 magnitudes;
        assembly ("memory-safe") {
            top := or(top, iszero(top))
            for { let p := add(row, shl(5, mload(row))) } gt(p, row) { p := sub(p, 32) } {
                let bits := mload(p)
                let field := and(shr(23, bits), 0xff)
                let v := or(and(bits, 0x7fffff), shl(23, iszero(iszero(field))))
                field := add(or(field, iszero(field)), 76)
                // A shift by what is negative leaves nothing.
                v := or(shl(sub(field, top), v), shr(sub(top, field), v))
                magnitudes := add(magnitudes, v)
                squares := add(squares, mul(v, v))
                v := mul(v, sub(1, shr(30, and(bits, 0x80000000))))
                sum := add(sum, v)
                mstore(p, v)
            }
        }
        int256 n = int256(row.length);
        int256 distance = n * int256(row[j]) - sum;
        int256 exponent = int256(top) - 226;
        size = Dyadic(false, magnitudes, exponent);
        own = Dyadic(distance < 0, uint256(distance < 0 ? -distance : distance), exponent);
        spread = Dyadic(false, squares * uint256(n) - uint256(sum * sum), 2 * exponent);
    }

    /// @dev With A = Σ|x| / n and σ = √(V + ε)
    ///
    ///     D = (2n + 8) · 2^-24 · (A + 2^-102)
    ///     s, z = σ − 5D/4, (x_j − μ) / σ  if 4D <= σ, else √ε, 0
    ///     Z = (|x_j − μ| + D) / s · (1 + (n + 32) · 2^-25)
    ///     |claimed − (g · z + b)| <= |g| · (Z − |z|) + 2^-23 · |b| + (Z + |g| + 4) · 2^-126
    ///
    /// The computed mean is off by less than D, the root is at least s, its roundings apart, and the quotient at most Z.
    ///
    /// All but z and Z are formed n times as large. Cutting the numbers moves n · (x_j − μ) and n · σ by less than 2n units,
    /// which is less than 2^-70 of D, and every operation here loses less than 2^-117 of its larger operand, of which the
    /// bound has more than 2^-26: the test is made with a slack of 2^-60 of the bound.
    function _within(
        uint256 n,
        Dyadic memory size,
        Dyadic memory own,
        Dyadic memory spread,
        uint256 epsilon,
        uint256 g,
        uint256 b,
        uint256 claimed
    ) private pure returns (bool) {
        // INVARIANT: from Σ|x| >= 2^127 on, a partial sum may overflow, and the mean is an infinity or a NaN.
        if (Float32.isNaN(claimed)) return size.top() > 127;
        // INVARIANT: from Σ|x| >= 2^63 on, a sum of squares may overflow: then the root is +∞, and b is left.
        if (size.top() > 63 && Float32.same(claimed, b)) return true;

        Dyadic memory least = Dyadics.fromFloat(epsilon).times(n * n, 0);
        Dyadic memory sigma = spread.add(least).sqrt();
        Dyadic memory off = size.add(Dyadic(false, n, -102)).times(2 * n + 8, -24);
        bool known = !sigma.sub(off.times(4, 0)).negative;
        Dyadic memory s = known ? sigma.sub(off.times(5, -2)) : least.sqrt();
        // n · s >= 2^72: a sum of squares does overflow.
        if (s.top() > 72) return false;

        Dyadic memory reach = own.abs().add(off).times((1 << 25) + n + 32, -25).div(s);
        Dyadic memory z = own.times(known ? 1 : 0, 0).div(sigma);
        Dyadic memory gain = Dyadics.fromFloat(g);
        Dyadic memory bias = Dyadics.fromFloat(b);
        // INVARIANT: a product, or its sum with b, may overflow.
        if (!Float32.isFinite(claimed)) return gain.mul(reach).abs().add(bias.abs()).top() > 127;

        Dyadic memory bound = gain.abs().mul(reach.sub(z.abs())).add(bias.abs().times(1, -23));
        bound = bound.add(reach.add(gain.abs()).add(Dyadic(false, 4, 0)).times(1, -126));
        Dyadic memory distance = Dyadics.fromFloat(claimed).sub(bias).sub(gain.mul(z)).abs();
        return !bound.add(bound.times(1, -60)).sub(distance).negative;
    }
}
