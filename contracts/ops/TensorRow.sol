// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorRun} from "./TensorRun.sol";
import {TensorView} from "../merkle/TensorView.sol";
import {Length} from "../math/Length.sol";

/// @notice What an element is normalised over.
library TensorRow {
    using TensorRun for TensorView;

    /// @param most numbers that a bound is defined for
    /// @return row the elements along the axes from `start` to before `end` through the one at these coordinates
    /// @return j its own place among them
    function through(TensorView memory x, uint256[] memory coords, uint256 start, uint256 end, uint256 most)
        internal
        pure
        returns (uint256[] memory row, uint256 j)
    {
        uint256[] memory dims = new uint256[](end - start);
        uint256[] memory strides = new uint256[](end - start);
        uint256 base;
        uint256 n = 1;
        for (uint256 a = 0; a < coords.length; ++a) {
            if (a < start || a >= end) {
                base += coords[a] * x.strides[a];
            } else {
                (dims[a - start], strides[a - start]) = (x.dims[a], x.strides[a]);
                j = j * x.dims[a] + coords[a];
                n *= x.dims[a];
            }
        }
        Length.requireAtMost(most, n);
        row = x.elements(base, dims, strides, 0, n);
    }
}
