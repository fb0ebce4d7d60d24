// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchNormalizationLanes} from "../ops/BatchNormalizationLanes.sol";
import {Carried} from "../ops/Carried.sol";
import {DType, Node, NodeRow, Opcode, Rule} from "../types/Program.sol";
import {Element} from "../math/Element.sol";
import {IOpFamily, IReductionFamily, Opening} from "../interfaces/IOpFamily.sol";
import {LayerNormalizationLanes} from "../ops/LayerNormalizationLanes.sol";
import {SoftmaxLanes} from "../ops/SoftmaxLanes.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @title Normalisations under the rule lanes (rows of the opcodes 0x07.. under that rule)
/// @notice In the order in which the canonical run adds: every element has one value.
contract Lanes is IReductionFamily {
    using Carried for uint256[];

    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        return _conclude(row, element, claimed, row[:0], inputs);
    }

    /// @inheritdoc IReductionFamily
    function accumulate(
        bytes calldata row,
        uint256 element,
        bytes calldata carried,
        uint256 until,
        Opening[] calldata inputs
    ) external pure returns (bytes memory) {
        (Node memory node, TensorView[] memory x) = _open(row, inputs);
        uint256[] memory state = Carried.load(carried, _words(node), until);
        _reduce(node, element, x, until, state);
        return state.store(until);
    }

    /// @inheritdoc IReductionFamily
    function admissibleAfter(
        bytes calldata row,
        uint256 element,
        uint256 claimed,
        bytes calldata carried,
        Opening[] calldata inputs
    ) external pure returns (bool) {
        return _conclude(row, element, claimed, carried, inputs);
    }

    function _conclude(
        bytes calldata row,
        uint256 element,
        uint256 claimed,
        bytes calldata carried,
        Opening[] calldata inputs
    ) private pure returns (bool) {
        (Node memory node, TensorView[] memory x) = _open(row, inputs);
        uint16 opcode = node.opcode;
        if (opcode == Opcode.BATCHNORMALIZATION && carried.length == 0) {
            return BatchNormalizationLanes.admissible(node, element, claimed, x);
        }
        uint256[] memory state = Carried.load(carried, _words(node));
        _reduce(node, element, x, Carried.END, state);
        if (opcode == Opcode.LAYERNORMALIZATION) return LayerNormalizationLanes.admissible(node, element, claimed, x, state);
        return SoftmaxLanes.admissible(node, element, claimed, x, state);
    }

    function _open(bytes calldata row, Opening[] calldata inputs)
        private
        pure
        returns (Node memory node, TensorView[] memory x)
    {
        node = NodeRow.decode(row);
        if (node.opcode != Opcode.BATCHNORMALIZATION) _words(node);
        if (node.rule != Rule.LANES) revert OpUnknown(node.opcode, node.rule);
        x = TensorViews.open(node.inputs, inputs);
        if (node.output.dtype != DType.FLOAT32) revert Element.DTypeUnsupported(node.opcode, node.output.dtype);
    }

    /// @dev Words of the state of what can be judged in pieces.
    function _words(Node memory node) private pure returns (uint256) {
        if (node.opcode == Opcode.LAYERNORMALIZATION) return LayerNormalizationLanes.WORDS;
        if (node.opcode == Opcode.SOFTMAX) return SoftmaxLanes.WORDS;
        revert OpUnknown(node.opcode, node.rule);
    }

    /// @dev Takes the numbers at the positions from the carried one to before `until` to the state.
    function _reduce(Node memory node, uint256 element, TensorView[] memory x, uint256 until, uint256[] memory state) private pure {
        if (node.opcode == Opcode.LAYERNORMALIZATION) LayerNormalizationLanes.reduce(node, element, x, until, state);
        else SoftmaxLanes.reduce(node, element, x, until, state);
    }
}
