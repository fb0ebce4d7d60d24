// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Multidirectional broadcasting as ONNX (and numpy) define it: shapes are aligned at their last axis, an axis
/// that is missing or has length 1 repeats.
library Broadcast {
    /// @param coords coordinates in the output
    /// @return sum commit offset of the operand's element that stands there
    function offset(uint256[] memory coords, uint256[] memory dims, uint256[] memory strides)
        internal
        pure
        returns (uint256 sum)
    {
        uint256 missing = coords.length - dims.length;
        for (uint256 a = 0; a < dims.length; ++a) {
            if (dims[a] != 1) sum += coords[missing + a] * strides[a];
        }
    }
}
