// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IJobRegistry} from "../../interfaces/IJobRegistry.sol";
import {FinalResult} from "../FinalResult.sol";
import {IProofVerifier} from "../standards/IProofVerifier.sol";

/// @title Final results as proofs of the ERC-8274 draft
/// @notice The inner layer for whoever implements the draft's `IAgentVerifier`:
///
/// | of the draft | here                                                             |
/// |--------------|------------------------------------------------------------------|
/// | `inputHash`  | `keccak(0x00 ‖ input)`, the commitment that the registry keeps   |
/// | `outputHash` | `keccak(0x00 ‖ output)`                                          |
/// | `metadata`   | `abi.encode(version)`: 32 bytes, the version of the model        |
/// | `proof`      | `abi.encode(job)` of a job without callback (FinalResult)        |
///
/// It keeps no state, calls nothing but the registry's view, and never reverts by itself. What true and false mean: FinalResult.
contract OptimisticProofVerifier is IProofVerifier, IERC165 {
    /// @notice Whose results are proved.
    IJobRegistry public immutable jobs;

    constructor(IJobRegistry jobs_) {
        jobs = jobs_;
    }

    /// @inheritdoc IProofVerifier
    function verify(bytes32 inputHash, bytes32 outputHash, bytes calldata metadata, bytes calldata proof)
        external
        view
        returns (bool)
    {
        if (metadata.length != 32) return false;
        return FinalResult.isProved(jobs, bytes32(metadata), inputHash, outputHash, proof);
    }

    /// @inheritdoc IProofVerifier
    function proofSystem() public pure returns (string memory) {
        return "op/opengradient";
    }

    /// @inheritdoc IProofVerifier
    /// @dev The salt of a deployment is its chain and its registry.
    function proofProfile() external view returns (bytes32) {
        return keccak256(abi.encodePacked(proofSystem(), keccak256(abi.encode(block.chainid, jobs))));
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IProofVerifier).interfaceId || interfaceId == type(IERC165).interfaceId;
    }
}
