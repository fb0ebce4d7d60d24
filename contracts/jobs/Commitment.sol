// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Commitments to a job's input and output (docs/protocol.md §1.7).
library Commitment {
    /// @return c keccak(0x00 ‖ data)
    function inline_(bytes calldata data) internal pure returns (bytes32 c) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 0)
            calldatacopy(add(free, 1), data.offset, data.length)
            c := keccak256(free, add(data.length, 1))
        }
    }

    /// @notice The bytes that the roots are, one after the other.
    function bytesOf(bytes32[] calldata roots) internal pure returns (bytes calldata data) {
        assembly ("memory-safe") {
            data.offset := roots.offset
            data.length := shl(5, roots.length)
        }
    }

    /// @return c keccak(0x01 ‖ root ‖ …)
    function roots_(bytes32[] calldata roots) internal pure returns (bytes32 c) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            let size := shl(5, roots.length)
            mstore8(free, 1)
            calldatacopy(add(free, 1), roots.offset, size)
            c := keccak256(free, add(size, 1))
        }
    }
}
