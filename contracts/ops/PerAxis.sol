// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Node} from "../types/Program.sol";
import {Element} from "../math/Element.sol";

/// @notice Scale and zero point of a quantised tensor: one for the whole tensor, or one for every index of an axis.
library PerAxis {
    using TensorViews for TensorView;

    /// @param coords coordinates in the quantised tensor; attribute 0 is the axis
    /// @param quantised data type of the quantised tensor, which is that of the zero point
    /// @return scale bits of a float32
    /// @return zero value of the zero point, 0 where it is absent
    function read(Node memory node, uint256[] memory coords, uint8 quantised, TensorView[] memory x)
        internal
        pure
        returns (uint256 scale, int256 zero)
    {
        scale = x[1].bits(_offset(node, coords, x[1]));
        if (x.length > 2 && x[2].width != 0) zero = Element.toInt(quantised, x[2].bits(_offset(node, coords, x[2])));
    }

    /// @dev A scalar and a tensor of one element serve the whole tensor.
    function _offset(Node memory node, uint256[] memory coords, TensorView memory v) private pure returns (uint256) {
        if (v.dims.length == 0 || v.dims[0] == 1) return 0;
        return coords[uint256(node.attributes[0])] * v.strides[0];
    }
}
