// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Names of the parts of a trace that can be asked for: a leaf, or the hashes some levels below an inner node
/// (docs/protocol.md §4.2).
library TensorPlaces {
    /// @notice The tensor's tree has no node in this place.
    error NoSuchPlace(uint256 tensorId, uint256 level, uint256 index, uint256 depth);

    /// @notice Levels between a node and the hashes that are asked for: 64 of them, or all leaves where fewer remain.
    uint256 internal constant SPAN = 6;

    /// @param place level below the root · 2³² + index within the level; at the level of the leaves a leaf's content
    /// is meant, above it the hashes below the node
    function demanded(uint256 tensorId, uint256 depth, uint256 place) internal pure returns (bytes32) {
        uint256 level = place >> 32;
        uint256 index = uint32(place);
        // INVARIANT: what is asked for exists in every trace, or an honest operator could be asked for what nobody has.
        if (level > depth || index >> level != 0) revert NoSuchPlace(tensorId, level, index, depth);
        if (level == depth) return leaf(tensorId, depth, index);
        return hashes(tensorId, level, index, 1 << spanBelow(depth, level));
    }

    /// @return levels that the hashes stand below a node of this level
    function spanBelow(uint256 depth, uint256 level) internal pure returns (uint256) {
        uint256 span = depth - level;
        return span < SPAN ? span : SPAN;
    }

    function leaf(uint256 tensorId, uint256 depth, uint256 index) internal pure returns (bytes32) {
        return keccak256(abi.encode(tensorId, depth, index, 1));
    }

    /// @param count of the hashes: at least two
    function hashes(uint256 tensorId, uint256 level, uint256 index, uint256 count) internal pure returns (bytes32) {
        return keccak256(abi.encode(tensorId, level, index, count));
    }
}
