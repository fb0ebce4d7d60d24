// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Convolution} from "./Convolution.sol";
import {Gather} from "./Gather.sol";
import {IntegerProduct} from "./IntegerProduct.sol";
import {Kind, Node, Tensor} from "../types/Program.sol";
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
        Tensor memory w = node.inputs[3];
        uint256[] memory c = TensorIndex.unravel(element, node.output.dims);
        uint256[] memory taps = Convolution.taps(node, node.inputs[0], w, c);
        uint256 channels = w.dims[1];
        uint256 count = taps.length * channels;
        uint256 a = Gather.allocate(count);
        uint8 fill = uint8(uint256(IntegerProduct.zeroPoint(node, x, 2, 0)));
        Gather.byTap(x[0], taps, channels, node.inputs[0].strides[1], fill, a);
        (uint256[] memory counts, uint256[] memory strides) = Convolution.channelsLast(w);
        uint256 b = Gather.allocate(count);
        Gather.box(x[3], c[1] * w.strides[0], counts, strides, b);
        int256 bias;
        if (node.inputs[8].kind != Kind.ABSENT) {
            bias = int32(uint32(x[8].bits(c[1] * node.inputs[8].strides[0])));
        }
        return IntegerProduct.admissible(node, x, a, b, count, c[1], bias, claimed);
    }
}
