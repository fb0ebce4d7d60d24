// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorViews} from "../merkle/TensorView.sol";
import {KernelFunction} from "../ops/KernelFunction.sol";
import {Node, NodeRow, Rule} from "../types/Program.sol";

/// @title Functions of one number as the runtime computes them, operation by operation (opcodes 0x08..)
contract Kernel is IOpFamily {
    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        if (node.rule != Rule.KERNEL) revert OpUnknown(node.opcode, node.rule);
        return KernelFunction.admissible(node, element, claimed, TensorViews.open(node.inputs, inputs));
    }
}
