// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a reduction carries from one piece to the next: whole words, the first of which is the position.
/// @dev The words stay where they are loaded; what they mean is the operators' affair.
library Carried {
    /// @notice What was carried does not have the size that the operator carries under its rule.
    error CarriedMalformed(uint256 bytesGiven, uint256 bytesExpected);
    /// @notice The positions do not lie inside the reduction, or the piece does not get ahead.
    error PositionOutOfRange(uint256 from, uint256 until, uint256 length);

    /// @dev Stands for the end of a reduction whose length is not known yet.
    uint256 internal constant END = type(uint256).max;

    /// @notice The words carried; zeros in the beginning.
    function load(bytes calldata carried, uint256 words) internal pure returns (uint256[] memory state) {
        if (carried.length != 0 && carried.length != 32 * words) revert CarriedMalformed(carried.length, 32 * words);
        state = new uint256[](words);
        assembly ("memory-safe") {
            calldatacopy(add(state, 32), carried.offset, carried.length)
        }
    }

    /// @notice The words carried, of which a piece shall make those at the position `until`.
    function load(bytes calldata carried, uint256 words, uint256 until) internal pure returns (uint256[] memory state) {
        state = load(carried, words);
        // INVARIANT: every piece gets ahead, so that a reduction ends.
        if (state[0] >= until || until == END) revert PositionOutOfRange(state[0], until, END);
    }

    /// @notice The same words as bytes, in place: they must not be used as words after that.
    function store(uint256[] memory state, uint256 position) internal pure returns (bytes memory carried) {
        state[0] = position;
        assembly ("memory-safe") {
            mstore(state, shl(5, mload(state)))
            carried := state
        }
    }

    /// @notice `until`, or the length where that is meant; the positions must lie inside the reduction.
    function within(uint256 from, uint256 until, uint256 length) internal pure returns (uint256) {
        if (until == END) until = length;
        if (from > until || until > length) revert PositionOutOfRange(from, until, length);
        return until;
    }
}
