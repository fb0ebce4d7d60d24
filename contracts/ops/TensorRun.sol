// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice Many elements of one tensor at once.
library TensorRun {
    using TensorViews for TensorView;

    /// @notice The 32-bit elements at `base` + coordinates · `strides`, for coordinates within `dims` in row-major order:
    /// those of the row-major indices from `from` to before `until`.
    /// @param base commit offset of the element at index 0
    /// @param strides commit strides, in elements; not zero
    function words(
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
        uint256 axes = dims.length;
        uint256[] memory coords = TensorIndex.unravel(from, dims);
        // Elements are copied in lines along the last axis, of which the first may begin in the middle.
        uint256 inner = axes == 0 ? 1 : dims[axes - 1];
        uint256 stride = axes == 0 ? 1 : strides[axes - 1];
        uint256 here = axes == 0 ? 1 : inner - coords[axes - 1];
        uint256 destination;
        assembly ("memory-safe") {
            destination := add(values, 32)
        }
        while (true) {
            if (here > left) here = left;
            _line(v, base + TensorIndex.offset(coords, strides), stride, here, destination);
            left -= here;
            if (left == 0) return values;
            destination += 32 * here;
            // The next line: the last outer axis runs fastest.
            here = inner;
            coords[axes - 1] = 0;
            for (uint256 a = axes - 1; a-- > 0;) {
                if (++coords[a] < dims[a]) break;
                coords[a] = 0;
            }
        }
    }

    /// @dev One line of elements to memory, leaf by leaf.
    function _line(TensorView memory v, uint256 offset, uint256 stride, uint256 count, uint256 destination)
        private
        pure
    {
        uint256 step = 4 * stride;
        while (count != 0) {
            (uint256 position, uint256 room) = v.locate(4 * offset);
            uint256 here = (room + step - 1) / step; // elements of the line within this leaf
            if (here > count) here = count;
            offset += here * stride;
            count -= here;
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
        }
    }
}
