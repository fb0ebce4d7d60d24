// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DType, Kind, Node, Tensor} from "../types/Program.sol";
import {Int8Dot} from "../math/Int8Dot.sol";
import {Requantize} from "../math/Requantize.sol";
import {TensorView, TensorViews} from "../merkle/TensorView.sol";

/// @notice Judges a quantised dot product (docs/protocol.md §2.5). Inputs 0 … 7 of the row are: first operand, its
/// scale and zero point; second operand, its scale and zero point; scale and zero point of the output.
library IntegerProduct {
    using TensorViews for TensorView;

    /// @param a memory position of the first operand's `count` elements; b the second's
    /// @param channel index of the second operand's scale and zero point, where it has more than one
    /// @param bias added to the sum
    function admissible(
        Node memory node,
        TensorView[] memory x,
        uint256 a,
        uint256 b,
        uint256 count,
        uint256 channel,
        int256 bias,
        uint256 claimed
    ) internal pure returns (bool) {
        int256 sum = Int8Dot.accumulate(
            a,
            b,
            count,
            node.inputs[0].dtype == DType.INT8,
            node.inputs[3].dtype == DType.INT8,
            zeroPoint(node, x, 2, 0),
            zeroPoint(node, x, 5, channel)
        );
        uint256 scale = Requantize.factor(x[1].bits(0), _entry(node, x, 4, channel), x[6].bits(0));
        bool signed = node.output.dtype == DType.INT8;
        (bool determined, int256 q) = Requantize.quantize(
            Requantize.wrap(sum + bias),
            scale,
            zeroPoint(node, x, 7, 0),
            signed ? -128 : int256(0),
            signed ? int256(127) : int256(255)
        );
        return !determined || uint8(uint256(q)) == claimed;
    }

    /// @notice A zero point; 0 where it is absent.
    function zeroPoint(Node memory node, TensorView[] memory x, uint256 input, uint256 channel)
        internal
        pure
        returns (int256)
    {
        if (node.inputs[input].kind == Kind.ABSENT) return 0;
        uint256 bits = _entry(node, x, input, channel);
        return node.inputs[input].dtype == DType.INT8 ? int256(int8(uint8(bits))) : int256(bits);
    }

    /// @dev The only element of a parameter, or the one of the channel, which is its longest axis.
    function _entry(Node memory node, TensorView[] memory x, uint256 input, uint256 channel)
        private
        pure
        returns (uint256)
    {
        return x[input].bits(node.inputs[input].size == 1 ? 0 : channel);
    }
}
