// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Carried} from "./Carried.sol";
import {Region, Regions} from "./Region.sol";
import {TensorView} from "../merkle/TensorView.sol";
import {Element} from "../math/Element.sol";
import {Float32} from "../math/Float32.sol";
import {Length} from "../math/Length.sol";
import {DType, Node} from "../types/Program.sol";

/// @notice The greatest of some elements, which may come in pieces (docs/protocol.md §2.1).
library RunningMaximum {
    using Regions for Region;

    /// @notice Words of the state: the position, what is greatest and what is least so far (see _add), how many are NaN.
    uint256 internal constant WORDS = 4;

    /// @dev More than the magnitude of any element: 64-bit integers and the order of float32 numbers.
    uint256 private constant BIAS = 0x10000000000000000;

    /// @notice Adds the elements from the carried position to before `until` to the state.
    function reduce(Node memory node, Region memory region, TensorView memory x, uint256 until, uint256[] memory state)
        internal
        pure
    {
        uint8 dtype = node.output.dtype;
        if (dtype != DType.FLOAT32 && !Element.isInteger(dtype)) revert Element.DTypeUnsupported(node.opcode, dtype);
        uint256 n = region.size;
        // INVARIANT: nothing has no greatest element, and no verdict.
        if (n == 0) revert Length.LengthNotJudged(0, type(uint32).max);
        until = Carried.within(state[0], until, n);
        _add(dtype, region.read(x, state[0], until), state);
    }

    /// @notice Whether `claimed` is admissible as the greatest of all elements, given the state after them.
    function admissible(uint8 dtype, uint256[] memory state, uint256 claimed) internal pure returns (bool) {
        unchecked {
            int256 greatest = int256(state[1]) - int256(BIAS);
            if (dtype != DType.FLOAT32) return claimed == Element.fromInt(dtype, greatest);
            bool isNaN = Float32.isNaN(claimed);
            int256 value = Float32.order(claimed);
            if (state[3] == 0) return !isNaN && value == greatest;
            // INVARIANT: every step of a maximum gives one of its two operands, and with a NaN either, which depends on the
            // processor: so the result is an element. Which there are is not carried, but between which they lie.
            if (isNaN || state[1] == 0) return isNaN;
            return value <= greatest && value >= int256(BIAS) - int256(state[2]);
        }
    }

    /// @dev Of a value v the state takes BIAS + v if that is more than what it has, and BIAS − v likewise; both are above 0,
    /// where it starts from.
    function _add(uint8 dtype, uint256[] memory values, uint256[] memory state) private pure {
        bool float = dtype == DType.FLOAT32;
        uint256 last = Element.isSigned(dtype) ? DType.size(dtype) - 1 : 31;
        assembly ("memory-safe") {
            let greatest := mload(add(state, 64))
            let least := mload(add(state, 96))
            let nan := mload(add(state, 128))
            let p := add(values, 32)
            for { let end := add(p, shl(5, mload(values))) } lt(p, end) { p := add(p, 32) } {
                let v := mload(p)
                switch float
                case 0 { v := signextend(last, v) }
                default {
                    let magnitude := and(v, 0x7fffffff)
                    if gt(magnitude, 0x7f800000) {
                        nan := add(nan, 1)
                        continue
                    }
                    let sign := sub(0, shr(31, v))
                    v := sub(xor(magnitude, sign), sign)
                }
                let above := add(BIAS, v)
                if gt(above, greatest) { greatest := above }
                above := sub(BIAS, v)
                if gt(above, least) { least := above }
            }
            mstore(add(state, 64), greatest)
            mstore(add(state, 96), least)
            mstore(add(state, 128), nan)
        }
    }
}
