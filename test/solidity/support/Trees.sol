// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Opening} from "../../../contracts/interfaces/IOpFamily.sol";

/// @notice Trees by their definition (docs/protocol.md §1.3, §1.5), node by node from the top, however slow.
library Trees {
    uint256 internal constant LEAF = 1024;
    bytes32 private constant NO_ZEROS = 0x0101010101010101010101010101010101010101010101010101010101010101;

    // ── SHA-256 trees of tensors ─────────────────────────────────────────────────────────────────────────────────

    /// @dev Content of a leaf, zero-padded.
    function content(bytes memory data, uint256 index) internal pure returns (bytes memory piece) {
        piece = new bytes(LEAF);
        if (index * LEAF >= data.length) return piece;
        uint256 left = data.length - index * LEAF;
        assembly ("memory-safe") {
            if gt(left, LEAF) { left := LEAF }
            mcopy(add(piece, 32), add(add(data, 32), mul(index, LEAF)), left)
        }
    }

    function node(bytes memory data, uint256 height, uint256 index) internal pure returns (bytes32) {
        if (height == 0) return sha256(bytes.concat(hex"00", content(data, index)));
        return join(node(data, height - 1, 2 * index), node(data, height - 1, 2 * index + 1));
    }

    function join(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"01", left, right));
    }

    function root(bytes memory data) internal pure returns (bytes32) {
        return node(data, depth(data.length), 0);
    }

    /// @dev The least depth whose leaves hold so many bytes.
    function depth(uint256 length) internal pure returns (uint256 d) {
        while (LEAF << d < length) ++d;
    }

    function open(bytes memory data, uint32[] memory leaves) internal pure returns (Opening memory o) {
        o.leaves = leaves;
        for (uint256 i = 0; i < leaves.length; ++i) o.data = bytes.concat(o.data, content(data, leaves[i]));
    }

    /// @dev Level by level from the bottom, from left to right: the neighbours that do not follow from the leaves.
    function siblings(bytes memory data, uint32[] memory leaves) internal pure returns (bytes32[] memory list) {
        uint256 d = depth(data.length);
        list = new bytes32[](leaves.length * d);
        uint256 count;
        for (uint256 h = 0; h < d; ++h) {
            for (uint256 i = 0; i < 1 << (d - h); ++i) {
                if (_known(leaves, h, i) && !_known(leaves, h, i ^ 1)) list[count++] = node(data, h, i ^ 1);
            }
        }
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }

    function _known(uint32[] memory leaves, uint256 height, uint256 index) private pure returns (bool) {
        for (uint256 i = 0; i < leaves.length; ++i) if (leaves[i] >> height == index) return true;
        return false;
    }

    /// @dev Siblings of one node, bottom first.
    function path(bytes memory data, uint256 height, uint256 index) internal pure returns (bytes32[] memory list) {
        uint256 d = depth(data.length);
        list = new bytes32[](d - height);
        for (uint256 h = height; h < d; ++h) list[h - height] = node(data, h, (index >> (h - height)) ^ 1);
    }

    // ── keccak trees of programs and traces ──────────────────────────────────────────────────────────────────────

    function keccakNode(bytes32[] memory leaves, uint256 height, uint256 index) internal pure returns (bytes32) {
        if (height == 0) return index < leaves.length ? leaves[index] : bytes32(0);
        return keccakJoin(
            keccakNode(leaves, height - 1, 2 * index), keccakNode(leaves, height - 1, 2 * index + 1)
        );
    }

    function keccakJoin(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"01", left, right));
    }

    function keccakDepth(uint256 count) internal pure returns (uint256 d) {
        while (1 << d < count) ++d;
    }

    function keccakRoot(bytes32[] memory leaves) internal pure returns (bytes32) {
        return keccakNode(leaves, keccakDepth(leaves.length), 0);
    }

    function keccakPath(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](keccakDepth(leaves.length));
        for (uint256 h = 0; h < list.length; ++h) list[h] = keccakNode(leaves, h, (index >> h) ^ 1);
    }

    // ── data ─────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Bytes drawn from a seed, none of them zero.
    function bytesOf(uint256 seed, uint256 length) internal pure returns (bytes memory data) {
        data = new bytes((length + 31) / 32 * 32);
        for (uint256 i = 0; i < data.length; i += 32) {
            bytes32 word = keccak256(abi.encode(seed, i)) | NO_ZEROS;
            assembly ("memory-safe") {
                mstore(add(add(data, 32), i), word)
            }
        }
        assembly ("memory-safe") {
            mstore(data, length)
        }
    }

    /// @dev The positions of the set bits below `limit`.
    function positions(uint256 bitmap, uint256 limit) internal pure returns (uint32[] memory list) {
        list = new uint32[](limit);
        uint256 count;
        for (uint256 i = 0; i < limit; ++i) if ((bitmap >> i) & 1 == 1) list[count++] = uint32(i);
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }
}
