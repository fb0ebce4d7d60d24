// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Axes} from "./Axes.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice Many elements of one tensor at once.
library TensorRun {
    using TensorViews for TensorView;

    /// @notice The bits of the elements at `base` + coordinates · `strides`, for coordinates within `dims` in row-major order:
    /// those of the row-major indices from `from` to before `until`.
    /// @param base commit offset of the element at index 0
    /// @param strides commit strides, in elements; not zero
    function elements(
        TensorView memory v,
        uint256 base,
        uint256[] memory dims,
        uint256[] memory strides,
        uint256 from,
        uint256 until
    ) internal pure returns (uint256[] memory values) {
        uint256 left = until - from;
        values = new uint256[](left);
        if (left == 0) return values;
        (uint256 outer, uint256 size, uint256 stride) = Axes.line(dims, strides);
        (uint256[] memory index, uint256 offset) = Axes.place(from / size, outer, dims, strides);
        uint256 destination;
        assembly ("memory-safe") {
            destination := add(values, 32)
        }
        unchecked {
            // The first line may begin inside.
            uint256 skipped = from % size;
            uint256 here = size - skipped < left ? size - skipped : left;
            _line(v, base + offset + skipped * stride, stride, here, destination);
            while (left != here) {
                left -= here;
                destination += 32 * here;
                offset = Axes.next(index, offset, dims, strides);
                here = size < left ? size : left;
                _line(v, base + offset, stride, here, destination);
            }
        }
    }

    /// @dev One line of elements to memory, leaf by leaf.
    function _line(TensorView memory v, uint256 offset, uint256 stride, uint256 count, uint256 destination)
        private
        pure
    {
        uint256 width = v.width;
        uint256 step = width * stride;
        while (count != 0) {
            (uint256 position, uint256 room) = v.locate(width * offset);
            uint256 here = (room + step - 1) / step; // elements of the line within this leaf
            if (here > count) here = count;
            offset += here * stride;
            count -= here;
            if (width == 4) {
                assembly ("memory-safe") {
                    for { let end := add(destination, shl(5, here)) } lt(destination, end) {
                        destination := add(destination, 32)
                        position := add(position, step)
                    } {
                        let w := shr(224, calldataload(position))
                        w := or(and(shr(8, w), 0x00ff00ff), shl(8, and(w, 0x00ff00ff)))
                        mstore(destination, or(shr(16, w), shl(16, and(w, 0xffff))))
                    }
                }
            } else {
                destination = _any(position, step, destination, here, width);
            }
        }
    }

    /// @dev Elements of any width, one after another.
    /// @return where the next one has its place
    function _any(uint256 position, uint256 step, uint256 destination, uint256 count, uint256 width)
        private
        pure
        returns (uint256)
    {
        for (; count != 0; --count) {
            uint256 bits = TensorViews.bitsAt(position, width);
            assembly ("memory-safe") {
                mstore(destination, bits)
            }
            destination += 32;
            position += step;
        }
        return destination;
    }
}
