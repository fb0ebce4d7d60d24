// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @title Numbers of a large output
/// @notice A model whose outputs have more than 32,768 bytes together gives their tensor roots instead (docs/protocol.md
/// §1.7). Whoever has the values can show a contract any kibibyte of them, a leaf of the tensor's tree, with its path to the
/// root. The contract must know the output's number of elements and their width, which its version of the model fixes.
library TensorProof {
    /// @notice The leaf is not this one of a tensor with this root and of this length.
    error NotInTensor(bytes32 root, bytes32 computed);
    /// @notice The tensor has only `count` elements.
    error ElementBeyondTensor(uint256 element, uint256 count);
    /// @notice No element has so many bytes.
    error WidthUnknown(uint256 width);
    /// @notice A leaf has 1,024 bytes, zeros after the tensor's end among them.
    error LeafLength(uint256 given);
    /// @notice The path has not as many hashes as the tree is deep.
    error PathLength(uint256 expected, uint256 given);

    uint256 internal constant LEAF = 1024;

    /// @notice Root of graph output `index`, out of the output that the callback brought.
    function rootAt(bytes calldata output, uint256 index) internal pure returns (bytes32) {
        return bytes32(output[32 * index:32 * index + 32]);
    }

    /// @notice Bits of an element of the tensor with this root: read a float32 with `TensorCodec.fromFloat32`.
    /// @param count of the tensor's elements
    /// @param width of an element: 1, 2, 4 or 8 bytes
    /// @param element its row-major index
    /// @param leaf the bytes ⌊element · width / 1,024⌋ · 1,024 … + 1,023 of the tensor
    /// @param path the hashes beside the leaf and the nodes above it, bottom first
    function bits(
        bytes32 root,
        uint256 count,
        uint256 width,
        uint256 element,
        bytes calldata leaf,
        bytes32[] calldata path
    ) internal pure returns (uint256 value) {
        if (width != 1 && width != 2 && width != 4 && width != 8) revert WidthUnknown(width);
        if (element >= count) revert ElementBeyondTensor(element, count);
        if (leaf.length != LEAF) revert LeafLength(leaf.length);
        uint256 depth = _depth((count * width + LEAF - 1) / LEAF);
        if (path.length != depth) revert PathLength(depth, path.length);
        bytes32 computed = _rootFrom(element * width / LEAF, leaf, path);
        if (computed != root) revert NotInTensor(root, computed);
        uint256 first = element * width % LEAF;
        for (uint256 i = width; i > 0; --i) value = (value << 8) | uint8(leaf[first + i - 1]);
    }

    /// @return d ⌈log2 leaves⌉
    function _depth(uint256 leaves) private pure returns (uint256 d) {
        while (1 << d < leaves) ++d;
    }

    function _rootFrom(uint256 index, bytes calldata leaf, bytes32[] calldata path) private pure returns (bytes32 hash) {
        hash = sha256(abi.encodePacked(bytes1(0x00), leaf));
        for (uint256 i = 0; i < path.length; ++i) {
            hash = (index >> i) & 1 == 0
                ? sha256(abi.encodePacked(bytes1(0x01), hash, path[i]))
                : sha256(abi.encodePacked(bytes1(0x01), path[i], hash));
        }
    }
}
