// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {DType, Node} from "../types/Program.sol";

/// @notice The greatest of some elements (docs/protocol.md §2.1).
library Maximum {
    /// @param values bits of the elements
    function admissible(Node memory node, uint256[] memory values, uint256 claimed) internal pure returns (bool) {
        uint8 dtype = node.output.dtype;
        if (dtype == DType.FLOAT32) return _isGreatest(values, claimed);
        uint256 width = Element.isSigned(dtype) ? DType.size(dtype) : 32;
        if (!Element.isInteger(dtype)) revert Element.DTypeUnsupported(node.opcode, dtype);
        (int256 greatest,) = Element.range(dtype);
        assembly ("memory-safe") {
            // The last byte of an element, or of a word where there is no sign to extend.
            let last := sub(width, 1)
            for { let p := add(values, shl(5, mload(values))) } gt(p, values) { p := sub(p, 32) } {
                let value := signextend(last, mload(p))
                if sgt(value, greatest) { greatest := value }
            }
        }
        return claimed == Element.fromInt(dtype, greatest);
    }

    function _isGreatest(uint256[] memory values, uint256 claimed) private pure returns (bool) {
        int256 value = Float32.order(claimed);
        bool nan; // whether any element is a NaN
        bool met; // whether any other has the claimed value
        int256 greatest = type(int256).min; // of the others
        for (uint256 i = 0; i < values.length; ++i) {
            uint256 bits = values[i];
            if (Float32.isNaN(bits)) {
                nan = true;
                continue;
            }
            int256 order = Float32.order(bits);
            if (order == value) met = true;
            if (order > greatest) greatest = order;
        }
        // INVARIANT: every step of a maximum gives one of its two operands, and with a NaN either, which depends on the
        // processor: so the result is an element, or what the kernel started from.
        if (nan && (met || Float32.isNaN(claimed))) return true;
        // Kernels start from −∞ or from the lowest finite number, which shows when nothing greater comes.
        if (nan || greatest <= Float32.order(Float32.SIGN | Float32.INFINITY)) {
            return claimed == Float32.SIGN | Float32.INFINITY || claimed == Float32.SIGN | Float32.LARGEST;
        }
        return value == greatest && !Float32.isNaN(claimed);
    }
}
