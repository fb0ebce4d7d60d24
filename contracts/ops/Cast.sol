// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorView} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {FloatFormat} from "../math/FloatFormat.sol";
import {DType, Node} from "../types/Program.sol";
import {Operands} from "./Operands.sol";

/// @notice y is x in another type (docs/protocol.md §2.15).
library Cast {
    function admissible(Node memory node, uint256 element, uint256 claimed, TensorView[] memory x)
        internal
        pure
        returns (bool)
    {
        if (x.length != 1) revert Operands.OperandCount(node.opcode, x.length);
        (uint8 from, uint8 to) = (node.inputs[0].dtype, node.output.dtype);
        uint256 bits = Operands.read(node, element, x[0]);
        if (FloatFormat.isFloat(from)) return _ofFloat(from, to, bits, claimed);
        if (from == DType.BOOL) {
            // Whatever is not zero is true.
            if (bits != 0) bits = 1;
        } else if (!Element.isInteger(from)) {
            revert Element.DTypeUnsupported(node.opcode, from);
        }
        return claimed == _ofInteger(to, Element.toInt(from, bits));
    }

    function _ofInteger(uint8 to, int256 value) private pure returns (uint256) {
        if (to == DType.BOOL) return value == 0 ? 0 : 1;
        if (!FloatFormat.isFloat(to)) return Element.fromInt(to, value);
        unchecked {
            return _rounded(to, value < 0, uint256(value < 0 ? -value : value), 0);
        }
    }

    /// @dev The nearest number. A float16 is made of a float32.
    function _rounded(uint8 to, bool negative, uint256 mantissa, int256 exponent) private pure returns (uint256) {
        if (to == DType.FLOAT16) {
            uint256 single = FloatFormat.round(DType.FLOAT32, negative, mantissa, exponent);
            if (single & Float32.INFINITY == Float32.INFINITY) return FloatFormat.infinityOf(to, negative);
            (, mantissa, exponent) = FloatFormat.decode(DType.FLOAT32, single);
        }
        return FloatFormat.round(to, negative, mantissa, exponent);
    }

    function _ofFloat(uint8 from, uint8 to, uint256 bits, uint256 claimed) private pure returns (bool) {
        if (to == DType.BOOL) return claimed == (FloatFormat.same(from, bits, 0) ? 0 : 1);
        if (!FloatFormat.isFinite(from, bits)) {
            if (!FloatFormat.isFloat(to)) return Element.isLeftOpen(to, 0, claimed);
            if (FloatFormat.isNaN(from, bits)) return FloatFormat.isNaN(to, claimed) && claimed >> (8 * DType.size(to)) == 0;
            return claimed == FloatFormat.infinityOf(to, FloatFormat.order(from, bits) < 0);
        }
        (bool negative, uint256 mantissa, int256 exponent) = FloatFormat.decode(from, bits);
        if (FloatFormat.isFloat(to)) return FloatFormat.same(to, claimed, _rounded(to, negative, mantissa, exponent));
        // The fraction is cut off.
        int256 value = _whole(negative, mantissa, exponent);
        (int256 least, int256 greatest) = Element.range(to);
        if (value >= least && value <= greatest) return claimed == Element.fromInt(to, value);
        bool isWide = value >= 2 ** 64 || value <= -(2 ** 64);
        return Element.isLeftOpen(to, isWide ? int256(0) : value, claimed);
    }

    /// @dev The number without its fraction; beyond 2^117 some number beyond all types.
    function _whole(bool negative, uint256 mantissa, int256 exponent) private pure returns (int256 value) {
        unchecked {
            if (exponent > 64) exponent = 64;
            if (exponent > -64) value = int256(exponent < 0 ? mantissa >> uint256(-exponent) : mantissa << uint256(exponent));
            if (negative) value = -value;
        }
    }
}
