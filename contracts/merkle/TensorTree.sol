// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice SHA-256 trees over the bytes of a tensor (docs/protocol.md §1.3).
library TensorTree {
    /// @notice The opened leaves are not strictly ascending or lie beyond the tree.
    error LeavesUnordered(uint256 position);
    /// @notice The opening does not hold 1,024 bytes for each of its leaves, up to the end of the tensor.
    error LeafLength(uint256 leaves, uint256 bytesGiven);
    /// @notice The proof has not as many siblings as the opened leaves need.
    error SiblingCount(uint256 given);
    /// @notice The hashes below a node are not a power of two, or only one.
    error HashCount(uint256 given);
    /// @notice The level has no node of this index.
    error IndexBeyondLevel(uint256 index, uint256 level);

    uint256 internal constant LEAF = 1024;

    /// @return d ceil(log2(number of leaves)) for data of this many bytes
    function depth(uint256 byteLength) internal pure returns (uint256 d) {
        uint256 leaves = byteLength <= LEAF ? 1 : (byteLength + LEAF - 1) / LEAF;
        assembly ("memory-safe") {
            d := sub(256, clz(sub(leaves, 1)))
        }
    }

    /// @notice Root of a tensor given all of its bytes in commit order.
    function root(bytes calldata data) internal view returns (bytes32) {
        uint256 d = depth(data.length);
        uint256 count = data.length <= LEAF ? 1 : (data.length + LEAF - 1) / LEAF;
        bytes32[] memory hashes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 start = i * LEAF;
            uint256 length = data.length - start;
            hashes[i] = _leaf(data[start:start + (length < LEAF ? length : LEAF)]);
        }
        if (d == 0) return hashes[0];
        // `pad` is the root of a tree of zero leaves of the present height.
        bytes32 pad = _leaf(data[0:0]);
        for (uint256 h = 0; h < d; ++h) {
            uint256 parents = (count + 1) >> 1;
            for (uint256 i = 0; i < parents; ++i) {
                hashes[i] = _node(hashes[2 * i], 2 * i + 1 < count ? hashes[2 * i + 1] : pad);
            }
            pad = _node(pad, pad);
            count = parents;
        }
        return hashes[0];
    }

    /// @notice The root that the opened leaves, all of them whole, have in a tree of this depth.
    function rootOfWhole(uint32[] calldata leaves, bytes calldata data, bytes32[] calldata siblings, uint256 d)
        internal
        view
        returns (bytes32)
    {
        if (data.length != LEAF * leaves.length) revert LeafLength(leaves.length, data.length);
        return _rootFrom(leaves, data, siblings, d);
    }

    /// @notice The root that the opened leaves have in the tree of a tensor.
    /// @param leaves indices of the leaves
    /// @param data their contents; of the leaf in which the tensor ends the zeros behind it may be left out
    /// @param siblings in every level from left to right, bottom level first
    /// @param byteLength of the tensor's data
    function rootFrom(uint32[] calldata leaves, bytes calldata data, bytes32[] calldata siblings, uint256 byteLength)
        internal
        view
        returns (bytes32)
    {
        uint256 count = leaves.length;
        unchecked {
            uint256 missing = LEAF * count - data.length;
            if (missing != 0) {
                // INVARIANT: no byte of the tensor is left out, for whoever reads it would find something else there.
                if (missing >= LEAF || count == 0) revert LeafLength(count, data.length);
                uint256 end = LEAF * (uint256(leaves[count - 1]) + 1);
                if (byteLength + missing != end) revert LeafLength(count, data.length);
            }
        }
        return _rootFrom(leaves, data, siblings, depth(byteLength));
    }

    /// @dev Level by level from the bottom: two known neighbours make their parent; a known node without a known
    /// neighbour takes the next sibling. All known nodes of a level are ascending, so one pass a level suffices.
    function _rootFrom(uint32[] calldata leaves, bytes calldata data, bytes32[] calldata siblings, uint256 d)
        private
        view
        returns (bytes32 hash)
    {
        uint256 count = leaves.length;
        if (count == 1) return _rootFromOne(leaves[0], data, siblings, d);
        // Index and hash of every known node of a level, in two words each, behind room for what is hashed. All of it lies
        // in memory that nobody has, nor will before the end.
        uint256 list = _hashLeaves(leaves, data, d);
        uint256 used;
        unchecked {
            for (uint256 h = 0; h < d; ++h) (count, used) = _climb(list, count, siblings, used);
        }
        if (used != siblings.length) revert SiblingCount(siblings.length);
        assembly ("memory-safe") {
            hash := mload(add(list, 32))
        }
    }

    /// @dev The same for a single leaf, whose siblings are a path.
    function _rootFromOne(uint256 leaf, bytes calldata data, bytes32[] calldata siblings, uint256 d)
        private
        view
        returns (bytes32 hash)
    {
        if (leaf >> d != 0) revert LeavesUnordered(0);
        if (siblings.length != d) revert SiblingCount(siblings.length);
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 0)
            let start := add(free, 1)
            calldatacopy(start, data.offset, data.length)
            // Past its end calldata reads as zeros.
            calldatacopy(add(start, data.length), calldatasize(), sub(1024, data.length))
            if iszero(staticcall(gas(), 2, free, 1025, 0x00, 32)) { revert(0x00, 0x00) }
            mstore8(free, 1)
            let next := siblings.offset
            for { let end := add(next, shl(5, d)) } lt(next, end) { next := add(next, 32) } {
                // The left child stands first.
                let right := shl(5, and(leaf, 1))
                mstore(add(start, right), mload(0x00))
                mstore(add(start, sub(32, right)), calldataload(next))
                if iszero(staticcall(gas(), 2, free, 65, 0x00, 32)) { revert(0x00, 0x00) }
                leaf := shr(1, leaf)
            }
            hash := mload(0x00)
        }
    }

    /// @return list memory position of index and hash of every opened leaf
    function _hashLeaves(uint32[] calldata leaves, bytes calldata data, uint256 d) private view returns (uint256 list) {
        uint256 count = leaves.length;
        if (count == 0 || count >> 32 != 0) revert LeafLength(count, data.length);
        uint256 ordered = count;
        assembly ("memory-safe") {
            let free := mload(0x40)
            list := add(free, 1056)
            mstore8(free, 0)
            let index := leaves.offset
            let content := data.offset
            let end := add(content, data.length)
            let next := 0 // least index that the next leaf may have
            for { let to := list } count { count := sub(count, 1) } {
                let leaf := calldataload(index)
                // INVARIANT: ascending and inside the tree: no leaf counts twice, none stands beside the data.
                if or(lt(leaf, next), shr(d, leaf)) { break }
                next := add(leaf, 1)
                mstore(to, leaf)
                calldatacopy(add(free, 1), content, 1024)
                content := add(content, 1024)
                // What is left out of the last leaf is zero. Past its end calldata reads as zeros.
                if gt(content, end) {
                    let missing := sub(content, end)
                    calldatacopy(sub(add(free, 1025), missing), calldatasize(), missing)
                }
                if iszero(staticcall(gas(), 2, free, 1025, add(to, 32), 32)) { revert(0x00, 0x00) }
                to := add(to, 64)
                index := add(index, 32)
            }
            ordered := sub(ordered, count)
        }
        if (count != 0) revert LeavesUnordered(ordered);
    }

    /// @dev From one level to the one above it, in place.
    /// @param used siblings used so far
    /// @return parents how many nodes of the level above are known then
    function _climb(uint256 list, uint256 count, bytes32[] calldata siblings, uint256 used)
        private
        view
        returns (uint256 parents, uint256)
    {
        assembly ("memory-safe") {
            let free := sub(list, 1056)
            mstore8(free, 1)
            let end := add(list, shl(6, count))
            let to := list
            for { let from := list } lt(from, end) { to := add(to, 64) } {
                let node := mload(from)
                let other
                let after_ := add(from, 64)
                switch and(lt(after_, end), eq(mload(after_), xor(node, 1)))
                case 1 {
                    other := mload(add(from, 96))
                    after_ := add(from, 128)
                }
                default {
                    // Past the last sibling zeros are read; their number is checked in the end.
                    other := calldataload(add(siblings.offset, shl(5, used)))
                    used := add(used, 1)
                }
                // The left child stands first.
                let right := shl(5, and(node, 1))
                mstore(add(free, add(1, right)), mload(add(from, 32)))
                mstore(add(free, sub(33, right)), other)
                if iszero(staticcall(gas(), 2, free, 65, add(to, 32), 32)) { revert(0x00, 0x00) }
                mstore(to, shr(1, node))
                from := after_
            }
            parents := shr(6, sub(to, list))
        }
        return (parents, used);
    }

    /// @notice The root of the tree in which the hashes stand side by side below one node.
    /// @param hashes a power of two of them
    /// @param index of the node within its level
    /// @param siblings of the node, bottom first: as many as there are levels above it
    function rootAbove(bytes32[] calldata hashes, uint256 index, bytes32[] calldata siblings)
        internal
        view
        returns (bytes32 hash)
    {
        uint256 count = hashes.length;
        if (count <= 1 || count & (count - 1) != 0) revert HashCount(count);
        if (siblings.length >= 64 || index >> siblings.length != 0) revert IndexBeyondLevel(index, siblings.length);
        bytes32[] memory level = hashes;
        for (; count > 1; count >>= 1) {
            for (uint256 i = 0; i < count; i += 2) level[i >> 1] = _node(level[i], level[i + 1]);
        }
        hash = level[0];
        for (uint256 h = 0; h < siblings.length; ++h) {
            hash = (index >> h) & 1 == 0 ? _node(hash, siblings[h]) : _node(siblings[h], hash);
        }
    }

    /// @dev SHA-256(0x00 ‖ bytes, zero-padded to a leaf). Memory past the free pointer may hold old values, so the
    /// padding is written out (calldatacopy from beyond the end of calldata writes zeros).
    function _leaf(bytes calldata content) private view returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 0)
            let start := add(free, 1)
            calldatacopy(start, content.offset, content.length)
            calldatacopy(add(start, content.length), calldatasize(), sub(LEAF, content.length))
            if iszero(staticcall(gas(), 2, free, add(LEAF, 1), 0x00, 0x20)) { revert(0x00, 0x00) }
            hash := mload(0x00)
        }
    }

    function _node(bytes32 left, bytes32 right) private view returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 1)
            mstore(add(free, 0x01), left)
            mstore(add(free, 0x21), right)
            if iszero(staticcall(gas(), 2, free, 0x41, 0x00, 0x20)) { revert(0x00, 0x00) }
            hash := mload(0x00)
        }
    }
}
