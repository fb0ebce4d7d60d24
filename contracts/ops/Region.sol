// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorRun} from "./TensorRun.sol";
import {TensorView} from "../merkle/TensorView.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Node} from "../types/Program.sol";

/// @dev Elements of a tensor that one element of an output is made of: those at base + Σ i[j]·strides[j] in commit order, for
/// 0 <= i[j] < counts[j], the last index running fastest.
struct Region {
    uint256 base;
    uint256[] counts;
    uint256[] strides;
    uint256 size; // number of elements
}

/// @notice The regions that pools and reductions accumulate over: whole axes, or a window.
library Regions {
    using TensorRun for TensorView;

    /// @notice The row's attributes are no window over the tensor's spatial axes.
    error WindowMalformed(uint256 attributes, uint256 axes);

    /// @notice All elements along some axes. In the output these have length 1, or are gone.
    /// @param node whose attributes are the axes, ascending
    function alongAxes(Node memory node, uint256 element, TensorView memory x) internal pure returns (Region memory r) {
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        uint256 rank = x.dims.length;
        uint256 reduced = node.attributes.length;
        bool kept = coords.length == rank;
        r.counts = new uint256[](reduced);
        r.strides = new uint256[](reduced);
        r.size = 1;
        uint256 i;
        for (uint256 a = 0; a < rank; ++a) {
            if (i < reduced && uint256(node.attributes[i]) == a) {
                (r.counts[i], r.strides[i]) = (x.dims[a], x.strides[a]);
                r.size *= r.counts[i];
                ++i;
            } else {
                r.base += coords[kept ? a : a - i] * x.strides[a];
            }
        }
    }

    /// @notice The elements along the axes from `start` to before `end` through the one at these coordinates.
    function through(uint256[] memory coords, uint256 start, uint256 end, TensorView memory x)
        internal
        pure
        returns (Region memory r)
    {
        r.counts = new uint256[](end - start);
        r.strides = new uint256[](end - start);
        r.size = 1;
        for (uint256 a = 0; a < coords.length; ++a) {
            if (a < start || a >= end) {
                r.base += coords[a] * x.strides[a];
            } else {
                (r.counts[a - start], r.strides[a - start]) = (x.dims[a], x.strides[a]);
                r.size *= x.dims[a];
            }
        }
    }

    /// @notice The taps of a window that lie in the map, all axes of which but batch and channel are spatial. Along an axis tap
    /// t is at s + t·dilation with s = coordinate·stride − padding; those from 0 to before `dim` are a run of taps.
    /// @param node whose attributes are kernel, strides, padsBegin, padsEnd, dilations, each for all spatial axes
    function inWindow(Node memory node, uint256 element, TensorView memory x) internal pure returns (Region memory r) {
        int256[] memory attributes = node.attributes;
        uint256 axes = attributes.length / 5;
        if (attributes.length != 5 * axes || x.dims.length != axes + 2) {
            revert WindowMalformed(attributes.length, x.dims.length);
        }
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        r.base = coords[0] * x.strides[0] + coords[1] * x.strides[1];
        r.counts = new uint256[](axes);
        r.strides = new uint256[](axes);
        r.size = 1;
        // Coordinates, attributes and dimensions have 32 bits, strides less than 224.
        unchecked {
            for (uint256 a = 0; a < axes; ++a) {
                int256 dilation = attributes[4 * axes + a];
                if (dilation <= 0) revert WindowMalformed(attributes.length, x.dims.length);
                int256 start = int256(coords[a + 2]) * attributes[axes + a] - attributes[2 * axes + a];
                int256 first = start < 0 ? (dilation - 1 - start) / dilation : int256(0);
                int256 room = int256(x.dims[a + 2]) - start;
                int256 end = room > 0 ? (room + dilation - 1) / dilation : int256(0);
                if (end > attributes[a]) end = attributes[a];
                uint256 count = end > first ? uint256(end - first) : 0;
                r.size *= count;
                if (count == 0) continue;
                r.counts[a] = count;
                r.strides[a] = uint256(dilation) * x.strides[a + 2];
                r.base += uint256(start + first * dilation) * x.strides[a + 2];
            }
        }
    }

    /// @notice Bits of the region's elements from number `from` to before `until`.
    function read(Region memory r, TensorView memory x, uint256 from, uint256 until)
        internal
        pure
        returns (uint256[] memory)
    {
        return x.elements(r.base, r.counts, r.strides, from, until);
    }
}
