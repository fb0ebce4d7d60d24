// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {FloatFormat} from "../math/FloatFormat.sol";
import {DType, Node, Opcode} from "../types/Program.sol";
import {Operands} from "./Operands.sol";

/// @notice y = f(a), f(a, b) or f(a, b, c), each element of one of every operand, broadcast; f is exact (docs/protocol.md §2.14).
/// @dev The high digit of the opcode's low byte is the number of operands.
library LogicFunction {
    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint16 opcode = node.opcode;
        if (x.length != (opcode >> 4) & 15) revert Operands.OperandCount(opcode, x.length);
        uint8 dtype = node.inputs[0].dtype;
        uint256 a = Operands.read(node, element, x[0]);
        uint256 b = x.length < 2 ? 0 : Operands.read(node, element, x[1]);
        if (opcode == Opcode.EQUAL) return claimed == _bit(_equal(dtype, a, b));
        revert Element.DTypeUnsupported(opcode, dtype);
    }

    /// @dev A bool as it is committed.
    function _bit(bool value) private pure returns (uint256) {
        return value ? 1 : 0;
    }

    /// @dev A NaN equals nothing.
    function _equal(uint8 dtype, uint256 a, uint256 b) private pure returns (bool) {
        if (!FloatFormat.isFloat(dtype)) return a == b;
        return FloatFormat.same(dtype, a, b) && !FloatFormat.isNaN(dtype, a);
    }
}
