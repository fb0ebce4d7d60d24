// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView, TensorViews} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {RoundedArithmetic} from "../math/RoundedArithmetic.sol";
import {TensorIndex} from "../math/TensorIndex.sol";
import {DType, Node} from "../types/Program.sol";
import {PerAxis} from "./PerAxis.sol";

/// @notice y = clamp(roundHalfEven(RN(x / scale)) + zero) (docs/protocol.md §2.6).
library QuantizeLinear {
    using TensorViews for TensorView;

    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        uint8 dtype = node.output.dtype;
        if (dtype != DType.UINT8 && dtype != DType.INT8) revert Element.DTypeUnsupported(node.opcode, dtype);
        uint256[] memory coords = TensorIndex.unravel(element, node.output.dims);
        uint256 value = x[0].bits(TensorIndex.offset(coords, x[0].strides));
        (uint256 scale, int256 zero) = PerAxis.read(node, coords, dtype, x);
        uint256 quotient = RoundedArithmetic.div(value, scale);
        // INVARIANT: a NaN converts to the least or the greatest integer, or to 0, which depends on the processor.
        if (Float32.isNaN(quotient)) {
            return Element.isEnd(dtype, claimed) || claimed == Element.fromInt(dtype, zero);
        }
        // INVARIANT: a scale of zero has lost its sign when it was committed, and the infinite quotient with it.
        if (Float32.isZero(scale)) return Element.isEnd(dtype, claimed);
        (int256 least, int256 greatest) = Element.range(dtype);
        int256 y = _roundHalfEven(quotient) + zero;
        if (y < least) y = least;
        if (y > greatest) y = greatest;
        return claimed == Element.fromInt(dtype, y);
    }

    /// @dev The integer nearest to a number, ties to even. Beyond ±2^23 it only has to saturate: ±2^24 does.
    function _roundHalfEven(uint256 bits) private pure returns (int256) {
        bool negative = bits & Float32.SIGN != 0;
        uint256 magnitude = 1 << 24;
        if (bits & ~Float32.SIGN < 0x4b000000) {
            // Below 2^23 the exponent is negative.
            (, uint256 mantissa, int256 exponent) = Float32.decode(bits);
            uint256 shift = uint256(-exponent);
            magnitude = mantissa >> shift;
            uint256 rest = mantissa - (magnitude << shift);
            uint256 half = uint256(1) << (shift - 1);
            if (rest > half || (rest == half && magnitude & 1 == 1)) ++magnitude;
        }
        return negative ? -int256(magnitude) : int256(magnitude);
    }
}
