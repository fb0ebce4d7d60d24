// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Conv} from "../ops/Conv.sol";
import {Gemm} from "../ops/Gemm.sol";
import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {MatMul} from "../ops/MatMul.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @title Float32 dot products
/// @notice Family 1: Conv, Gemm and MatMul, under the rules chain and bound.
contract FloatDot is IOpFamily {
    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        require(node.rule == Rule.CHAIN || node.rule == Rule.BOUND, OpUnknown(node.opcode, node.rule));
        TensorView[] memory x = TensorViews.open(node.inputs, inputs);
        if (node.opcode == Opcode.CONV) return Conv.admissible(node, element, claimed, x);
        if (node.opcode == Opcode.GEMM) return Gemm.admissible(node, element, claimed, x);
        if (node.opcode == Opcode.MATMUL) return MatMul.admissible(node, element, claimed, x);
        revert OpUnknown(node.opcode, node.rule);
    }
}
