// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @title ERC-7007: verifiable AI-generated content token
/// @notice The functions that the standard adds to ERC-721. Its ERC-165 identifier is 0x702c55a6.
interface IERC7007 {
    /// @notice Content was added to a token.
    event AigcData(uint256 indexed tokenId, bytes indexed prompt, bytes aigcData, bytes proof);

    /// @notice Add content to a token.
    function addAigcData(uint256 tokenId, bytes calldata prompt, bytes calldata aigcData, bytes calldata proof) external;

    /// @notice Whether the content is what the model gives for the prompt. For optimistic proofs: and this is final.
    function verify(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof)
        external
        view
        returns (bool success);
}
