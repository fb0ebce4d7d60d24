// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Full binary keccak-256 trees of programs and traces (docs/protocol.md §1.5, §1.6).
/// @dev Every kind of leaf and the inner nodes carry tags of their own, so none can pass for another; because the tree
/// is full, a leaf authenticates only with a path of exactly the tree's depth.
library KeccakTree {
    /// @notice The index does not fit a path of this length.
    error IndexBeyondTree(uint256 index, uint256 depth);
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
        hash = leaf;
        for (uint256 h = 0; h < path.length; ++h) {
            hash = (index >> h) & 1 == 0 ? _node(hash, path[h]) : _node(path[h], hash);
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
                    require(used < siblings.length, PathLength(used + 1, siblings.length));
                    other = siblings[used++];
                }
                hashes[parents] = position & 1 == 0 ? _node(hash, other) : _node(other, hash);
                index[parents] = position >> 1;
            }
            count = parents;
        }
        require(used == siblings.length, PathLength(used, siblings.length));
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
