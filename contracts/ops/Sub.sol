// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";
import {DType, Node} from "../types/Program.sol";
import {Operands} from "./Operands.sol";

/// @notice y = a - b with broadcasting: correctly rounded in float32, modulo 2^width in an integer type
/// (docs/protocol.md §2.2).
library Sub {
    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        (uint256 a, uint256 b) = Operands.read(node, element, x);
        uint8 dtype = node.output.dtype;
        if (dtype == DType.FLOAT32) return Float32.same(claimed, RoundedArithmetic.sub(a, b));
        unchecked {
            return claimed == Element.fromInt(dtype, int256(a) - int256(b));
        }
    }
}
