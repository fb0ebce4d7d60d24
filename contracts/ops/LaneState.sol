// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Float32} from "../math/Float32.sol";
import {Node} from "../types/Program.sol";

/// @notice Lanes in the words that a reduction carries: eight of 32 bits or four of 64 in each, the first lowest.
library LaneState {
    /// @notice The operator has no order of additions of this name.
    error ScheduleUnknown(uint256 chunk, uint256 flags);

    /// @notice Refuses the row's order of additions, unless it is one of its operator's.
    /// @dev INVARIANT: an order that is not defined is refused. A verdict would free the element, or convict an honest run.
    function requireSchedule(Node memory node, bool known) internal pure {
        if (!known) revert ScheduleUnknown(node.chunk, node.flags);
    }

    /// @notice `count` lanes of `width` bits, a power of two.
    function unpack(uint256 word, uint256 count, uint256 width) internal pure returns (uint256[] memory lanes) {
        lanes = new uint256[](count);
        unchecked {
            uint256 mask = (1 << width) - 1;
            for (uint256 i = 0; i < count; ++i) lanes[i] = (word >> (i * width)) & mask;
        }
    }

    function pack(uint256[] memory lanes, uint256 width) internal pure returns (uint256 word) {
        unchecked {
            for (uint256 i = 0; i < lanes.length; ++i) word |= lanes[i] << (i * width);
        }
    }

    /// @notice Where a reduction that goes over n numbers several times takes the positions from `from` to before `until`: the
    /// numbers of one pass among them.
    function inPass(uint256 pass, uint256 n, uint256 from, uint256 until) internal pure returns (uint256, uint256) {
        return (_within(pass * n, n, from), _within(pass * n, n, until));
    }

    function _within(uint256 start, uint256 n, uint256 position) private pure returns (uint256) {
        if (position <= start) return 0;
        return position - start < n ? position - start : n;
    }

    /// @notice An integer below 2^24, not 0, as a binary32 number.
    function fromInteger(uint256 n) internal pure returns (uint256 bits) {
        assembly ("memory-safe") {
            let zeros := sub(clz(n), 232) // of its 24 bits
            bits := add(shl(23, sub(149, zeros)), shl(zeros, n))
        }
    }

    /// @notice A binary32 number in canonical form: whoever computes a state finds these very words.
    function canonical(uint256 bits) internal pure returns (uint256) {
        if (Float32.isZero(bits)) return 0;
        return Float32.isNaN(bits) ? Float32.NAN : bits;
    }

    /// @notice Leaves `value` in the first lane and nothing in the others.
    function closeWith(uint256[] memory lanes, uint256 value) internal pure {
        for (uint256 i = 1; i < lanes.length; ++i) lanes[i] = 0;
        lanes[0] = value;
    }
}
