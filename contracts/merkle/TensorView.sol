// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Opening} from "../interfaces/IOpFamily.sol";
import {DType, Kind, Tensor} from "../types/Program.sol";

/// @dev Random access to the opened leaves of one tensor, which stay in calldata.
struct TensorView {
    uint256[] dims;
    uint256[] strides;
    uint256 width; // bytes of one element; 0 for an absent input
    uint256 count; // opened leaves
    uint256 leaves; // calldata position of the first leaf index
    uint256 data; // calldata position of the first leaf's content
    uint256 last; // position of the leaf found last: neighbours are looked up first
}

library TensorViews {
    error LeafMissing(uint256 leaf);
    error OpeningLength(uint256 leaves, uint256 bytesGiven);

    uint256 internal constant LEAF = 1024;

    /// @notice Views of all inputs of a node, in order.
    function open(Tensor[] memory tensors, Opening[] calldata openings)
        internal
        pure
        returns (TensorView[] memory views)
    {
        views = new TensorView[](tensors.length);
        for (uint256 i = 0; i < tensors.length; ++i) views[i] = open(tensors[i], openings[i]);
    }

    function open(Tensor memory tensor, Opening calldata opening) internal pure returns (TensorView memory v) {
        if (tensor.kind == Kind.ABSENT) return v;
        uint32[] calldata leaves = opening.leaves;
        bytes calldata data = opening.data;
        require(data.length == LEAF * leaves.length, OpeningLength(leaves.length, data.length));
        v.dims = tensor.dims;
        v.strides = tensor.strides;
        v.width = DType.size(tensor.dtype);
        v.count = leaves.length;
        uint256 position;
        assembly ("memory-safe") {
            position := leaves.offset
        }
        v.leaves = position;
        assembly ("memory-safe") {
            position := data.offset
        }
        v.data = position;
    }

    /// @notice Whether all bytes of the opened leaves that lie past the tensor's last element are zero.
    function isPadded(Tensor memory tensor, Opening calldata opening) internal pure returns (bool) {
        uint256 length = tensor.size * DType.size(tensor.dtype);
        for (uint256 i = 0; i < opening.leaves.length; ++i) {
            uint256 start = uint256(opening.leaves[i]) * LEAF;
            uint256 used = length > start ? length - start : 0;
            bytes calldata content = opening.data[i * LEAF:(i + 1) * LEAF];
            for (uint256 j = used; j < LEAF; ++j) {
                if (content[j] != 0) return false;
            }
        }
        return true;
    }

    /// @dev Calldata position of a byte of the tensor, and how many bytes follow in the same leaf (at least 1).
    function locate(TensorView memory v, uint256 byteOffset) internal pure returns (uint256 position, uint256 room) {
        uint256 leaf = byteOffset >> 10;
        uint256 within = byteOffset & 1023;
        uint256 i = v.last;
        uint256 count = v.count;
        unchecked {
            // The leaf found last or the one after it serve runs; anything else is a binary search.
            if (i >= count || _leaf(v, i) != leaf) {
                ++i;
                if (i >= count || _leaf(v, i) != leaf) {
                    uint256 end = count;
                    i = 0;
                    while (i < end) {
                        uint256 middle = (i + end) >> 1;
                        if (_leaf(v, middle) < leaf) i = middle + 1;
                        else end = middle;
                    }
                    require(i < count && _leaf(v, i) == leaf, LeafMissing(leaf));
                }
                v.last = i;
            }
            return (v.data + (i << 10) + within, LEAF - within);
        }
    }

    /// @return value the element's little-endian bytes as an unsigned integer
    function bits(TensorView memory v, uint256 offset) internal pure returns (uint256 value) {
        uint256 width = v.width;
        (uint256 position,) = locate(v, offset * width);
        uint256 word;
        assembly ("memory-safe") {
            word := calldataload(position)
        }
        for (uint256 i = 0; i < width; ++i) value |= ((word >> (248 - 8 * i)) & 0xff) << (8 * i);
    }

    /// @notice Copies `count` elements that are contiguous in commit order, raw, to memory.
    function copy(TensorView memory v, uint256 offset, uint256 count, uint256 destination) internal pure {
        uint256 from = offset * v.width;
        uint256 left = count * v.width;
        while (left != 0) {
            (uint256 position, uint256 room) = locate(v, from);
            if (room > left) room = left;
            assembly ("memory-safe") {
                calldatacopy(destination, position, room)
            }
            unchecked {
                destination += room;
                from += room;
                left -= room;
            }
        }
    }

    function _leaf(TensorView memory v, uint256 i) private pure returns (uint256 leaf) {
        uint256 leaves = v.leaves;
        assembly ("memory-safe") {
            leaf := calldataload(add(leaves, shl(5, i)))
        }
    }
}
