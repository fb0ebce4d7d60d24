// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Convolution} from "./Convolution.sol";
import {Gather} from "./Gather.sol";
import {IntegerProduct} from "./IntegerProduct.sol";
import {Element} from "../math/Element.sol";
import {DType, Kind, Node, Tensor} from "../types/Program.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice ONNX QLinearConv, any number of spatial axes (docs/protocol.md §2.5). A padded tap holds the zero point.
library QLinearConv {
    using TensorViews for TensorView;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        IntegerProduct.requireBytes(node);
        uint256[] memory c = TensorIndex.unravel(element, node.output.dims);
        return IntegerProduct.admissible(node, x, sum(node, c, x) + _bias(node, c[1], x), c[1], claimed);
    }

    /// @notice The sum of products behind the output element at these coordinates.
    function sum(Node memory node, uint256[] memory c, TensorView[] memory x) internal pure returns (int256) {
        Tensor memory w = node.inputs[3];
        uint256[] memory taps = Convolution.taps(node, node.inputs[0], w, c);
        uint256 channels = w.dims[1];
        uint256 count = taps.length * channels;
        int256 zeroX = IntegerProduct.zeroPoint(node, x, 2, 0);
        int256 zeroW = IntegerProduct.zeroPoint(node, x, 5, c[1]);
        uint256 a = Gather.allocate(count);
        Gather.byTap(x[0], taps, channels, node.inputs[0].strides[1], uint8(uint256(zeroX)), a);
        (uint256[] memory counts, uint256[] memory strides) = Convolution.channelsLast(w);
        uint256 b = Gather.allocate(count);
        Gather.box(x[3], c[1] * w.strides[0], counts, strides, b);
        return IntegerProduct.sum(node, a, b, count, zeroX, zeroW);
    }

    function _bias(Node memory node, uint256 channel, TensorView[] memory x) private pure returns (int256) {
        Tensor memory b = node.inputs[8];
        if (b.kind == Kind.ABSENT) return 0;
        require(b.dtype == DType.INT32, Element.DTypeUnsupported(node.opcode, b.dtype));
        return Element.toInt(DType.INT32, x[8].bits(channel));
    }
}
