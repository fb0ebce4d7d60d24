// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";
import {QLinearConv} from "../ops/QLinearConv.sol";
import {QLinearMatMul} from "../ops/QLinearMatMul.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @title Quantised dot products
/// @notice Family 2: QLinearConv and QLinearMatMul, under the rule equal.
contract IntegerDot is IOpFamily {
    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        require(node.rule == Rule.EQUAL, OpUnknown(node.opcode, node.rule));
        TensorView[] memory x = TensorViews.open(node.inputs, inputs);
        if (node.opcode == Opcode.QLINEARCONV) return QLinearConv.admissible(node, element, claimed, x);
        if (node.opcode == Opcode.QLINEARMATMUL) return QLinearMatMul.admissible(node, element, claimed, x);
        revert OpUnknown(node.opcode, node.rule);
    }
}
