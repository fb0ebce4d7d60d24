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
            offsets = new uint256[](1);
            // The group is c[1] / (filters of a group).
            uint256 group = c[1] * uint256(attributes[0]) / w.dims[0];
            offsets[0] = c[0] * x.strides[0] + group * w.dims[1] * x.strides[1];
            for (uint256 axis = 0; axis < rank; ++axis) {
                int256 start = int256(c[2 + axis]) * attributes[1 + rank + axis] - attributes[1 + 2 * rank + axis];
                offsets = _extend(
                    offsets,
                    uint256(attributes[1 + axis]),
                    start,
                    attributes[1 + 4 * rank + axis],
                    x.dims[2 + axis],
                    x.strides[2 + axis]
                );
            }
        }
    }

    /// @dev Extends every offset by the taps of one more axis.
    function _extend(
        uint256[] memory offsets,
        uint256 kernel,
        int256 start,
        int256 dilation,
        uint256 dim,
        uint256 stride
    ) private pure returns (uint256[] memory extended) {
        extended = new uint256[](offsets.length * kernel);
        assembly ("memory-safe") {
            let to := add(extended, 32)
            let from := add(offsets, 32)
            for { let end := add(from, shl(5, mload(offsets))) } lt(from, end) { from := add(from, 32) } {
                let offset := mload(from)
                let padding := iszero(not(offset))
                let at := start
                for { let limit := add(to, shl(5, kernel)) } lt(to, limit) { to := add(to, 32) } {
                    // A negative position is a huge unsigned one.
                    let outside := or(padding, iszero(lt(at, dim)))
                    mstore(to, or(add(offset, mul(at, stride)), sub(0, outside)))
                    at := add(at, dilation)
                }
            }
        }
    }

    /// @notice Axes of W that an output channel spans, channels first: the order of a chain.
    function channelsFirst(Tensor memory w) internal pure returns (uint256[] memory counts, uint256[] memory strides) {
        uint256 rank = w.dims.length - 1;
        counts = new uint256[](rank);
        strides = new uint256[](rank);
        for (uint256 j = 0; j < rank; ++j) (counts[j], strides[j]) = (w.dims[1 + j], w.strides[1 + j]);
    }

    /// @notice The same axes, channels last.
    function channelsLast(Tensor memory w) internal pure returns (uint256[] memory counts, uint256[] memory strides) {
        uint256 rank = w.dims.length - 1;
        counts = new uint256[](rank);
        strides = new uint256[](rank);
        for (uint256 j = 0; j < rank; ++j) {
            uint256 axis = j + 1 < rank ? 2 + j : 1;
            (counts[j], strides[j]) = (w.dims[axis], w.strides[axis]);
        }
    }
}
