// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorViews} from "../merkle/TensorView.sol";
import {LogicFunction} from "../ops/LogicFunction.sol";
import {Node, NodeRow, Rule} from "../types/Program.sol";

/// @title Comparisons, logic, choices and what computes with whole numbers (opcodes 0x0a..)
contract Logic is IOpFamily {
    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        if (node.rule != Rule.EQUAL) revert OpUnknown(node.opcode, node.rule);
        return LogicFunction.admissible(node, element, claimed, TensorViews.open(node.inputs, inputs));
    }
}
