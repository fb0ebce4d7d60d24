// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DType} from "../types/Program.sol";
import {FloatFormat} from "./FloatFormat.sol";

/// @notice Elements as their little-endian bits, by data type.
library Element {
    /// @notice The operator is not defined on elements of this type.
    error DTypeUnsupported(uint16 opcode, uint8 dtype);

    // Sets of data types: bit d stands for dtype d.
    uint256 private constant SIGNED = 1 << 3 | 1 << 5 | 1 << 6 | 1 << 7; // int8, int16, int32, int64
    uint256 private constant UNSIGNED = 1 << 2 | 1 << 4 | 1 << 12 | 1 << 13; // uint8, uint16, uint32, uint64

    /// @notice Equality as rule `equal` means it: of values of floating point numbers (−0 = +0, any NaN = any NaN), else of bits.
    function same(uint8 dtype, uint256 a, uint256 b) internal pure returns (bool) {
        return a == b || (FloatFormat.isFloat(dtype) && FloatFormat.same(dtype, a, b));
    }

    function isInteger(uint8 dtype) internal pure returns (bool) {
        return dtype < 16 && (SIGNED | UNSIGNED) >> dtype & 1 == 1;
    }

    function isSigned(uint8 dtype) internal pure returns (bool) {
        return dtype < 16 && SIGNED >> dtype & 1 == 1;
    }

    /// @notice The value of an integer element.
    function toInt(uint8 dtype, uint256 bits) internal pure returns (int256 value) {
        if (!isSigned(dtype)) return int256(bits);
        uint256 last = DType.size(dtype) - 1;
        assembly ("memory-safe") {
            value := signextend(last, bits)
        }
    }

    /// @notice The bits of an integer element: the value modulo 2^width.
    function fromInt(uint8 dtype, int256 value) internal pure returns (uint256) {
        return uint256(value) & ((1 << (8 * DType.size(dtype))) - 1);
    }

    /// @notice Whether a processor may give these bits for a number that the integer type does not have (docs/protocol.md §2.15).
    /// @param whole the number without its fraction; 0 where it has more than 64 bits, or is none
    function isLeftOpen(uint8 dtype, int256 whole, uint256 bits) internal pure returns (bool) {
        uint256 size = DType.size(dtype);
        uint256 all = (1 << (8 * size)) - 1;
        if (bits == 0) return true;
        // The greatest and the least number.
        if (size >= 4 && isSigned(dtype)) return bits == all >> 1 || bits == (all >> 1) + 1;
        return bits == all || bits == fromInt(dtype, whole) || (size >= 4 && bits == (all >> 1) + 1);
    }

    /// @notice Whether an integer element is the least or the greatest of its type.
    function isEnd(uint8 dtype, uint256 bits) internal pure returns (bool) {
        (int256 least, int256 greatest) = range(dtype);
        return bits == fromInt(dtype, least) || bits == fromInt(dtype, greatest);
    }

    /// @notice The least and the greatest value of an integer type.
    function range(uint8 dtype) internal pure returns (int256 least, int256 greatest) {
        uint256 width = 8 * DType.size(dtype);
        unchecked {
            if (isSigned(dtype)) return (-int256(1 << (width - 1)), int256(1 << (width - 1)) - 1);
            return (0, int256(1 << width) - 1);
        }
    }
}
