// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Binary64} from "../math/Binary64.sol";
import {Broadcast} from "../math/Broadcast.sol";
import {Carried} from "./Carried.sol";
import {Float32} from "../math/Float32.sol";
import {FmaChain} from "../math/FmaChain.sol";
import {LaneState} from "./LaneState.sol";
import {FixedPoint, LaneSums} from "../math/LaneSums.sol";
import {Length} from "../math/Length.sol";
import {Node} from "../types/Program.sol";
import {Region, Regions} from "./Region.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice LayerNormalization in the order in which onnxruntime adds (docs/protocol.md §2.13): two passes over a row, for Σx in four
/// binary64 lanes and for Σ(x − mean)² in eight binary32 lanes.
library LayerNormalizationLanes {
    using LaneState for uint256[];
    using Regions for Region;
    using TensorViews for TensorView;

    /// @notice Words of the state: the position, the lanes of either pass.
    uint256 internal constant WORDS = 3;
    uint256 private constant SUM = 1;
    uint256 private constant SQUARES = 2;
    uint256 private constant ONE = 0x3f800000;
    // INVARIANT: no fast path overflows.
    uint256 private constant LONGEST = 1 << 16;

    /// @notice Adds the numbers at the positions from the carried one to before `until` to the state.
    function reduce(Node memory node, uint256 element, TensorView[] memory x, uint256 until, uint256[] memory state)
        internal
        pure
    {
        LaneState.requireSchedule(node, node.chunk == 8 && node.flags == 0);
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        Region memory row = Regions.through(coords, uint256(node.attributes[0]), coords.length, x[0]);
        uint256 n = row.size;
        Length.requireAtMost(LONGEST, n);
        until = Carried.within(state[0], until, 2 * n);
        (uint256 from, uint256 end) = LaneState.inPass(0, n, state[0], until);
        uint256[] memory values;
        FixedPoint memory f;
        if (from < end) {
            values = row.read(x[0], from, end);
            f = LaneSums.fixedPoint(values);
            state[SUM] = _sum(values, f, from, n, state[SUM]);
        }
        bool whole = end - from == n;
        (from, end) = LaneState.inPass(1, n, state[0], until);
        if (from == end) return;
        // Where nothing is judged in pieces both passes go over the same numbers.
        if (!whole || end < n) {
            values = row.read(x[0], from, end);
            f = LaneSums.fixedPoint(values);
        }
        state[SQUARES] = _squares(values, f, from, n, state[SQUARES], _mean(state, n));
    }

    /// @notice Whether `claimed` is fma((x − mean)·i, g, b), and without b ((x − mean)·i)·g, given the state after both passes;
    /// i = 1 / √(Σ(x − mean)² / n + ε).
    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x, uint256[] memory state)
        internal
        pure
        returns (bool)
    {
        uint256[] memory dims = node.output.dims;
        uint256 n = 1;
        for (uint256 a = uint256(node.attributes[0]); a < dims.length; ++a) n *= dims[a];
        uint256 variance = RoundedArithmetic.div(_folded(LaneState.unpack(state[SQUARES], 8, 32)), LaneState.fromInteger(n));
        variance = RoundedArithmetic.add(variance, uint256(node.attributes[1]) & 0xffffffff);
        uint256 z = x[0].bits(TensorIndex.commitOffset(element, dims, x[0].strides));
        z = RoundedArithmetic.sub(z, _mean(state, n));
        z = RoundedArithmetic.mul(z, RoundedArithmetic.div(ONE, RoundedArithmetic.sqrt(variance)));
        uint256 g = x[1].bits(Broadcast.offset(element, dims, x[1].dims, x[1].strides));
        if (x[2].width == 0) return Float32.same(RoundedArithmetic.mul(z, g), claimed);
        uint256 b = x[2].bits(Broadcast.offset(element, dims, x[2].dims, x[2].strides));
        return Float32.same(FmaChain.fma(z, g, b), claimed);
    }

    /// @dev Four lanes; what is left over after them is added to their sum, number for number.
    function _sum(uint256[] memory x, FixedPoint memory f, uint256 i, uint256 n, uint256 word) private pure returns (uint256) {
        uint256[] memory lanes = LaneState.unpack(word, 4, 64);
        uint256 rest = n - n % 4;
        uint256 count = _before(rest, i, x.length);
        LaneSums.add64(lanes, f, x, count, i);
        unchecked {
            for (uint256 k = count; k < x.length; ++k) {
                if (i + k == rest) lanes.closeWith(_total(lanes));
                lanes[0] = Binary64.add(lanes[0], Binary64.from(x[k]));
            }
        }
        return lanes.pack(64);
    }

    /// @dev Eight lanes; of what is left over after them a whole four is multiplied and added, the others fused.
    function _squares(
        uint256[] memory x,
        FixedPoint memory f,
        uint256 i,
        uint256 n,
        uint256 word,
        uint256 mean
    ) private pure returns (uint256) {
        uint256[] memory lanes = LaneState.unpack(word, 8, 32);
        uint256 rest = n - n % 8;
        uint256 count = _before(rest, i, x.length);
        LaneSums.addSquares(lanes, f, x, count, i, mean);
        unchecked {
            for (uint256 k = count; k < x.length; ++k) {
                if (i + k == rest) lanes.closeWith(_folded(lanes));
                uint256 d = RoundedArithmetic.sub(x[k], mean);
                lanes[0] = i + k < n - n % 4
                    ? RoundedArithmetic.add(lanes[0], RoundedArithmetic.mul(d, d))
                    : FmaChain.fma(d, d, lanes[0]);
            }
        }
        for (uint256 j = 0; j < 8; ++j) lanes[j] = LaneState.canonical(lanes[j]);
        return lanes.pack(32);
    }

    /// @dev How many of `count` numbers from number i on lie before number `rest`.
    function _before(uint256 rest, uint256 i, uint256 count) private pure returns (uint256) {
        unchecked {
            if (i >= rest) return 0;
            return rest - i < count ? rest - i : count;
        }
    }

    function _total(uint256[] memory l) private pure returns (uint256) {
        return Binary64.add(Binary64.add(l[0], l[2]), Binary64.add(l[1], l[3]));
    }

    function _folded(uint256[] memory l) private pure returns (uint256) {
        uint256[4] memory t;
        for (uint256 j = 0; j < 4; ++j) t[j] = RoundedArithmetic.add(l[j], l[j + 4]);
        return RoundedArithmetic.add(RoundedArithmetic.add(t[0], t[2]), RoundedArithmetic.add(t[1], t[3]));
    }

    function _mean(uint256[] memory state, uint256 n) private pure returns (uint256) {
        return Binary64.toFloat(Binary64.div(_total(LaneState.unpack(state[SUM], 4, 64)), n));
    }
}
