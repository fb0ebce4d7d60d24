// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {DType, Node} from "../types/Program.sol";

/// @notice The greatest element of a window; taps in the padding do not count (docs/protocol.md §2.1).
library MaxPool {
    using TensorViews for TensorView;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint8 dtype = node.output.dtype;
        bool float = dtype == DType.FLOAT32;
        require(float || Element.isInteger(dtype), Element.DTypeUnsupported(node.opcode, dtype));
        (bool some, bool nan, int256 greatest) = _window(node, element, x[0], float);
        if (float) {
            // INVARIANT: the maximum of a NaN depends on the processor, so it convicts nobody.
            if (nan) return true;
            if (Float32.isNaN(claimed)) return false;
            // Kernels start from −∞ or from the lowest finite number, which shows when nothing greater comes.
            if (!some || greatest == Float32.order(Float32.SIGN | Float32.INFINITY)) {
                return claimed == Float32.SIGN | Float32.INFINITY || claimed == Float32.SIGN | Float32.LARGEST;
            }
            return Float32.order(claimed) == greatest;
        }
        if (!some) (greatest,) = Element.range(dtype);
        return claimed == Element.fromInt(dtype, greatest);
    }

    /// @return some whether any tap lies inside the input
    /// @return nan whether any of them is a NaN
    /// @return greatest the greatest of them: Float32.order of a float32, the value of an integer
    function _window(Node memory node, uint256 element, TensorView memory x, bool float)
        private
        pure
        returns (bool some, bool nan, int256 greatest)
    {
        uint8 dtype = node.output.dtype;
        uint256 axes = x.dims.length - 2;
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        uint256 base = coords[0] * x.strides[0] + coords[1] * x.strides[1];
        uint256[] memory tap = new uint256[](axes); // the first tap: zeros
        greatest = type(int256).min;
        while (true) {
            (bool inside, uint256 offset) = _locate(node, coords, tap, x);
            if (inside) {
                some = true;
                uint256 bits = x.bits(base + offset);
                if (float && Float32.isNaN(bits)) return (true, true, 0);
                int256 value = float ? Float32.order(bits) : Element.toInt(dtype, bits);
                if (value > greatest) greatest = value;
            }
            uint256 a = axes;
            while (a > 0 && int256(++tap[a - 1]) == node.attributes[a - 1]) tap[--a] = 0;
            if (a == 0) return (some, nan, greatest);
        }
    }

    /// @dev Attributes, each for all spatial axes: kernel, strides, padsBegin, padsEnd, dilations.
    function _locate(Node memory node, uint256[] memory coords, uint256[] memory tap, TensorView memory x)
        private
        pure
        returns (bool inside, uint256 offset)
    {
        uint256 axes = tap.length;
        int256[] memory attributes = node.attributes;
        for (uint256 a = 0; a < axes; ++a) {
            int256 position = int256(coords[a + 2]) * attributes[axes + a] - attributes[2 * axes + a]
                + int256(tap[a]) * attributes[4 * axes + a];
            if (position < 0 || position >= int256(x.dims[a + 2])) return (false, 0);
            offset += uint256(position) * x.strides[a + 2];
        }
        return (true, offset);
    }
}
