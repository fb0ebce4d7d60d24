// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Node, Tensor} from "../types/Program.sol";

/// @notice Which elements of X and W an output element of a convolution reads. Any number of spatial axes.
library Convolution {
    error AttributesMalformed(uint256 count, uint256 spatialAxes);

    /// @notice Taps of the kernel.
    function kernelSize(Tensor memory w) internal pure returns (uint256 count) {
        count = 1;
        unchecked {
            // At most six factors of 32 bits.
            for (uint256 axis = w.dims.length; axis-- > 2;) count *= _at(w.dims, axis);
        }
    }

    /// @notice Outputs of one image under the filters of one group.
    function outputsOfGroup(Node memory node) internal pure returns (uint256 count) {
        uint256[] memory dims = node.output.dims;
        count = 1;
        unchecked {
            // No more than the output has.
            for (uint256 axis = dims.length; axis-- > 1;) count *= _at(dims, axis);
            return count / _attribute(node, 0);
        }
    }

    /// @notice Positions outer · size + inner from `from` on, as many as make a rectangle: the rest of a line, or lines.
    /// @return line the first one; lines how many; first place in them; count of places from there
    function rectangle(uint256 from, uint256 until, uint256 size)
        internal
        pure
        returns (uint256 line, uint256 lines, uint256 first, uint256 count)
    {
        unchecked {
            (line, first) = (from / size, from % size);
            uint256 left = until - from;
            if (first == 0 && left >= size) return (line, left / size, 0, size);
            count = size - first;
            return (line, 1, first, count < left ? count : left);
        }
    }

    /// @notice Commit offsets in `x` of one channel of the element's group under the taps from `first` on, taps in
    /// row-major order; Gather.PADDING where a tap falls into the padding.
    /// @dev Axis by axis: of the places on the axes done, those that hold one of the taps are extended by the next axis.
    /// There are never more of them than taps.
    /// @param c coordinates of the output element
    /// @param channel counted from the first of the group
    /// @param count of taps, at least one
    function taps(
        Node memory node,
        Tensor memory x,
        Tensor memory w,
        uint256[] memory c,
        uint256 channel,
        uint256 first,
        uint256 count
    ) internal pure returns (uint256[] memory offsets) {
        unchecked {
            uint256 rank = x.dims.length - 2;
            if (node.attributes.length != 1 + 5 * rank || w.dims.length != rank + 2 || c.length != rank + 2) {
                revert AttributesMalformed(node.attributes.length, rank);
            }
            // The group is c[1] / (filters of a group).
            uint256 group = _at(c, 1) * _attribute(node, 0) / _at(w.dims, 0);
            uint256 start = _at(c, 0) * _at(x.strides, 0) + (group * _at(w.dims, 1) + channel) * _at(x.strides, 1);
            assembly ("memory-safe") {
                offsets := mload(0x40)
                mstore(offsets, count)
                mstore(0x40, add(offsets, shl(5, add(count, 1))))
                mstore(add(offsets, 32), start)
            }
            Axis memory a;
            // Places on the axes done: numbers `from` to before `until`, of which each has `inner` taps.
            (uint256 from, uint256 until, uint256 inner) = (0, 1, kernelSize(w));
            for (uint256 axis = 2; axis < rank + 2; ++axis) {
                a.kernel = _at(w.dims, axis);
                inner /= a.kernel;
                uint256 before = until - from;
                from = first / inner;
                a.last = (first + count - 1) / inner + 1 - (until - 1) * a.kernel;
                until = a.last + (until - 1) * a.kernel;
                // Negative positions and numbers of places are taken modulo 2^256.
                a.start = _at(c, axis) * _attribute(node, rank + axis - 1) - _attribute(node, 2 * rank + axis - 1);
                a.dilation = _attribute(node, 4 * rank + axis - 1);
                a.dim = _at(x.dims, axis);
                a.stride = _at(x.strides, axis);
                _extend(offsets, before, until - from, a);
            }
        }
    }

    struct Axis {
        uint256 kernel; // taps
        uint256 last; // of these, the ones of the last place that are wanted
        uint256 start; // position of the first tap
        uint256 dilation;
        uint256 dim; // of the input
        uint256 stride; // of the input
    }

    /// @dev Extends the first `before` offsets by one more axis to `count` ones, in place. Of the first place only its
    /// last taps may be wanted, of the last place only its first ones. From the last to the first: place q becomes
    /// offsets from kernel · (q − 1) + 1, if not from 0, on, so that none is overwritten before it has been read.
    function _extend(uint256[] memory offsets, uint256 before, uint256 count, Axis memory axis) private pure {
        assembly ("memory-safe") {
            let kernel := mload(axis)
            let left := mload(add(axis, 32))
            let start := mload(add(axis, 64))
            let dilation := mload(add(axis, 96))
            let dim := mload(add(axis, 128))
            let stride := mload(add(axis, 160))
            let to := add(offsets, shl(5, count))
            for { let from := add(offsets, shl(5, before)) } gt(to, offsets) { from := sub(from, 32) } {
                let offset := mload(from)
                let padding := iszero(not(offset))
                let at := add(start, mul(dilation, left))
                let end := shr(5, sub(to, offsets))
                if lt(left, end) { end := left }
                end := sub(to, shl(5, end))
                for {} gt(to, end) { to := sub(to, 32) } {
                    at := sub(at, dilation)
                    // A negative position is a huge unsigned one. PADDING has all bits set.
                    mstore(to, or(add(offset, mul(at, stride)), sub(0, or(padding, iszero(lt(at, dim))))))
                }
                left := kernel
            }
        }
    }

    /// @notice Axes of W that an output channel's weights span, channels first: the order of a chain.
    function channelsFirst(Tensor memory w) internal pure returns (uint256[] memory counts, uint256[] memory strides) {
        return (_filter(w.dims, 0), _filter(w.strides, 0));
    }

    /// @notice The same axes, channels last.
    function channelsLast(Tensor memory w) internal pure returns (uint256[] memory counts, uint256[] memory strides) {
        return (_filter(w.dims, 1), _filter(w.strides, 1));
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
