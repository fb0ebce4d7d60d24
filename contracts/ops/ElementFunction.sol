// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {Operands} from "./Operands.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";
import {DType, Node, Opcode} from "../types/Program.sol";

/// @notice y = f(a) or f(a, b), each element of one of every operand, broadcast (docs/protocol.md §2.1, §2.2).
/// @dev The opcode's low byte says f. Its bits say what all such functions are asked: whether the result is rounded, and how
/// many operands there are. Attributes are parameters of f, as the bits of float32 numbers.
library ElementFunction {
    /// @dev Set where a float32 result is one of a few numbers and not rounded.
    uint16 private constant EXACT = 0x20;
    uint16 private constant UNARY = 0x40;

    /// @notice Whether the rule of such a row is `rounded`; else it is `equal`, as integers are exact.
    function isRounded(uint16 opcode, uint8 dtype) internal pure returns (bool) {
        return dtype == DType.FLOAT32 && opcode & EXACT == 0;
    }

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint16 opcode = node.opcode;
        uint8 dtype = node.output.dtype;
        bool unary = opcode & UNARY != 0;
        if (x.length != (unary ? 1 : 2)) revert Operands.OperandCount(opcode, x.length);
        uint256 a = Operands.read(node, element, x[0]);
        uint256 b = unary ? 0 : Operands.read(node, element, x[1]);
        if (dtype == DType.FLOAT32) return _admitsFloat(node, a, b, claimed);
        if (!Element.isInteger(dtype)) revert Element.DTypeUnsupported(opcode, dtype);
        return claimed == Element.fromInt(dtype, _integer(opcode, dtype, a, b));
    }

    function _admitsFloat(Node memory node, uint256 a, uint256 b, uint256 claimed) private pure returns (bool) {
        uint16 opcode = node.opcode;
        if (opcode == Opcode.ADD) return Float32.same(claimed, RoundedArithmetic.add(a, b));
        if (opcode == Opcode.SUB) return Float32.same(claimed, RoundedArithmetic.sub(a, b));
        if (opcode == Opcode.MUL) return Float32.same(claimed, RoundedArithmetic.mul(a, b));
        if (opcode == Opcode.DIV) {
            // INVARIANT: a divisor of zero has lost its sign when it was committed, so its quotient has none either.
            uint256 magnitude = Float32.isZero(b) ? ~Float32.SIGN : type(uint256).max;
            return Float32.same(claimed & magnitude, RoundedArithmetic.div(a, b) & magnitude);
        }
        if (opcode == Opcode.RELU) {
            // INVARIANT: the maximum of a NaN and 0 is one of the two, which depends on the processor.
            if (Float32.isNaN(a)) return Float32.isNaN(claimed) || Float32.isZero(claimed);
            return Float32.same(claimed, Float32.order(a) < 0 ? 0 : a);
        }
        if (opcode == Opcode.FLOOR) return Float32.same(claimed, Float32.floor(a));
        if (opcode == Opcode.ABS) return Float32.same(claimed, a & ~Float32.SIGN);
        if (opcode == Opcode.SQRT) return Float32.same(claimed, RoundedArithmetic.sqrt(a));
        if (opcode == Opcode.MAX) return Float32.same(claimed, Float32.max(a, b));
        if (opcode == Opcode.MIN) return Float32.same(claimed, Float32.min(a, b));
        if (opcode == Opcode.LEAKYRELU) {
            bool keeps = !Float32.isNaN(a) && Float32.order(a) >= 0;
            return Float32.same(claimed, keeps ? a : RoundedArithmetic.mul(_parameter(node, 0), a));
        }
        if (opcode == Opcode.CLIP) return Float32.same(claimed, Float32.clip(a, _parameter(node, 0), _parameter(node, 1)));
        revert Element.DTypeUnsupported(opcode, DType.FLOAT32);
    }

    function _parameter(Node memory node, uint256 i) private pure returns (uint256) {
        return uint32(uint256(node.attributes[i]));
    }

    /// @dev The result, of which the type keeps what it has room for.
    function _integer(uint16 opcode, uint8 dtype, uint256 aBits, uint256 bBits) private pure returns (int256) {
        (int256 a, int256 b) = (Element.toInt(dtype, aBits), Element.toInt(dtype, bBits));
        unchecked {
            if (opcode == Opcode.ADD) return a + b;
            if (opcode == Opcode.SUB) return a - b;
            if (opcode == Opcode.MUL) return a * b;
            // A compiler refuses a divisor that may be 0 or −1, because processors trap on it (x86) or go on with 0 for a
            // division by zero and the wrapped quotient for the least integer divided by −1 (arm64): only those are left.
            if (opcode == Opcode.DIV) return b == 0 ? int256(0) : a / b;
            if (opcode == Opcode.RELU) return a < 0 ? int256(0) : a;
            if (opcode == Opcode.MAX) return a > b ? a : b;
            if (opcode == Opcode.MIN) return a < b ? a : b;
        }
        revert Element.DTypeUnsupported(opcode, dtype);
    }
}
