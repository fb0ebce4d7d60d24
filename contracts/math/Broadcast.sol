// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorIndex} from "./TensorIndex.sol";

/// @notice Multidirectional broadcasting as ONNX (and numpy) define it: shapes are aligned at their last axis, an axis
/// that is missing or has length 1 repeats.
library Broadcast {
    /// @notice The operand has more axes than what it is broadcast to.
    error RankExceeded(uint256 rank, uint256 most);

    /// @param element row-major index in the output
    /// @param shape of the output
    /// @param dims of the operand, `strides` its commit strides in elements
    /// @return sum commit offset of the operand's element that stands there
    function offset(uint256 element, uint256[] memory shape, uint256[] memory dims, uint256[] memory strides)
        internal
        pure
        returns (uint256 sum)
    {
        if (dims.length > shape.length) revert RankExceeded(dims.length, shape.length);
        uint256 rest = element;
        assembly ("memory-safe") {
            let own := shl(5, mload(dims))
            for { let i := shl(5, mload(shape)) } i { i := sub(i, 32) } {
                let dim := mload(add(shape, i))
                // Nothing has an index in a tensor without elements.
                if iszero(dim) {
                    rest := 1
                    break
                }
                let quotient := div(rest, dim)
                if own {
                    if iszero(eq(mload(add(dims, own)), 1)) {
                        sum := add(sum, mul(sub(rest, mul(quotient, dim)), mload(add(strides, own))))
                    }
                    own := sub(own, 32)
                }
                rest := quotient
            }
        }
        if (rest != 0) revert TensorIndex.ElementOutOfRange(element);
    }
}
