// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Row-major indices, coordinates and commit offsets (docs/protocol.md §1.2).
library TensorIndex {
    error ElementOutOfRange(uint256 element);

    /// @return c coordinates of a row-major index
    function unravel(uint256 element, uint256[] memory dims) internal pure returns (uint256[] memory c) {
        c = new uint256[](dims.length);
        uint256 rest = element;
        unchecked {
            for (uint256 a = dims.length; a != 0;) {
                --a;
                uint256 dim = dims[a];
                require(dim != 0, ElementOutOfRange(element));
                uint256 quotient = rest / dim;
                c[a] = rest - quotient * dim;
                rest = quotient;
            }
        }
        require(rest == 0, ElementOutOfRange(element));
    }

    /// @return sum coordinates × strides, in elements. Coordinates inside the tensor cannot overflow it: every partial
    /// sum is below the tensor's size.
    function offset(uint256[] memory c, uint256[] memory strides) internal pure returns (uint256 sum) {
        unchecked {
            for (uint256 a = 0; a < c.length; ++a) sum += c[a] * strides[a];
        }
    }

    /// @return the commit offset of a row-major index
    function commitOffset(uint256 element, uint256[] memory dims, uint256[] memory strides)
        internal
        pure
        returns (uint256)
    {
        return offset(unravel(element, dims), strides);
    }
}
