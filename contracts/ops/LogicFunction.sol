// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {FloatFormat} from "../math/FloatFormat.sol";
import {Remainder} from "../math/Remainder.sol";
import {DType, Node, Opcode} from "../types/Program.sol";
import {Operands} from "./Operands.sol";

/// @notice y = f(a), f(a, b) or f(a, b, c), each element of one of every operand, broadcast; f is exact on every type
/// (docs/protocol.md §2.14).
/// @dev The high digit of the opcode's low byte is the number of operands.
library LogicFunction {
    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint16 opcode = node.opcode;
        uint256 count = (opcode >> 4) & 15;
        if (x.length != count) revert Operands.OperandCount(opcode, x.length);
        uint8 dtype = node.inputs[0].dtype;
        uint256 a = Operands.read(node, element, x[0]);
        if (count == 1) return _admitsUnary(node, dtype, a, claimed);
        uint256 b = Operands.read(node, element, x[1]);
        if (opcode == Opcode.WHERE) {
            return Element.same(node.output.dtype, claimed, a != 0 ? b : Operands.read(node, element, x[2]));
        }
        if (opcode == Opcode.MOD) return Remainder.admits(dtype, a, b, node.attributes[0] != 0, claimed);
        return claimed == (_isComparison(opcode) ? _compare(opcode, dtype, a, b) : _bitwise(node, dtype, a, b));
    }

    function _admitsUnary(Node memory node, uint8 dtype, uint256 a, uint256 claimed) private pure returns (bool) {
        uint16 opcode = node.opcode;
        bool isFloat = FloatFormat.isFloat(dtype);
        if (opcode == Opcode.SIGN) return Element.same(dtype, claimed, isFloat ? FloatFormat.signOf(dtype, a) : _sign(dtype, a));
        if (opcode == Opcode.NOT && !isFloat) return claimed == a ^ (dtype == DType.BOOL ? 1 : Element.fromInt(dtype, -1));
        if (opcode == Opcode.ROUND && isFloat) {
            return FloatFormat.same(dtype, claimed, FloatFormat.toInteger(dtype, a, node.attributes[0]));
        }
        revert Element.DTypeUnsupported(opcode, dtype);
    }

    /// @dev −1, 0 or 1, as an integer of the type.
    function _sign(uint8 dtype, uint256 a) private pure returns (uint256) {
        int256 value = Element.toInt(dtype, a);
        return value < 0 ? Element.fromInt(dtype, -1) : value == 0 ? 0 : 1;
    }

    function _isComparison(uint16 opcode) private pure returns (bool) {
        return opcode == Opcode.EQUAL || opcode == Opcode.LESS || opcode == Opcode.LESSOREQUAL;
    }

    /// @return 1 where the comparison holds, which with a NaN none does
    function _compare(uint16 opcode, uint8 dtype, uint256 a, uint256 b) private pure returns (uint256) {
        int256 difference;
        unchecked {
            if (!FloatFormat.isFloat(dtype)) difference = Element.toInt(dtype, a) - Element.toInt(dtype, b);
            else if (FloatFormat.isNaN(dtype, a) || FloatFormat.isNaN(dtype, b)) return 0;
            else difference = FloatFormat.order(dtype, a) - FloatFormat.order(dtype, b);
        }
        if (opcode == Opcode.EQUAL) return difference == 0 ? 1 : 0;
        return difference < 0 || (difference == 0 && opcode == Opcode.LESSOREQUAL) ? 1 : 0;
    }

    function _bitwise(Node memory node, uint8 dtype, uint256 a, uint256 b) private pure returns (uint256) {
        uint16 opcode = node.opcode;
        if (opcode == Opcode.AND) return a & b;
        if (opcode == Opcode.OR) return a | b;
        if (opcode == Opcode.XOR) return a ^ b;
        // Nothing is left of a number that is shifted by as many places as it has, or by more.
        if (opcode == Opcode.BITSHIFT) return node.attributes[0] != 0 ? a >> b : Element.fromInt(dtype, int256(b < 64 ? a << b : 0));
        revert Element.DTypeUnsupported(opcode, dtype);
    }
}
