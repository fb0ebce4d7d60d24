// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";
import {DType, Node} from "../types/Program.sol";
import {Operands} from "./Operands.sol";

/// @notice y = a / b with broadcasting: correctly rounded in float32, truncated towards zero in an integer type
/// (docs/protocol.md §2.2). An infinite quotient by zero may have either sign.
library Div {
    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        (uint256 a, uint256 b) = Operands.read(node, element, x);
        uint8 dtype = node.output.dtype;
        if (dtype == DType.FLOAT32) {
            // INVARIANT: a divisor of zero has lost its sign when it was committed, so its quotient has none either.
            uint256 magnitude = Float32.isZero(b) ? ~Float32.SIGN : type(uint256).max;
            return Float32.same(claimed & magnitude, RoundedArithmetic.div(a, b) & magnitude);
        }
        int256 dividend = Element.toInt(dtype, a);
        int256 divisor = Element.toInt(dtype, b);
        // A compiler refuses a divisor that may be 0 or −1, because processors trap on it (x86) or go on with 0 for a
        // division by zero and the wrapped quotient for the least integer divided by −1 (arm64): only those are left.
        return claimed == (divisor == 0 ? 0 : Element.fromInt(dtype, dividend / divisor));
    }
}
