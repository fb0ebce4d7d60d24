// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "./Carried.sol";
import {Convolution} from "./Convolution.sol";
import {Gather} from "./Gather.sol";
import {IntegerProduct} from "./IntegerProduct.sol";
import {Element} from "../math/Element.sol";
import {DType, Kind, Node, Tensor} from "../types/Program.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice ONNX QLinearConv and ConvInteger, any number of spatial axes (docs/protocol.md §2.5). A padded tap holds the zero
/// point.
library QLinearConv {
    using TensorViews for TensorView;

    /// @notice The sum of products at the positions from `from` to before `until`, which run over the kernel in row-major
    /// order, then over the channels of the group; with the bias where they begin the reduction.
    /// @param second place of the weights among the inputs
    /// @return total exact
    /// @return channel of the output
    function sum(Node memory node, uint256 element, TensorView[] memory x, uint256 second, uint256 from, uint256 until)
        internal
        pure
        returns (int256 total, uint256 channel)
    {
        Tensor memory w = node.inputs[second];
        until = Carried.within(from, until, Convolution.kernelSize(w) * w.dims[1]);
        uint256[] memory c = TensorIndex.unravel(element, node.output.dims);
        channel = c[1];
        if (from == 0) total = _bias(node, channel, x);
        int256 zeroX = IntegerProduct.zeroPoint(node, x, 2, 0);
        int256 zeroW = IntegerProduct.zeroPoint(node, x, second + 2, channel);
        (uint256[] memory counts, uint256[] memory strides) = Convolution.channelsLast(w);
        // Positions and offsets lie inside tensors, and sums of 8-bit products far below 2²⁵⁵.
        unchecked {
        while (from < until) {
            (uint256 tap, uint256 taps, uint256 first, uint256 channels) =
                Convolution.rectangle(from, until, w.dims[1]);
            uint256[] memory offsets = Convolution.taps(node, node.inputs[0], w, c, first, tap, taps);
            uint256 count = taps * channels;
            uint256 a = Gather.allocate(count);
            Gather.byTap(x[0], offsets, channels, node.inputs[0].strides[1], uint8(uint256(zeroX)), a);
            uint256 b = Gather.allocate(count);
            Gather.box(x[second], channel * w.strides[0], counts, strides, from, count, b);
            total += IntegerProduct.sum(node, second, a, b, count, zeroX, zeroW);
            from += count;
        }
        }
    }

    function _bias(Node memory node, uint256 channel, TensorView[] memory x) private pure returns (int256) {
        if (node.inputs.length < 9) return 0;
        Tensor memory b = node.inputs[8];
        if (b.kind == Kind.ABSENT) return 0;
        if (b.dtype != DType.INT32) revert Element.DTypeUnsupported(node.opcode, b.dtype);
        return Element.toInt(DType.INT32, x[8].bits(channel));
    }
}
