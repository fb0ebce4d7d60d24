// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {Offer} from "../types/Offer.sol";

/// @notice Models are ERC-721 tokens. Their versions never change. The owner of the token, the publisher, publishes
/// versions, deprecates them and collects the publisher's share.
///
/// A version's id is the hash of everything that it fixes, including its model. So nobody can take a program from its
/// author by registering its root first; a new price makes a new version; and a request means the same thing after a
/// reorganisation.
interface IModelRegistry is IERC721Metadata {
    /// @notice Everything that a version fixes.
    struct Version {
        /// Token id of the model.
        uint256 modelId;
        /// Root of the program (docs/protocol.md §1.5).
        bytes32 programRoot;
        /// The judge of its disputes (IVerifier). A hostile one could convict anybody. So check this contract's code before
        /// you stake or rely on a version.
        address verifier;
        /// SHA-256 of the canonical ONNX file.
        bytes32 fileDigest;
        /// SHA-256 of the program file (rules and schedules) beside it.
        bytes32 programDigest;
        /// Least fee of a job.
        uint96 price;
        /// Least bond of a job.
        uint96 minBond;
        /// Least challenge window of a job, in seconds; at least 1.
        uint24 minWindow;
        /// The publisher's part of a fee, in basis points.
        uint16 shareBps;
        /// Program header (docs/protocol.md §1.5): dtype and shape of every graph input and output.
        bytes header;
        /// Addresses at which the canonical file and the program file are served.
        string fileURI;
        string programURI;
    }

    error NotModelOwner(uint256 modelId, address caller);
    error UnknownVersion(bytes32 version);
    error AlreadyPublished(bytes32 version);
    error AlreadyDeprecated(bytes32 version);
    /// @notice A successor must be another version of the same model that is not deprecated.
    error BadSuccessor(bytes32 version, bytes32 successor);
    error ZeroProgramRoot();
    /// @notice The verifier's address holds no code.
    error NoVerifier(address verifier);
    error ZeroWindow();
    error ShareTooHigh(uint256 shareBps, uint256 maxBps);

    event ModelCreated(uint256 indexed modelId, address indexed owner, string metadataURI);
    event VersionPublished(
        uint256 indexed modelId, bytes32 indexed version, bytes32 indexed programRoot, Version details
    );
    /// @param successor The version to use instead, or zero.
    event VersionDeprecated(uint256 indexed modelId, bytes32 indexed version, bytes32 successor);

    /// @notice Mint a model to the caller.
    /// @param metadataURI The address at which the model card is served; the token URI.
    function createModel(string calldata metadataURI) external returns (uint256 modelId);

    /// @notice Publish an immutable version of a model that the caller owns.
    function publish(Version calldata details) external returns (bytes32 version);

    /// @notice Accept no more jobs for a version. This does not affect jobs under way. It cannot be undone.
    function deprecate(bytes32 version, bytes32 successor) external;

    /// @notice Id of a version: the hash of its encoding.
    function versionId(Version calldata details) external pure returns (bytes32);

    /// @notice The least terms that the version asks of a job; zero for an unknown version.
    function offerOf(bytes32 version) external view returns (Offer);

    /// @notice Root of the version's program, and its verifier. Reverts for an unknown version.
    function programOf(bytes32 version) external view returns (bytes32 root, address verifier);

    /// @notice Everything that the version fixes. Reverts for an unknown version.
    function versionOf(bytes32 version) external view returns (Version memory);

    /// @notice The present owner of the version's model. Reverts for an unknown version.
    function publisherOf(bytes32 version) external view returns (address);

    /// @notice Versions of a model in the order of publication.
    function versionsOf(uint256 modelId) external view returns (bytes32[] memory);

    /// @notice The version named at deprecation, or zero.
    function successorOf(bytes32 version) external view returns (bytes32);

    /// @notice Number of models; their ids are 1 … modelCount.
    function modelCount() external view returns (uint256);
}
