// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "./Carried.sol";
import {Float32} from "../math/Float32.sol";
import {LaneExp} from "../math/LaneExp.sol";
import {LaneState} from "./LaneState.sol";
import {LaneSums} from "../math/LaneSums.sol";
import {Length} from "../math/Length.sol";
import {Node} from "../types/Program.sol";
import {Region, Regions} from "./Region.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice Softmax in the order in which onnxruntime adds, in 16 lanes or 8 (docs/protocol.md §2.13): two passes over a row, for its
/// maximum and for Σe^(x − max).
library SoftmaxLanes {
    using LaneState for uint256[];
    using Regions for Region;
    using TensorViews for TensorView;

    /// @notice Words of the state: the position, the maximum, the lanes.
    uint256 internal constant WORDS = 4;
    uint256 private constant MAXIMUM = 1;
    uint256 private constant LANES = 2;
    uint256 private constant LONGEST = 1 << 20;
    uint256 private constant ONE = 0x3f800000;
    uint256 private constant LOWEST = 0xff800000; // −∞

    /// @notice Takes the numbers at the positions from the carried one to before `until` to the state.
    function reduce(Node memory node, uint256 element, TensorView[] memory x, uint256 until, uint256[] memory state)
        internal
        pure
    {
        LaneState.requireSchedule(node, (node.chunk == 16 || node.chunk == 8) && node.flags == 0);
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        Region memory row = Regions.through(coords, uint256(node.attributes[0]), uint256(node.attributes[1]), x[0]);
        uint256 n = row.size;
        Length.requireAtMost(LONGEST, n);
        until = Carried.within(state[0], until, 2 * n);
        (uint256 from, uint256 end) = LaneState.inPass(0, n, state[0], until);
        if (from < end) state[MAXIMUM] = _maximum(row.read(x[0], from, end), from == 0 ? LOWEST : state[MAXIMUM]);
        (from, end) = LaneState.inPass(1, n, state[0], until);
        // Nothing comes of a row whose maximum is not finite.
        if (from == end || !Float32.isFinite(state[MAXIMUM])) return;
        uint256[] memory lanes = _lanes(node, state);
        for (uint256 j = 0; j < lanes.length; ++j) lanes[j] = LaneSums.toUnits(lanes[j]);
        LaneExp.add(lanes, row.read(x[0], from, end), from, state[MAXIMUM]);
        (state[LANES], state[LANES + 1]) = (0, 0);
        for (uint256 j = 0; j < lanes.length; ++j) state[LANES + j / 8] |= LaneSums.toBits(lanes[j]) << (32 * (j % 8));
    }

    /// @notice Whether `claimed` is e^(x − max) · RN(1 / Σ), given the state after both passes; a NaN where the maximum is not finite.
    /// Sixteen lanes are folded to eight, and those in pairs.
    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x, uint256[] memory state)
        internal
        pure
        returns (bool)
    {
        uint256 max = state[MAXIMUM];
        if (!Float32.isFinite(max)) return Float32.isNaN(claimed);
        uint256[] memory l = _lanes(node, state);
        for (uint256 j = 8; j < l.length; ++j) l[j - 8] = RoundedArithmetic.add(l[j - 8], l[j]);
        uint256 sum = RoundedArithmetic.add(_four(l, 0), _four(l, 4));
        uint256 own = x[0].bits(TensorIndex.commitOffset(element, node.output.dims, x[0].strides));
        uint256 e = LaneSums.toBits(LaneExp.power(own, max, node.chunk));
        return Float32.same(RoundedArithmetic.mul(e, RoundedArithmetic.div(ONE, sum)), claimed);
    }

    /// @dev The greatest of the numbers and of that so far, in canonical form; a NaN once one of them is a NaN or +∞.
    function _maximum(uint256[] memory x, uint256 max) private pure returns (uint256) {
        unchecked {
            if (Float32.isNaN(max)) return max;
            int256 greatest = Float32.order(max);
            for (uint256 k = 0; k < x.length; ++k) {
                uint256 bits = x[k];
                if (bits & 0x7fffffff >= Float32.INFINITY && bits != LOWEST) return Float32.NAN;
                int256 order = Float32.order(bits);
                if (order > greatest) (greatest, max) = (order, bits);
            }
            return LaneState.canonical(max);
        }
    }

    function _lanes(Node memory node, uint256[] memory state) private pure returns (uint256[] memory lanes) {
        lanes = new uint256[](node.chunk);
        unchecked {
            for (uint256 j = 0; j < lanes.length; ++j) lanes[j] = (state[LANES + j / 8] >> (32 * (j % 8))) & 0xffffffff;
        }
    }

    function _four(uint256[] memory l, uint256 j) private pure returns (uint256) {
        return RoundedArithmetic.add(RoundedArithmetic.add(l[j], l[j + 1]), RoundedArithmetic.add(l[j + 2], l[j + 3]));
    }
}
