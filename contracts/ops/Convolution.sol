// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Node, Tensor} from "../types/Program.sol";

/// @notice Which elements of X and W an output element of a convolution reads. Any number of spatial axes.
library Convolution {
    error AttributesMalformed(uint256 count, uint256 spatialAxes);

    /// @notice Commit offsets in `x` of one channel of the element's group under every tap of the kernel, taps in
    /// row-major order; Gather.PADDING where a tap falls into the padding.
    /// @param c coordinates of the output element
    /// @param channel counted from the first of the group
    function taps(Node memory node, Tensor memory x, Tensor memory w, uint256[] memory c, uint256 channel)
        internal
        pure
        returns (uint256[] memory offsets)
    {
        unchecked {
            uint256 rank = x.dims.length - 2;
            uint256 attributes = node.attributes.length;
            require(
                attributes == 1 + 5 * rank && w.dims.length == rank + 2 && c.length == rank + 2,
                AttributesMalformed(attributes, rank)
            );
            uint256 count = 1;
            for (uint256 axis = 2; axis < rank + 2; ++axis) count *= _at(w.dims, axis);
            offsets = new uint256[](count);
            // The group is c[1] / (filters of a group).
            uint256 group = _at(c, 1) * _attribute(node, 0) / _at(w.dims, 0);
            uint256 first = _at(c, 0) * _at(x.strides, 0) + (group * _at(w.dims, 1) + channel) * _at(x.strides, 1);
            assembly ("memory-safe") {
                mstore(add(offsets, 32), first)
            }
            count = 1;
            for (uint256 axis = 2; axis < rank + 2; ++axis) {
                uint256 kernel = _at(w.dims, axis);
                // Negative positions and numbers of places are taken modulo 2^256.
                uint256 start = _at(c, axis) * _attribute(node, rank + axis - 1) - _attribute(node, 2 * rank + axis - 1);
                uint256 dilation = _attribute(node, 4 * rank + axis - 1);
                _extend(offsets, count, kernel, start, dilation, _at(x.dims, axis), _at(x.strides, axis));
                count *= kernel;
            }
        }
    }

    /// @dev Extends the first `count` offsets by the taps of one more axis, in place: from the last to the first, so that
    /// none is overwritten before it has been read.
    function _extend(
        uint256[] memory offsets,
        uint256 count,
        uint256 kernel,
        uint256 start,
        uint256 dilation,
        uint256 dim,
        uint256 stride
    ) private pure {
        assembly ("memory-safe") {
            let to := add(offsets, shl(5, mul(count, kernel)))
            let end := add(start, mul(dilation, kernel))
            for { let from := add(offsets, shl(5, count)) } gt(from, offsets) { from := sub(from, 32) } {
                let offset := mload(from)
                let padding := iszero(not(offset))
                let at := end
                for { let left := kernel } left { left := sub(left, 1) } {
                    at := sub(at, dilation)
                    // A negative position is a huge unsigned one. PADDING has all bits set.
                    mstore(to, or(add(offset, mul(at, stride)), sub(0, or(padding, iszero(lt(at, dim))))))
                    to := sub(to, 32)
                }
            }
        }
    }

    /// @notice Axes of W that so many input channels of an output channel span, channels first: the order of a chain.
    function channelsFirst(Tensor memory w, uint256 channels)
        internal
        pure
        returns (uint256[] memory counts, uint256[] memory strides)
    {
        (counts, strides) = (_filter(w.dims, 0), _filter(w.strides, 0));
        counts[0] = channels;
    }

    /// @notice The same axes, channels last.
    function channelsLast(Tensor memory w, uint256 channels)
        internal
        pure
        returns (uint256[] memory counts, uint256[] memory strides)
    {
        (counts, strides) = (_filter(w.dims, 1), _filter(w.strides, 1));
        counts[counts.length - 1] = channels;
    }

    /// @dev All entries but that of axis 0; with `turn` = 1 that of axis 1 comes last.
    function _filter(uint256[] memory list, uint256 turn) private pure returns (uint256[] memory entries) {
        assembly ("memory-safe") {
            let count := sub(mload(list), 1)
            entries := mload(0x40)
            mstore(0x40, add(entries, add(64, shl(5, count))))
            mstore(entries, count)
            mcopy(add(entries, 32), add(list, add(64, shl(5, turn))), shl(5, sub(count, turn)))
            if turn { mstore(add(entries, shl(5, count)), mload(add(list, 64))) }
        }
    }

    /// @dev Unchecked: the caller knows the length.
    function _at(uint256[] memory list, uint256 i) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(list, 32), shl(5, i)))
        }
    }

    function _attribute(Node memory node, uint256 i) private pure returns (uint256 value) {
        int256[] memory attributes = node.attributes;
        assembly ("memory-safe") {
            value := mload(add(add(attributes, 32), shl(5, i)))
        }
    }
}
