// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Full binary keccak-256 trees of programs and traces (docs/protocol.md §1.5, §1.6).
/// @dev Every kind of leaf and the inner nodes carry tags of their own, so none can pass for another; because the tree
/// is full, a leaf authenticates only with a path of exactly the tree's depth.
library KeccakTree {
    /// @notice The index does not fit a path of this length.
    error IndexBeyondTree(uint256 index, uint256 depth);
    /// @notice The hashes below a node are not a power of two.
    error HashCount(uint256 given);
    /// @notice The proof has not as many siblings as the nodes need that it is to lift.
    error PathLength(uint256 used, uint256 given);

    /// @return d ceil(log2(number of leaves))
    function depth(uint256 leaves) internal pure returns (uint256 d) {
        if (leaves < 2) return 0;
        assembly ("memory-safe") {
            d := sub(256, clz(sub(leaves, 1)))
        }
    }

    function rowLeaf(bytes calldata row) internal pure returns (bytes32) {
        return _tagged(0, row);
    }

    function headerLeaf(bytes calldata header) internal pure returns (bytes32) {
        return _tagged(2, header);
    }

    function _tagged(uint8 tag, bytes calldata content) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, tag)
            calldatacopy(add(free, 1), content.offset, content.length)
            hash := keccak256(free, add(content.length, 1))
        }
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
        if (path.length >= 64 || index >> path.length != 0) revert IndexBeyondTree(index, path.length);
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

    /// @notice Replaces nodes of one level by their ancestors `levels` above, as they are with these siblings.
    /// @dev As in TensorTree.rootFrom: two known neighbours make their parent, a known node without a known neighbour
    /// takes the next sibling.
    /// @param index of the nodes within their level, strictly ascending
    /// @param siblings in every level from left to right, bottom level first
    /// @return count of the ancestors, which stand first in both lists
    function lift(uint256[] memory index, bytes32[] memory hashes, uint256 levels, bytes32[] calldata siblings)
        internal
        pure
        returns (uint256 count)
    {
        count = index.length;
        uint256 used;
        for (uint256 h = 0; h < levels; ++h) {
            uint256 parents;
            for (uint256 i = 0; i < count; ++parents) {
                uint256 position = index[i];
                bytes32 hash = hashes[i++];
                bytes32 other;
                if (i < count && index[i] == position ^ 1) {
                    other = hashes[i++];
                } else {
                    if (used >= siblings.length) revert PathLength(used + 1, siblings.length);
                    other = siblings[used++];
                }
                hashes[parents] = position & 1 == 0 ? _node(hash, other) : _node(other, hash);
                index[parents] = position >> 1;
            }
            count = parents;
        }
        if (used != siblings.length) revert PathLength(used, siblings.length);
    }

    /// @notice The node above hashes that stand side by side, a power of two of them, which it overwrites.
    /// @dev Two neighbours lie as they are hashed but for the tag, which takes the last byte of the word before them: that
    /// was hashed already, or is the length, which is put back.
    function root(bytes32[] memory hashes) internal pure returns (bytes32 hash) {
        uint256 count = hashes.length;
        if (count == 0 || count & (count - 1) != 0) revert HashCount(count);
        assembly ("memory-safe") {
            let first := add(hashes, 0x20)
            for { let left := count } gt(left, 1) { left := shr(1, left) } {
                let end := add(first, shl(5, left))
                let parent := first
                for { let pair := first } lt(pair, end) { pair := add(pair, 0x40) } {
                    mstore8(sub(pair, 1), 1)
                    mstore(parent, keccak256(sub(pair, 1), 0x41))
                    parent := add(parent, 0x20)
                }
            }
            mstore(hashes, count)
            hash := mload(first)
        }
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
