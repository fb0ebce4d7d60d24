// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "./Carried.sol";
import {Convolution} from "./Convolution.sol";
import {FloatProduct, Product} from "./FloatProduct.sol";
import {Gather} from "./Gather.sol";
import {Kind, Node, Tensor} from "../types/Program.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice ONNX Conv in float32, any number of spatial axes (docs/protocol.md §2.3, §2.4). k runs over the channels of
/// the group, then over the kernel in row-major order; a padded tap is a zero.
library Conv {
    using TensorViews for TensorView;

    /// @notice Gathers the products at the positions from p.from to before p.until, which are input channels of the group
    /// here and products afterwards.
    function gather(Node memory node, uint256 element, TensorView[] memory x, Product memory p) internal pure {
        Tensor memory w = node.inputs[1];
        uint256 first = p.from;
        uint256 channels = Carried.within(first, p.until, w.dims[1]) - first;
        uint256[] memory c = TensorIndex.unravel(element, node.output.dims);
        uint256[] memory taps = Convolution.taps(node, node.inputs[0], w, c, first);
        (p.from, p.until) = (first * taps.length, (first + channels) * taps.length);
        p.length = w.dims[1] * taps.length;
        p.alpha = p.beta = FloatProduct.ONE;
        p.roundings = 1;
        if (first == 0 && node.inputs[2].kind != Kind.ABSENT) p.c = x[2].bits(c[1] * node.inputs[2].strides[0]);
        if (channels == 0) return;
        uint256 size = 4 * taps.length * channels;
        p.a = Gather.allocate(size);
        Gather.byChannel(x[0], taps, channels, node.inputs[0].strides[1], p.a);
        (uint256[] memory counts, uint256[] memory strides) = Convolution.channelsFirst(w, channels);
        p.b = Gather.allocate(size);
        Gather.box(x[1], c[1] * w.strides[0] + first * w.strides[1], counts, strides, p.b);
    }
}
