// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {Node} from "../types/Program.sol";

/// @notice Tensors joined along one axis, in which alone they may differ (docs/protocol.md §2.1).
library Concat {
    using TensorViews for TensorView;

    /// @notice The attributes are not one axis of every input.
    error AxisMalformed(uint256 attributes);

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        (uint256 part, uint256 index) = _origin(node, element, x);
        uint256 place = TensorIndex.commitOffset(index, x[part].dims, x[part].strides);
        return Element.same(node.output.dtype, claimed, x[part].bits(place));
    }

    /// @return part the input that the element comes from
    /// @return index row-major, within that input
    function _origin(Node memory node, uint256 element, TensorView[] memory x)
        private
        pure
        returns (uint256 part, uint256 index)
    {
        uint256[] memory dims = node.output.dims;
        if (node.attributes.length != 1 || uint256(node.attributes[0]) >= dims.length) {
            revert AxisMalformed(node.attributes.length);
        }
        uint256 axis = uint256(node.attributes[0]);
        unchecked {
            uint256 inner = 1;
            for (uint256 i = axis + 1; i < dims.length; ++i) inner *= dims[i];
            uint256 run = dims[axis] * inner; // elements of all inputs that follow one another; at most 2²⁵⁶ − 1
            uint256 outer;
            uint256 rest;
            assembly ("memory-safe") {
                outer := div(element, run)
                rest := mod(element, run)
            }
            for (; part < x.length; ++part) {
                if (x[part].dims.length != dims.length) revert AxisMalformed(1);
                uint256 own = x[part].dims[axis] * inner;
                if (rest < own) return (part, outer * own + rest);
                rest -= own;
            }
        }
        revert TensorIndex.ElementOutOfRange(element);
    }
}
