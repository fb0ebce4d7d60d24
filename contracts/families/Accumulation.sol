// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, IReductionFamily, Opening} from "../interfaces/IOpFamily.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Carried} from "../ops/Carried.sol";
import {Maximum} from "../ops/Maximum.sol";
import {Mean} from "../ops/Mean.sol";
import {MeanLanes} from "../ops/MeanLanes.sol";
import {RunningMaximum} from "../ops/RunningMaximum.sol";
import {Region, Regions} from "../ops/Region.sol";
import {Node, NodeRow, Opcode, Rule} from "../types/Program.sol";

/// @title Accumulations over a region, for pools and reductions (opcodes 0x06..)
/// @notice Of the low byte the high half says what the region is, the low half what is accumulated: a mean within its error
/// bound or in lanes, or a maximum. What lies along whole axes can be judged in pieces.
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
        if (node.opcode == Opcode.MAXPOOL) return Maximum.admissible(node, region.read(x, 0, region.size), claimed);
        return _after(node, element, region, claimed, row[:0], x);
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
        uint256[] memory state = Carried.load(carried, _words(node), until);
        if (node.opcode != Opcode.REDUCEMEAN) RunningMaximum.reduce(node, region, x, until, state);
        else if (node.rule == Rule.LANES) MeanLanes.reduce(node, element, region, x, until, state);
        else Mean.reduce(node, region, x, until, state);
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
        return _after(node, element, region, claimed, carried, x);
    }

    /// @dev The node, its input, and what one element of its output is made of.
    function _open(bytes calldata row, uint256 element, Opening[] calldata inputs)
        private
        pure
        returns (Node memory node, TensorView memory x, Region memory region)
    {
        node = NodeRow.decode(row);
        uint16 opcode = node.opcode;
        bool isMaximum = opcode == Opcode.MAXPOOL || opcode == Opcode.REDUCEMAX;
        if (!isMaximum && opcode != Opcode.REDUCEMEAN) revert OpUnknown(opcode, node.rule);
        bool known = isMaximum ? node.rule == Rule.EQUAL : node.rule == Rule.BOUND || node.rule == Rule.LANES;
        if (!known) revert OpUnknown(opcode, node.rule);
        x = TensorViews.open(node.inputs, inputs)[0];
        region = opcode & WINDOW == 0 ? Regions.alongAxes(node, element, x) : Regions.inWindow(node, element, x);
    }

    /// @dev Words of the state of what can be judged in pieces.
    function _words(Node memory node) private pure returns (uint256) {
        if (node.opcode == Opcode.REDUCEMEAN) return node.rule == Rule.LANES ? MeanLanes.WORDS : Mean.WORDS;
        if (node.opcode == Opcode.REDUCEMAX) return RunningMaximum.WORDS;
        revert OpUnknown(node.opcode, node.rule);
    }

    /// @dev The verdict, given what was carried.
    function _after(
        Node memory node,
        uint256 element,
        Region memory region,
        uint256 claimed,
        bytes calldata carried,
        TensorView memory x
    ) private pure returns (bool) {
        uint256[] memory state = Carried.load(carried, _words(node));
        if (node.rule == Rule.LANES) {
            MeanLanes.reduce(node, element, region, x, Carried.END, state);
            return MeanLanes.admissible(state, region.size, claimed);
        }
        if (node.opcode == Opcode.REDUCEMEAN) {
            return Mean.admissible(state, Mean.reduce(node, region, x, Carried.END, state), claimed);
        }
        RunningMaximum.reduce(node, region, x, Carried.END, state);
        return RunningMaximum.admissible(node.output.dtype, state, claimed);
    }
}
