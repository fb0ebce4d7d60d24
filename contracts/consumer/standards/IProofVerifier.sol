// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @title ERC-8274: the inner layer, a proof system
/// @notice Of the draft as of 2026 (https://github.com/ethereum/ERCs/pull/1771). A draft may change: nothing else in this package
/// depends on it.
interface IProofVerifier {
    /// @notice Whether the proof is valid for this input and output.
    /// @param metadata What is the same for all inferences of an application.
    function verify(bytes32 inputHash, bytes32 outputHash, bytes calldata metadata, bytes calldata proof)
        external
        returns (bool);

    /// @notice `paradigm/variant`.
    function proofSystem() external view returns (string memory);

    /// @notice Names this deployment.
    function proofProfile() external view returns (bytes32);
}
