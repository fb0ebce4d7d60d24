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

    /// @notice Gathers the products at the positions from p.from to before p.until; position k is product k.
    function gather(Node memory node, uint256 element, TensorView[] memory x, Product memory p) internal pure {
        Tensor memory w = node.inputs[1];
        uint256[] memory c = TensorIndex.unravel(element, node.output.dims);
        uint256 taps = Convolution.kernelSize(w);
        // Positions and offsets lie inside tensors.
        unchecked {
            p.length = w.dims[1] * taps;
            p.until = Carried.within(p.from, p.until, p.length);
            p.alpha = p.beta = FloatProduct.ONE;
            if (FloatProduct.hasContiguousRows(node)) p.run = Convolution.outputsOfGroup(node);
            uint256 filter = c[1];
            if (p.from == 0 && node.inputs[2].kind != Kind.ABSENT) p.c = x[2].bits(filter * node.inputs[2].strides[0]);
            uint256 until = p.until;
            uint256 size = 4 * (until - p.from);
            uint256 to = Gather.allocate(size);
            p.a = to;
            for (uint256 k = p.from; k < until;) {
                (uint256 channel, uint256 channels, uint256 tap, uint256 count) = Convolution.rectangle(k, until, taps);
                uint256[] memory offsets = Convolution.taps(node, node.inputs[0], w, c, channel, tap, count);
                Gather.byChannel(x[0], offsets, channels, node.inputs[0].strides[1], to);
                k += channels * count;
                to += 4 * channels * count;
            }
            (uint256[] memory counts, uint256[] memory strides) = Convolution.channelsFirst(w);
            p.b = Gather.allocate(size);
            Gather.box(x[1], filter * w.strides[0], counts, strides, p.from, until - p.from, p.b);
        }
    }
}
