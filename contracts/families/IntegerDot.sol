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
/// @notice Family 2: QLinearConv, QLinearMatMul, MatMulInteger and ConvInteger, under the rule equal.
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
        int256 total = int256(state[1]);
        return _isScaled(node.opcode)
            ? IntegerProduct.admissible(node, x, total, channel, claimed)
            : IntegerProduct.isSum(total, claimed);
    }

    /// @dev Opcodes of one kind lie together: the quantised products, then the plain ones.
    function _requireKnown(Node memory node) private pure {
        uint16 opcode = node.opcode;
        if (node.rule != Rule.EQUAL || opcode < Opcode.QLINEARCONV || opcode > Opcode.CONVINTEGER) {
            revert OpUnknown(opcode, node.rule);
        }
        if (_isScaled(opcode)) IntegerProduct.requireBytes(node);
        else IntegerProduct.requireIntegers(node);
    }

    function _isScaled(uint16 opcode) private pure returns (bool) {
        return opcode < Opcode.MATMULINTEGER;
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
        uint16 opcode = node.opcode;
        uint256 second = _isScaled(opcode) ? 3 : 1;
        if (opcode == Opcode.QLINEARCONV || opcode == Opcode.CONVINTEGER) {
            (sum, channel) = QLinearConv.sum(node, element, x, second, state[0], until);
        } else {
            (sum, channel) = QLinearMatMul.sum(node, element, x, second, state[0], until);
        }
        unchecked {
            state[1] += uint256(sum);
        }
    }
}
