// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "../ops/Carried.sol";
import {IntegerProduct} from "../ops/IntegerProduct.sol";
import {IOpFamily, IReductionFamily, Opening} from "../interfaces/IOpFamily.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";
import {QLinearConv} from "../ops/QLinearConv.sol";
import {QLinearMatMul} from "../ops/QLinearMatMul.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @title Quantised dot products
/// @notice Family 2: QLinearConv and QLinearMatMul, under the rule equal.
contract IntegerDot is IReductionFamily {
    using Carried for uint256[];

    /// @dev The position and the sum so far, the bias included.
    uint256 private constant WORDS = 2;

    /// @inheritdoc IReductionFamily
    function accumulate(
        bytes calldata row,
        uint256 element,
        bytes calldata carried,
        uint256 until,
        Opening[] calldata inputs
    ) external pure returns (bytes memory) {
        Node memory node = NodeRow.decode(row);
        _requireKnown(node);
        TensorView[] memory x = TensorViews.open(node.inputs, inputs);
        uint256[] memory state = Carried.load(carried, WORDS, until);
        _reduce(node, element, state, until, x);
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

    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        return _conclude(row, element, claimed, row[:0], inputs);
    }

    function _conclude(
        bytes calldata row,
        uint256 element,
        uint256 claimed,
        bytes calldata carried,
        Opening[] calldata inputs
    ) private pure returns (bool) {
        Node memory node = NodeRow.decode(row);
        _requireKnown(node);
        TensorView[] memory x = TensorViews.open(node.inputs, inputs);
        uint256[] memory state = Carried.load(carried, WORDS);
        uint256 channel = _reduce(node, element, state, Carried.END, x);
        return IntegerProduct.admissible(node, x, int256(state[1]), channel, claimed);
    }

    function _requireKnown(Node memory node) private pure {
        if (node.rule != Rule.EQUAL || (node.opcode != Opcode.QLINEARCONV && node.opcode != Opcode.QLINEARMATMUL)) {
            revert OpUnknown(node.opcode, node.rule);
        }
        IntegerProduct.requireBytes(node);
    }

    /// @return channel of the output, which its scale and zero point may depend on
    function _reduce(
        Node memory node,
        uint256 element,
        uint256[] memory state,
        uint256 until,
        TensorView[] memory x
    ) private pure returns (uint256 channel) {
        int256 sum;
        if (node.opcode == Opcode.QLINEARCONV) (sum, channel) = QLinearConv.sum(node, element, x, state[0], until);
        else (sum, channel) = QLinearMatMul.sum(node, element, x, state[0], until);
        unchecked {
            state[1] += uint256(sum);
        }
    }
}
