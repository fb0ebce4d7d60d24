// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Node, Tensor} from "../types/Program.sol";
import {Gather} from "./Gather.sol";

/// @notice Which elements of X and W an output element of a convolution reads. Any number of spatial axes.
library Convolution {
    error AttributesMalformed(uint256 count, uint256 spatialAxes);

    /// @notice Commit offsets in `x` of the first channel of the element's group under every tap of the kernel, taps in
    /// row-major order; Gather.PADDING where a tap falls into the padding.
    /// @param c coordinates of the output element
    function taps(Node memory node, Tensor memory x, Tensor memory w, uint256[] memory c)
        internal
        pure
        returns (uint256[] memory offsets)
    {
        int256[] memory attributes = node.attributes;
        unchecked {
            uint256 rank = x.dims.length - 2;
            require(attributes.length == 1 + 5 * rank, AttributesMalformed(attributes.length, rank));
            uint256 count = 1;
            for (uint256 axis = 0; axis < rank; ++axis) count *= w.dims[2 + axis];
            offsets = new uint256[](count);
            // The group is c[1] / (filters of a group).
            uint256 group = c[1] * uint256(attributes[0]) / w.dims[0];
            offsets[0] = c[0] * x.strides[0] + group * w.dims[1] * x.strides[1];
            count = 1;
            for (uint256 axis = 0; axis < rank; ++axis) {
                int256 start = int256(c[2 + axis]) * attributes[1 + rank + axis] - attributes[1 + 2 * rank + axis];
                uint256 kernel = w.dims[2 + axis];
                int256 dilation = attributes[1 + 4 * rank + axis];
                _extend(offsets, count, kernel, start, dilation, x.dims[2 + axis], x.strides[2 + axis]);
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
        int256 start,
        int256 dilation,
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

    /// @notice Axes of W that an output channel spans, channels first: the order of a chain.
    function channelsFirst(Tensor memory w) internal pure returns (uint256[] memory counts, uint256[] memory strides) {
        uint256 rank = w.dims.length - 1;
        counts = new uint256[](rank);
        strides = new uint256[](rank);
        unchecked {
            for (uint256 j = 0; j < rank; ++j) (counts[j], strides[j]) = (w.dims[1 + j], w.strides[1 + j]);
        }
    }

    /// @notice The same axes, channels last.
    function channelsLast(Tensor memory w) internal pure returns (uint256[] memory counts, uint256[] memory strides) {
        unchecked {
            uint256 rank = w.dims.length - 1;
            counts = new uint256[](rank);
            strides = new uint256[](rank);
            for (uint256 j = 0; j < rank; ++j) {
                uint256 axis = j + 1 < rank ? 2 + j : 1;
                (counts[j], strides[j]) = (w.dims[axis], w.strides[axis]);
            }
        }
    }
}
