// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "./TensorView.sol";

/// @notice Many elements of one tensor at once.
library TensorRun {
    using TensorViews for TensorView;

    /// @notice The 32-bit elements at `base` + coordinates · `strides`, for all coordinates within `dims` in row-major
    /// order.
    /// @param base commit offset of the first element
    /// @param strides commit strides, in elements; not zero
    function words(TensorView memory v, uint256 base, uint256[] memory dims, uint256[] memory strides)
        internal
        pure
        returns (uint256[] memory values)
    {
        uint256 axes = dims.length;
        uint256 n = 1;
        for (uint256 a = 0; a < axes; ++a) n *= dims[a];
        values = new uint256[](n);
        if (n == 0) return values;
        uint256 inner = axes == 0 ? 1 : dims[axes - 1];
        uint256 stride = axes == 0 ? 1 : strides[axes - 1];
        uint256[] memory coords = new uint256[](axes);
        uint256 destination;
        assembly ("memory-safe") {
            destination := add(values, 32)
        }
        uint256 done;
        while (true) {
            uint256 offset = base;
            for (uint256 a = 0; a + 1 < axes; ++a) offset += coords[a] * strides[a];
            _line(v, offset, stride, inner, destination);
            done += inner;
            if (done == n) return values;
            destination += 32 * inner;
            // The next line: the last outer axis runs fastest.
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
