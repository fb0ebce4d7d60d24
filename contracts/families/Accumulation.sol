// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, IReductionFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Carried} from "../ops/Carried.sol";
import {Maximum} from "../ops/Maximum.sol";
import {Mean} from "../ops/Mean.sol";
import {Region, Regions} from "../ops/Region.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";

/// @title Accumulations over a region, for pools and reductions (opcodes 0x06..)
/// @notice Of the low byte the high half says what the region is, the low half what is accumulated: a mean within its error
/// bound, which can be judged in pieces, or a maximum.
contract Accumulation is IReductionFamily {
    using Carried for uint256[];
    using Regions for Region;

    /// @dev Set where the region is a window and not whole axes.
    uint16 private constant WINDOW = 0x10;

    /// @inheritdoc IOpFamily
    function admissible(bytes calldata row, uint256 element, uint256 claimed, Opening[] calldata inputs)
        external
        pure
        returns (bool)
    {
        (Node memory node, TensorView memory x, Region memory region) = _open(row, element, inputs);
        if (node.opcode == Opcode.REDUCEMEAN) return _mean(node, region, claimed, row[:0], x);
        return Maximum.admissible(node, region.read(x, 0, region.size), claimed);
    }

    /// @inheritdoc IReductionFamily
    function accumulate(
        bytes calldata row,
        uint256 element,
        bytes calldata carried,
        uint256 until,
        Opening[] calldata inputs
    ) external pure returns (bytes memory) {
        (Node memory node, TensorView memory x, Region memory region) = _open(row, element, inputs);
        if (node.opcode != Opcode.REDUCEMEAN) revert OpUnknown(node.opcode, node.rule);
        uint256[] memory state = Carried.load(carried, Mean.WORDS, until);
        Mean.reduce(node, region, x, until, state);
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
        (Node memory node, TensorView memory x, Region memory region) = _open(row, element, inputs);
        if (node.opcode != Opcode.REDUCEMEAN) revert OpUnknown(node.opcode, node.rule);
        return _mean(node, region, claimed, carried, x);
    }

    /// @dev The node, its input, and what one element of its output is made of.
    function _open(bytes calldata row, uint256 element, Opening[] calldata inputs)
        private
        pure
        returns (Node memory node, TensorView memory x, Region memory region)
    {
        node = NodeRow.decode(row);
        uint16 opcode = node.opcode;
        if ((opcode != Opcode.REDUCEMEAN || node.rule != Rule.BOUND) && (opcode != Opcode.MAXPOOL || node.rule != Rule.EQUAL)) {
            revert OpUnknown(opcode, node.rule);
        }
        x = TensorViews.open(node.inputs, inputs)[0];
        region = opcode & WINDOW == 0 ? Regions.alongAxes(node, element, x) : Regions.inWindow(node, element, x);
    }

    function _mean(Node memory node, Region memory region, uint256 claimed, bytes calldata carried, TensorView memory x)
        private
        pure
        returns (bool)
    {
        uint256[] memory state = Carried.load(carried, Mean.WORDS);
        uint256 n = Mean.reduce(node, region, x, Carried.END, state);
        return Mean.admissible(state, n, claimed);
    }
}
