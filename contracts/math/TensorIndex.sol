// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Row-major indices, coordinates and commit offsets (docs/protocol.md §1.2).
library TensorIndex {
    error ElementOutOfRange(uint256 element);

    /// @return c coordinates of a row-major index
    function unravel(uint256 element, uint256[] memory dims) internal pure returns (uint256[] memory c) {
        uint256 rest = element;
        assembly ("memory-safe") {
            let size := shl(5, mload(dims))
            c := mload(0x40)
            mstore(0x40, add(add(c, 32), size))
            mstore(c, shr(5, size))
            for {} size { size := sub(size, 32) } {
                let dim := mload(add(dims, size))
                // Nothing has an index in a tensor without elements.
                if iszero(dim) {
                    rest := 1
                    break
                }
                let quotient := div(rest, dim)
                mstore(add(c, size), sub(rest, mul(quotient, dim)))
                rest := quotient
            }
        }
        if (rest != 0) revert ElementOutOfRange(element);
    }

    /// @param strides one for every coordinate
    /// @return sum coordinates × strides, in elements. Coordinates inside the tensor cannot overflow it: every partial
    /// sum is below the tensor's size.
    function offset(uint256[] memory c, uint256[] memory strides) internal pure returns (uint256 sum) {
        assembly ("memory-safe") {
            for { let i := shl(5, mload(c)) } i { i := sub(i, 32) } {
                sum := add(sum, mul(mload(add(c, i)), mload(add(strides, i))))
            }
        }
    }

    /// @return sum the commit offset of a row-major index
    function commitOffset(uint256 element, uint256[] memory dims, uint256[] memory strides)
        internal
        pure
        returns (uint256 sum)
    {
        uint256 rest = element;
        assembly ("memory-safe") {
            for { let i := shl(5, mload(dims)) } i { i := sub(i, 32) } {
                let dim := mload(add(dims, i))
                // Nothing has an index in a tensor without elements.
                if iszero(dim) {
                    rest := 1
                    break
                }
                let quotient := div(rest, dim)
                sum := add(sum, mul(sub(rest, mul(quotient, dim)), mload(add(strides, i))))
                rest := quotient
            }
        }
        if (rest != 0) revert ElementOutOfRange(element);
    }
}
