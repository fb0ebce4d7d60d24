// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DType, Kind, Node, Tensor} from "../types/Program.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {Int8Dot} from "../math/Int8Dot.sol";
import {Requantize} from "../math/Requantize.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice A dot product of 8-bit integers (docs/protocol.md §2.5). Inputs 0 … 7 of a quantised one's row are: first operand,
/// its scale and zero point; second operand, its scale and zero point; scale and zero point of the output. Inputs 0 … 3 of a
/// plain one's are the operands and their zero points, which may be absent. So the zero points are inputs 2 and `second` + 2,
/// with `second` the place of the second operand.
library IntegerProduct {
    using TensorViews for TensorView;

    /// @notice Whether operands, output and zero points are 8-bit integers, each zero point of its tensor's type.
    function requireBytes(Node memory node) internal pure {
        _requireByte(node, node.inputs[0].dtype, node.inputs[2].dtype);
        _requireByte(node, node.inputs[3].dtype, node.inputs[5].dtype);
        _requireByte(node, node.output.dtype, node.inputs[7].dtype);
    }

    /// @notice Whether the operands of a plain product are 8-bit integers, each zero point is of its operand's type, and the
    /// output is int32.
    function requireIntegers(Node memory node) internal pure {
        for (uint256 i = 0; i < 2; ++i) {
            uint8 dtype = node.inputs[i].dtype;
            Tensor memory zero = node.inputs[i + 2];
            _requireByte(node, dtype, zero.kind == Kind.ABSENT ? dtype : zero.dtype);
        }
        if (node.output.dtype != DType.INT32) revert Element.DTypeUnsupported(node.opcode, node.output.dtype);
    }

    /// @notice Σ (a[k] − zeroA)·(b[k] − zeroB) for k from 0 to count − 1.
    /// @dev Sums of parts of the vectors add up to the sum of the whole: a long product can be fed in pieces.
    /// @param second place of the second operand among the inputs
    /// @param a memory position of the first operand's elements; b the second's
    function sum(Node memory node, uint256 second, uint256 a, uint256 b, uint256 count, int256 zeroA, int256 zeroB)
        internal
        pure
        returns (int256)
    {
        bool signedA = node.inputs[0].dtype == DType.INT8;
        return Int8Dot.accumulate(a, b, count, signedA, node.inputs[second].dtype == DType.INT8, zeroA, zeroB);
    }

    /// @notice Whether `claimed` is the whole sum of a plain product, wrapped around to int32.
    function isSum(int256 total, uint256 claimed) internal pure returns (bool) {
        return claimed == Element.fromInt(DType.INT32, Requantize.wrap(total));
    }

    /// @notice Whether `claimed` is what the whole sum, with the bias, becomes in the output.
    /// @param channel index of the second operand's scale, where it has more than one
    function admissible(Node memory node, TensorView[] memory x, int256 total, uint256 channel, uint256 claimed)
        internal
        pure
        returns (bool)
    {
        uint8 dtype = node.output.dtype;
        (int256 least, int256 greatest) = Element.range(dtype);
        uint256 scale = x[6].bits(0);
        uint256 factor = Requantize.factor(x[1].bits(0), _entry(node, x, 4, channel), scale);
        int256 zero = zeroPoint(node, x, 7, 0);
        (bool determined, int256 q) =
            Requantize.quantize(Requantize.wrap(total), factor, zero, least, greatest);
        // INVARIANT: a NaN converts to the least or the greatest integer, or to 0, which depends on the processor.
        if (!determined) return Element.isEnd(dtype, claimed) || claimed == Element.fromInt(dtype, zero);
        // INVARIANT: a scale of zero has lost its sign when it was committed, and the infinite factor with it.
        if (Float32.isZero(scale)) return Element.isEnd(dtype, claimed);
        return Element.fromInt(dtype, q) == claimed;
    }

    function zeroPoint(Node memory node, TensorView[] memory x, uint256 input, uint256 channel)
        internal
        pure
        returns (int256)
    {
        Tensor memory t = node.inputs[input];
        if (t.kind == Kind.ABSENT) return 0;
        (uint256 position,) = x[input].locate(t.size == 1 ? 0 : channel);
        uint256 bits;
        assembly ("memory-safe") {
            bits := byte(0, calldataload(position))
        }
        return t.dtype == DType.INT8 ? int256(int8(uint8(bits))) : int256(bits);
    }

    /// @dev The only element of a parameter, or the one of the channel, which is its only axis longer than 1.
    function _entry(Node memory node, TensorView[] memory x, uint256 input, uint256 channel)
        private
        pure
        returns (uint256)
    {
        return x[input].bits(node.inputs[input].size == 1 ? 0 : channel);
    }

    function _requireByte(Node memory node, uint8 dtype, uint8 zeroType) private pure {
        if (dtype != DType.INT8 && dtype != DType.UINT8) revert Element.DTypeUnsupported(node.opcode, dtype);
        if (zeroType != dtype) revert Element.DTypeUnsupported(node.opcode, zeroType);
    }
}
