// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Full binary keccak-256 trees of programs and traces (docs/protocol.md §1.5, §1.6).
/// @dev Every kind of leaf and the inner nodes carry tags of their own, so none can pass for another; because the tree
/// is full, a leaf authenticates only with a path of exactly the tree's depth.
library KeccakTree {
    /// @notice The index does not fit a path of this length.
    error IndexBeyondTree(uint256 index, uint256 depth);

    function rowLeaf(bytes calldata row) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), row));
    }

    function headerLeaf(bytes calldata header) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(2), header));
    }

    function traceLeaf(bytes32 tensorRoot) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore8(0x00, 0)
            mstore(0x01, tensorRoot)
            hash := keccak256(0x00, 0x21)
        }
    }

    /// @return hash the root of the tree in which `leaf` stands at `index` under `path`, siblings bottom first
    function rootFrom(bytes32 leaf, uint256 index, bytes32[] calldata path) internal pure returns (bytes32 hash) {
        require(path.length < 64 && index >> path.length == 0, IndexBeyondTree(index, path.length));
        assembly ("memory-safe") {
            hash := leaf
            let free := mload(0x40)
            mstore8(free, 1)
            let next := path.offset
            for { let end := add(next, shl(5, path.length)) } lt(next, end) { next := add(next, 32) } {
                // The left child stands first.
                let right := shl(5, and(index, 1))
                mstore(add(free, add(1, right)), hash)
                mstore(add(free, sub(33, right)), calldataload(next))
                hash := keccak256(free, 65)
                index := shr(1, index)
            }
        }
    }

    /// @return the root over `leaves`, which it overwrites; positions past the last leaf hold zero
    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        // `pad` is the root of a tree of absent leaves of the present height.
        bytes32 pad;
        uint256 count = leaves.length;
        while (count > 1) {
            uint256 parents = (count + 1) >> 1;
            for (uint256 i = 0; i < parents; ++i) {
                leaves[i] = _node(leaves[2 * i], 2 * i + 1 < count ? leaves[2 * i + 1] : pad);
            }
            pad = _node(pad, pad);
            count = parents;
        }
        return count == 0 ? bytes32(0) : leaves[0];
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 1)
            mstore(add(free, 0x01), left)
            mstore(add(free, 0x21), right)
            hash := keccak256(free, 0x41)
        }
    }
}
