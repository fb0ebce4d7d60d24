// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Broadcast} from "../math/Broadcast.sol";
import {Node} from "../types/Program.sol";

/// @notice What functions of one element of every operand read.
library Operands {
    using TensorViews for TensorView;

    /// @notice A row has another number of operands than its function.
    error OperandCount(uint16 opcode, uint256 given);

    /// @return bits of the operand's element that is broadcast to `element` of the node's output
    function read(Node memory node, uint256 element, TensorView memory operand) internal pure returns (uint256 bits) {
        return operand.bits(Broadcast.offset(element, node.output.dims, operand.dims, operand.strides));
    }
}
