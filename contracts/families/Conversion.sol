// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorViews} from "../merkle/TensorView.sol";
import {Cast} from "../ops/Cast.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";

/// @title Numbers in another type (opcodes 0x0b..)
contract Conversion is IOpFamily {
    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        Node memory node = NodeRow.decode(row);
        if (node.opcode != Opcode.CAST || node.rule != Rule.EQUAL) revert OpUnknown(node.opcode, node.rule);
        return Cast.admissible(node, element, claimed, TensorViews.open(node.inputs, inputs));
    }
}
