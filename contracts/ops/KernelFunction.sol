// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Broadcast} from "../math/Broadcast.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {Kernels} from "../math/Kernels.sol";
import {DType, Node, Opcode} from "../types/Program.sol";

/// @notice y = f(x) element by element, f being a fixed sequence of float32 operations (docs/operators/kernels.md).
library KernelFunction {
    using TensorViews for TensorView;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        if (node.output.dtype != DType.FLOAT32) revert Element.DTypeUnsupported(node.opcode, node.output.dtype);
        TensorView memory operand = x[0];
        uint256 offset = Broadcast.offset(element, node.output.dims, operand.dims, operand.strides);
        return Float32.same(claimed, _value(node, operand.bits(offset)));
    }

    function _value(Node memory node, uint256 x) private pure returns (uint256) {
        uint16 opcode = node.opcode;
        if (opcode == Opcode.EXP) return Kernels.exp(x);
        if (opcode == Opcode.TANH) return Kernels.tanh(x);
        if (opcode == Opcode.SIGMOID) return Kernels.sigmoid(x);
        if (opcode == Opcode.ERF) return Kernels.erf(x);
        if (opcode == Opcode.GELU) return node.attributes[0] == 0 ? Kernels.gelu(x) : Kernels.geluTanh(x);
        if (opcode == Opcode.HARDSIGMOID) return Kernels.hardSigmoid(x, _parameter(node, 0), _parameter(node, 1));
        revert Element.DTypeUnsupported(opcode, DType.FLOAT32);
    }

    /// @dev A float32 that stands in the row.
    function _parameter(Node memory node, uint256 i) private pure returns (uint256) {
        return uint32(uint256(node.attributes[i]));
    }
}
