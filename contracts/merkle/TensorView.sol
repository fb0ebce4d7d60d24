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
    error OpeningCount(uint256 inputs, uint256 openings);

    uint256 internal constant LEAF = 1024;

    /// @notice Views of all inputs of a node, in order; there are as many openings.
    function open(Tensor[] memory tensors, Opening[] calldata openings)
        internal
        pure
        returns (TensorView[] memory views)
    {
        uint256 count = tensors.length;
        if (openings.length != count) revert OpeningCount(count, openings.length);
        assembly ("memory-safe") {
            views := mload(0x40)
            mstore(views, count)
            mstore(0x40, add(views, shl(5, add(count, 1))))
        }
        unchecked {
            for (uint256 i = 1; i <= count; ++i) {
                uint256 opening;
                assembly ("memory-safe") {
                    opening := add(openings.offset, calldataload(add(openings.offset, shl(5, sub(i, 1)))))
                }
                uint256 v = _open(tensors[i - 1], opening);
                assembly ("memory-safe") {
                    mstore(add(views, shl(5, i)), v)
                }
            }
        }
    }

    function open(Tensor memory tensor, Opening calldata opening) internal pure returns (TensorView memory v) {
        uint256 position;
        assembly ("memory-safe") {
            position := opening
        }
        position = _open(tensor, position);
        assembly ("memory-safe") {
            v := position
        }
    }

    /// @param opening calldata position of the opening
    /// @return v memory position of the view; a struct that a function returns is made of zeros first, at a price
    /// @dev Offsets and lengths may point past the end of calldata, where everything reads as zero: like any other leaf,
    /// one of zeros is the tensor's only if whoever calls has authenticated it.
    function _open(Tensor memory tensor, uint256 opening) private pure returns (uint256 v) {
        uint256 kind = tensor.kind;
        uint256 count;
        uint256 leaves;
        uint256 data;
        if (kind == Kind.INLINE) {
            // One leaf, of index 0: past its end calldata reads as zero.
            (count, leaves, data) = (1, msg.data.length, tensor.data);
        } else if (kind != Kind.ABSENT) {
            uint256 length;
            assembly ("memory-safe") {
                leaves := add(opening, calldataload(opening))
                data := add(opening, calldataload(add(opening, 32)))
                count := calldataload(leaves)
                length := calldataload(data)
                leaves := add(leaves, 32)
                data := add(data, 32)
            }
            unchecked {
                // INVARIANT: every leaf has its content, so that none is read as another's. What may be missing of the last
                // one lies past the end of the tensor, where nothing is read.
                if ((length + LEAF - 1) / LEAF != count || length >> 40 != 0) revert OpeningLength(count, length);
            }
        }
        uint256 width = kind == Kind.ABSENT ? 0 : DType.size(tensor.dtype);
        assembly ("memory-safe") {
            v := mload(0x40)
            mstore(0x40, add(v, 224))
            mstore(v, mload(add(tensor, 128)))
            mstore(add(v, 32), mload(add(tensor, 160)))
            mstore(add(v, 64), width)
            mstore(add(v, 96), count)
            mstore(add(v, 128), leaves)
            mstore(add(v, 160), data)
            mstore(add(v, 192), 0)
        }
    }

    /// @notice Whether all bytes of the opened leaves that lie past the tensor's last element are zero.
    function isPadded(Tensor memory tensor, Opening calldata opening) internal pure returns (bool) {
        uint256 length = tensor.size * DType.size(tensor.dtype);
        for (uint256 i = 0; i < opening.leaves.length; ++i) {
            uint256 start = uint256(opening.leaves[i]) * LEAF;
            uint256 used = length > start ? length - start : 0;
            bytes calldata content = opening.data[i * LEAF:];
            // What is left out of the last leaf is zero.
            uint256 end = content.length < LEAF ? content.length : LEAF;
            for (uint256 j = used; j < end; ++j) {
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
                    if (i >= count || _leaf(v, i) != leaf) revert LeafMissing(leaf);
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
        return bitsAt(position, width);
    }

    /// @param position in calldata
    /// @param width bytes of the element, at most 8
    /// @return value its little-endian bytes as an unsigned integer
    function bitsAt(uint256 position, uint256 width) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            // Eight bytes in reverse, of which those of the element come out lowest.
            value := shr(192, calldataload(position))
            value := or(shl(8, and(value, 0x00ff00ff00ff00ff)), and(shr(8, value), 0x00ff00ff00ff00ff))
            value := or(shl(16, and(value, 0x0000ffff0000ffff)), and(shr(16, value), 0x0000ffff0000ffff))
            value := or(shl(32, and(value, 0x00000000ffffffff)), shr(32, value))
            value := and(value, sub(shl(shl(3, width), 1), 1))
        }
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
