// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {KeccakTree} from "./KeccakTree.sol";
import {TensorPlaces} from "./TensorPlaces.sol";

/// @notice The keccak-256 tree over the roots of all computed tensors, and the commitment to it (docs/protocol.md §1.6).
library TraceTree {
    /// @notice The place has another number of hashes than are shown.
    error TraceHashes(uint256 expected, uint256 given);
    /// @notice The hashes shown are not those of the trace.
    error NotTheTrace(bytes32 traceRoot, bytes32 computed);

    /// @dev Stands for the trace tree itself in the names of places. Tensors are numbered in 32 bits, so none has this id.
    uint256 internal constant ID = 1 << 32;

    /// @dev INVARIANT: a trace is as deep as its program says, and with it every path: a leaf hash could be an inner
    /// node in a deeper tree, and one tensor have two roots. The tree's root gives way to its depth in the low byte.
    function seal(bytes32 root, uint256 depth) internal pure returns (bytes32) {
        return bytes32(((uint256(root) >> 8) << 8) | depth);
    }

    function depthOf(bytes32 traceRoot) internal pure returns (uint256) {
        return uint8(uint256(traceRoot));
    }

    /// @return the commitment of the trace in which the tensor has this root under this path
    function sealFrom(bytes32 tensorRoot, uint256 tensorId, bytes32[] calldata path) internal pure returns (bytes32) {
        return seal(KeccakTree.rootFrom(KeccakTree.traceLeaf(tensorRoot), tensorId, path), path.length);
    }

    /// @notice The nodes that hashes of a place stand for: at the level of the leaves they are tensor roots, and zero
    /// past the last tensor.
    function nodes(bytes32[] calldata hashes, bool leaves) internal pure returns (bytes32[] memory list) {
        list = hashes;
        if (!leaves) return list;
        // keccak(0x00 ‖ root), as KeccakTree.traceLeaf
        assembly ("memory-safe") {
            mstore8(0x00, 0)
            let end := add(list, shl(5, add(mload(list), 1)))
            for { let word := add(list, 0x20) } lt(word, end) { word := add(word, 0x20) } {
                if mload(word) {
                    mstore(0x01, mload(word))
                    mstore(word, keccak256(0x00, 0x21))
                }
            }
        }
    }

    function demanded(uint256 depth, uint256 place) internal pure returns (bytes32) {
        // INVARIANT: what stands below a node is asked for, never a leaf: its content is a tensor's root, no bytes.
        if (place >> 32 >= depth) revert TensorPlaces.NoSuchPlace(ID, place >> 32, uint32(place), depth);
        return TensorPlaces.demanded(ID, depth, place);
    }

    /// @return the name of the place whose hashes are shown, all of them the trace's
    function revealed(uint256 index, bytes32[] calldata siblings, bytes32[] calldata hashes, bytes32 traceRoot)
        internal
        pure
        returns (bytes32)
    {
        uint256 depth = depthOf(traceRoot);
        uint256 level = siblings.length;
        if (level >= depth) revert TensorPlaces.NoSuchPlace(ID, level, index, depth);
        uint256 span = TensorPlaces.spanBelow(depth, level);
        if (hashes.length != 1 << span) revert TraceHashes(1 << span, hashes.length);
        bytes32 node = KeccakTree.root(nodes(hashes, level + span == depth));
        bytes32 computed = seal(KeccakTree.rootFrom(node, index, siblings), depth);
        if (computed != traceRoot) revert NotTheTrace(traceRoot, computed);
        return TensorPlaces.hashes(ID, level, index, hashes.length);
    }
}
