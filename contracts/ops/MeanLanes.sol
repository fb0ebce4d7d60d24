// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "./Carried.sol";
import {Float32} from "../math/Float32.sol";
import {LaneState} from "./LaneState.sol";
import {Length} from "../math/Length.sol";
import {Node} from "../types/Program.sol";
import {Region, Regions} from "./Region.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";
import {TensorView} from "../merkle/TensorView.sol";

/// @dev How the numbers of a mean are added, and where they stand in memory: in blocks of so many, which begin at these places of
/// their tensor.
struct Additions {
    uint256 order;
    uint256 n;
    uint256 size;
    uint256 first;
    uint256 stride;
}

/// @dev Eight lanes; the numbers before the first whole vector of a block; and the sum of what is closed.
struct Partial {
    uint256[] lanes;
    uint256[] head;
    uint256 total;
}

/// @notice A mean in one of the orders in which onnxruntime adds (docs/protocol.md §2.12).
library MeanLanes {
    using LaneState for uint256[];
    using Regions for Region;

    /// @notice Words of the state: the position, the lanes, the total with the head above it.
    uint256 internal constant WORDS = 3;
    uint256 private constant LANES = 1;
    uint256 private constant TOTAL = 2;
    uint256 private constant LONGEST = 1 << 22;

    // Orders: chunk + 256 · flags.
    uint256 private constant VECTORS = 8;
    uint256 private constant FOUR_LANES = 4;
    uint256 private constant ONE_BY_ONE = 1;
    uint256 private constant GROUPS = 257;

    /// @notice Adds the numbers at the positions from the carried one to before `until` to the state.
    function reduce(Node memory node, uint256 element, TensorView memory x, uint256 until, uint256[] memory state)
        internal
        pure
    {
        Region memory region = Regions.alongAxes(node, element, x);
        Additions memory a = _additions(node, element, x, region.size);
        if (a.n == 0) revert Length.LengthNotJudged(0, LONGEST);
        Length.requireAtMost(LONGEST, a.n);
        until = Carried.within(state[0], until, a.n);
        uint256[] memory values = region.read(x, state[0], until);
        Partial memory p = _load(state);
        for (uint256 k = 0; k < values.length; ++k) _add(a, p, values[k], state[0] + k);
        for (uint256 j = 0; j < 8; ++j) p.lanes[j] = LaneState.canonical(p.lanes[j]);
        for (uint256 j = 0; j < 3; ++j) p.head[j] = LaneState.canonical(p.head[j]);
        (state[LANES], state[TOTAL]) = (p.lanes.pack(32), p.head.pack(32) << 32 | LaneState.canonical(p.total));
    }

    /// @notice Whether `claimed` is Σ / n, given the state after all numbers.
    function admissible(Node memory node, uint256 claimed, TensorView memory x, uint256[] memory state)
        internal
        pure
        returns (bool)
    {
        uint256 n = 1;
        for (uint256 i = 0; i < node.attributes.length; ++i) n *= x.dims[uint256(node.attributes[i])];
        Partial memory p = _load(state);
        uint256 sum = RoundedArithmetic.add(p.total, _open(p));
        return Float32.same(RoundedArithmetic.div(sum, Float32.round(false, n, 0, false)), claimed);
    }

    function _additions(Node memory node, uint256 element, TensorView memory x, uint256 n)
        private
        pure
        returns (Additions memory a)
    {
        a.order = node.chunk + 256 * uint256(node.flags);
        if (a.order != VECTORS && a.order != FOUR_LANES && a.order != ONE_BY_ONE && a.order != GROUPS) {
            revert LaneState.ScheduleUnknown(node.chunk, node.flags);
        }
        (a.n, a.size) = (n, 1);
        // The last axes, as far as they are reduced, are a block.
        uint256 axis = x.dims.length;
        for (uint256 i = node.attributes.length; i > 0 && axis > 0 && uint256(node.attributes[i - 1]) == axis - 1; --i) {
            a.size *= x.dims[--axis];
        }
        a.first = element * a.size;
        a.stride = node.output.size * a.size;
    }

    /// @dev Adds number i.
    function _add(Additions memory a, Partial memory p, uint256 x, uint256 i) private pure {
        if (a.order == VECTORS) return _addToBlock(a, p, x, i);
        if (a.order == ONE_BY_ONE) return _put(p, 0, x);
        uint256 rest = a.n - a.n % 4;
        if (a.order == FOUR_LANES) {
            if (i == rest) p.lanes.closeWith(_four(p.lanes));
            return _put(p, i < rest ? i % 4 : 0, x);
        }
        // Fours, then two, then one, each added among themselves first.
        _put(p, 0, x);
        bool closes = i < rest ? i % 4 == 3 : a.n - rest < 2 || i != rest;
        if (!closes) return;
        p.total = RoundedArithmetic.add(p.total, p.lanes[0]);
        p.lanes[0] = 0;
    }

    /// @dev Of a block two vectors of four in turn, which begin at a boundary of 16 bytes; then one more, if it is there, then what
    /// was before, then the rest.
    function _addToBlock(Additions memory a, Partial memory p, uint256 x, uint256 i) private pure {
        uint256 size = a.size;
        uint256 skipped = (4 - (a.first + (i / size) * a.stride) % 4) % 4;
        if (skipped > size) skipped = size;
        uint256 pairs = (size - skipped) & ~uint256(7);
        uint256 whole = (size - skipped) & ~uint256(3);
        uint256 k = i % size;
        if (whole == 0) {
            _put(p, 0, x);
        } else if (k < skipped) {
            p.head[k] = x;
        } else {
            uint256 j = k - skipped;
            if (j == pairs) _fold(p.lanes);
            if (j == whole) _close(p, _open(p));
            _put(p, j < pairs ? j % 8 : j < whole ? j % 4 : 0, x);
        }
        if (k != size - 1) return;
        p.total = RoundedArithmetic.add(p.total, _open(p));
        _close(p, 0);
    }

    function _put(Partial memory p, uint256 lane, uint256 x) private pure {
        p.lanes[lane] = RoundedArithmetic.add(p.lanes[lane], x);
    }

    /// @dev What stands in the lanes and before them.
    function _open(Partial memory p) private pure returns (uint256 sum) {
        _fold(p.lanes);
        sum = _four(p.lanes);
        for (uint256 j = 0; j < 3; ++j) sum = RoundedArithmetic.add(sum, p.head[j]);
    }

    function _close(Partial memory p, uint256 sum) private pure {
        p.lanes.closeWith(sum);
        for (uint256 j = 0; j < 3; ++j) p.head[j] = 0;
    }

    function _fold(uint256[] memory l) private pure {
        for (uint256 j = 0; j < 4; ++j) (l[j], l[j + 4]) = (RoundedArithmetic.add(l[j], l[j + 4]), 0);
    }

    function _four(uint256[] memory l) private pure returns (uint256) {
        return RoundedArithmetic.add(RoundedArithmetic.add(l[0], l[2]), RoundedArithmetic.add(l[1], l[3]));
    }

    function _load(uint256[] memory state) private pure returns (Partial memory p) {
        p.lanes = LaneState.unpack(state[LANES], 8, 32);
        p.head = LaneState.unpack(state[TOTAL] >> 32, 3, 32);
        p.total = state[TOTAL] & 0xffffffff;
    }
}
