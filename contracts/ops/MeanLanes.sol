// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "./Carried.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {LaneState} from "./LaneState.sol";
import {LaneSums} from "../math/LaneSums.sol";
import {Length} from "../math/Length.sol";
import {DType, Node} from "../types/Program.sol";
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

/// @notice A mean in one of the orders in which onnxruntime adds (docs/protocol.md §2.13).
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
    function reduce(
        Node memory node,
        uint256 element,
        Region memory region,
        TensorView memory x,
        uint256 until,
        uint256[] memory state
    ) internal pure {
        if (node.output.dtype != DType.FLOAT32) revert Element.DTypeUnsupported(node.opcode, node.output.dtype);
        Additions memory a = _additions(node, element, x, region.size);
        if (a.n == 0) revert Length.LengthNotJudged(0, LONGEST);
        Length.requireAtMost(LONGEST, a.n);
        until = Carried.within(state[0], until, a.n);
        uint256[] memory values = region.read(x, state[0], until);
        Partial memory p = _load(state);
        for (uint256 k = 0; k < values.length;) k = _add(a, p, values, k, state[0] + k);
        for (uint256 j = 0; j < 8; ++j) p.lanes[j] = LaneState.canonical(p.lanes[j]);
        for (uint256 j = 0; j < 3; ++j) p.head[j] = LaneState.canonical(p.head[j]);
        (state[LANES], state[TOTAL]) = (p.lanes.pack(32), p.head.pack(32) << 32 | LaneState.canonical(p.total));
    }

    /// @notice Whether `claimed` is Σ / n, given the state after all numbers.
    function admissible(uint256[] memory state, uint256 n, uint256 claimed) internal pure returns (bool) {
        Partial memory p = _load(state);
        uint256 sum = RoundedArithmetic.add(p.total, _open(p));
        return Float32.same(RoundedArithmetic.div(sum, LaneState.fromInteger(n)), claimed);
    }

    function _additions(Node memory node, uint256 element, TensorView memory x, uint256 n)
        private
        pure
        returns (Additions memory a)
    {
        a.order = node.chunk + 256 * uint256(node.flags);
        bool known = a.order == VECTORS || a.order == FOUR_LANES || a.order == ONE_BY_ONE || a.order == GROUPS;
        LaneState.requireSchedule(node, known);
        (a.n, a.size) = (n, 1);
        // The last axes, as far as they are reduced, are a block.
        uint256 axis = x.dims.length;
        for (uint256 i = node.attributes.length; i > 0 && axis > 0 && uint256(node.attributes[i - 1]) == axis - 1; --i) {
            a.size *= x.dims[--axis];
        }
        a.first = element * a.size;
        a.stride = node.output.size * a.size;
    }

    /// @dev Adds number i, which is x[k], and those after it that are added in the same way.
    /// @return next the first of x that is left
    function _add(Additions memory a, Partial memory p, uint256[] memory x, uint256 k, uint256 i)
        private
        pure
        returns (uint256 next)
    {
        if (a.order == VECTORS) return _addToBlock(a, p, x, k, i);
        (uint256 left, uint256 mask) = (a.n - i, 0);
        uint256 rest = a.n - a.n % 4;
        if (a.order == FOUR_LANES) {
            if (i < rest) (left, mask) = (rest - i, 3);
            else if (i == rest) p.lanes.closeWith(LaneState.canonical(_four(p.lanes)));
        } else if (a.order == GROUPS) {
            // Fours, then two, then one, each added among themselves first.
            left = i < rest ? 4 - i % 4 : a.n - rest < 2 || i > rest + 1 ? 1 : rest + 2 - i;
        }
        next = _put(p, x, k, left, i, mask);
        if (a.order == GROUPS && next - k == left) {
            p.total = RoundedArithmetic.add(p.total, p.lanes[0]);
            p.lanes[0] = 0;
        }
    }

    /// @dev Of a block two vectors of four in turn, which begin at a boundary of 16 bytes; then one more, if it is there, then what
    /// was before, then the rest.
    function _addToBlock(Additions memory a, Partial memory p, uint256[] memory x, uint256 k, uint256 i)
        private
        pure
        returns (uint256 next)
    {
        uint256 size = a.size;
        uint256 skipped = (4 - (a.first + (i / size) * a.stride) % 4) % 4;
        if (skipped > size) skipped = size;
        uint256 pairs = skipped + ((size - skipped) & ~uint256(7));
        uint256 whole = skipped + ((size - skipped) & ~uint256(3));
        i %= size;
        if (whole != skipped && i < skipped) {
            p.head[i] = x[k];
            return k + 1;
        }
        (uint256 left, uint256 mask) = (size - i, 0);
        if (whole != skipped) {
            if (i == pairs) _fold(p.lanes);
            if (i == whole) _close(p, _open(p));
            if (i < pairs) (left, mask) = (pairs - i, 7);
            else if (i < whole) (left, mask) = (whole - i, 3);
        }
        next = _put(p, x, k, left, i + 8 - skipped, mask);
        if (i + next - k != size) return next;
        p.total = RoundedArithmetic.add(p.total, _open(p));
        _close(p, 0);
    }

    /// @dev At most `most` numbers from x[k] on, as many as there are.
    function _put(Partial memory p, uint256[] memory x, uint256 k, uint256 most, uint256 lane, uint256 mask)
        private
        pure
        returns (uint256 next)
    {
        next = x.length - k < most ? x.length : k + most;
        LaneSums.add(p.lanes, x, k, next, lane, mask);
    }

    /// @dev What stands in the lanes and before them.
    function _open(Partial memory p) private pure returns (uint256 sum) {
        _fold(p.lanes);
        sum = _four(p.lanes);
        for (uint256 j = 0; j < 3; ++j) sum = RoundedArithmetic.add(sum, p.head[j]);
    }

    function _close(Partial memory p, uint256 sum) private pure {
        p.lanes.closeWith(LaneState.canonical(sum));
        for (uint256 j = 0; j < 3; ++j) p.head[j] = 0;
    }

    function _fold(uint256[] memory l) private pure {
        for (uint256 j = 0; j < 4; ++j) (l[j], l[j + 4]) = (LaneState.canonical(RoundedArithmetic.add(l[j], l[j + 4])), 0);
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
