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
        if (float) return _isGreatest(node, element, claimed, x[0]);
        int256 value = Element.toInt(dtype, claimed);
        (, bool some, int256 greatest,) = _window(node, element, value, x[0], dtype);
        if (!some) (greatest,) = Element.range(dtype);
        return claimed == Element.fromInt(dtype, greatest);
    }

    function _isGreatest(Node memory node, uint256 element, uint256 claimed, TensorView memory x)
        private
        pure
        returns (bool)
    {
        int256 value = Float32.order(claimed);
        (bool nan, bool some, int256 greatest, bool met) = _window(node, element, value, x, DType.FLOAT32);
        // INVARIANT: every step of a maximum gives one of its two operands, and with a NaN either, which depends on the
        // processor: so the result is a tap, or what the kernel started from.
        if (nan && (met || Float32.isNaN(claimed))) return true;
        // Kernels start from −∞ or from the lowest finite number, which shows when nothing greater comes.
        if (nan || !some || greatest == Float32.order(Float32.SIGN | Float32.INFINITY)) {
            return claimed == Float32.SIGN | Float32.INFINITY || claimed == Float32.SIGN | Float32.LARGEST;
        }
        return value == greatest && !Float32.isNaN(claimed);
    }

    /// @dev The value of an element is Float32.order of a float32, else that of the integer.
    /// @param claimed the value that the maximum is claimed to have
    /// @return nan whether any tap inside the input is a NaN
    /// @return some whether any tap is another number
    /// @return greatest the greatest of those
    /// @return met whether one of them has the claimed value
    function _window(Node memory node, uint256 element, int256 claimed, TensorView memory x, uint8 dtype)
        private
        pure
        returns (bool nan, bool some, int256 greatest, bool met)
    {
        uint256 axes = x.dims.length - 2;
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        uint256 base = coords[0] * x.strides[0] + coords[1] * x.strides[1];
        uint256[] memory tap = new uint256[](axes); // the first tap: zeros
        greatest = type(int256).min;
        while (true) {
            (bool inside, uint256 offset) = _locate(node, coords, tap, x);
            if (inside) {
                uint256 bits = x.bits(base + offset);
                if (dtype == DType.FLOAT32 && Float32.isNaN(bits)) {
                    nan = true;
                } else {
                    some = true;
                    int256 value = dtype == DType.FLOAT32 ? Float32.order(bits) : Element.toInt(dtype, bits);
                    if (value == claimed) met = true;
                    if (value > greatest) greatest = value;
                }
            }
            uint256 a = axes;
            unchecked {
                while (a > 0 && int256(++tap[a - 1]) == node.attributes[a - 1]) tap[--a] = 0;
            }
            if (a == 0) return (nan, some, greatest, met);
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
        // Coordinates, attributes and dimensions have 32 bits, strides less than 224.
        unchecked {
            for (uint256 a = 0; a < axes; ++a) {
                int256 position = int256(coords[a + 2]) * attributes[axes + a] - attributes[2 * axes + a]
                    + int256(tap[a]) * attributes[4 * axes + a];
                if (position < 0 || position >= int256(x.dims[a + 2])) return (false, 0);
                offset += uint256(position) * x.strides[a + 2];
            }
        }
        return (true, offset);
    }
}
