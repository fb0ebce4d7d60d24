// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        Tensor memory w = node.inputs[1];
        uint256[] memory c = TensorIndex.unravel(element, node.output.dims);
        uint256[] memory taps = Convolution.taps(node, node.inputs[0], w, c);
        Product memory p;
        p.count = taps.length * w.dims[1];
        p.alpha = p.beta = FloatProduct.ONE;
        p.a = Gather.allocate(4 * p.count);
        Gather.byChannel(x[0], taps, w.dims[1], node.inputs[0].strides[1], p.a);
        (uint256[] memory counts, uint256[] memory strides) = Convolution.channelsFirst(w);
        p.b = Gather.allocate(4 * p.count);
        Gather.box(x[1], c[1] * w.strides[0], counts, strides, p.b);
        if (node.inputs[2].kind != Kind.ABSENT) p.c = x[2].bits(c[1] * node.inputs[2].strides[0]);
        return FloatProduct.admissible(node, p, 1, claimed);
    }
}
