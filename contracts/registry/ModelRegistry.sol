// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Offer, OfferLib} from "../types/Offer.sol";

/// @title Models and their immutable versions
contract ModelRegistry is IModelRegistry, ERC721 {
    /// @notice Most that a publisher may take of a fee, in basis points.
    uint256 public constant MAX_SHARE_BPS = 5_000;

    /// @inheritdoc IModelRegistry
    uint256 public modelCount;

    mapping(uint256 modelId => string) private _metadata;
    mapping(uint256 modelId => bytes32[]) private _versionsOf;
    mapping(bytes32 version => Version) private _versions;
    mapping(bytes32 version => Offer) private _offers;
    mapping(bytes32 version => bytes32) private _successors;

    constructor() ERC721("OpenGradient Models", "OPGM") {}

    /// @inheritdoc IModelRegistry
    function createModel(string calldata metadataURI) external returns (uint256 modelId) {
        modelId = ++modelCount;
        _metadata[modelId] = metadataURI;
        _mint(msg.sender, modelId);
        emit ModelCreated(modelId, msg.sender, metadataURI);
    }

    /// @inheritdoc IModelRegistry
    function publish(Version calldata details) external returns (bytes32 version) {
        _onlyModelOwner(details.modelId);
        if (details.programRoot == 0) revert ZeroProgramRoot();
        // Refuses a slip, not a lie: what that code is, whoever stakes on the version checks by its hash.
        if (details.verifier.code.length == 0) revert NoVerifier(details.verifier);
        if (details.minWindow == 0) revert ZeroWindow();
        if (details.shareBps > MAX_SHARE_BPS) revert ShareTooHigh(details.shareBps, MAX_SHARE_BPS);

        version = versionId(details);
        // INVARIANT: a version is written once; what it fixes never changes.
        if (_offers[version].state() != 0) revert AlreadyPublished(version);
        _versions[version] = details;
        _offers[version] =
            OfferLib.pack(details.price, details.minBond, details.minWindow, details.shareBps, OfferLib.PUBLISHED);
        _versionsOf[details.modelId].push(version);
        emit VersionPublished(details.modelId, version, details.programRoot, details);
    }

    /// @inheritdoc IModelRegistry
    function deprecate(bytes32 version, bytes32 successor) external {
        uint256 modelId = _known(version).modelId;
        _onlyModelOwner(modelId);
        Offer offer = _offers[version];
        if (offer.state() == OfferLib.DEPRECATED) revert AlreadyDeprecated(version);
        if (successor != 0) {
            bool fits = successor != version && _offers[successor].state() == OfferLib.PUBLISHED
                && _versions[successor].modelId == modelId;
            if (!fits) revert BadSuccessor(version, successor);
            _successors[version] = successor;
        }
        _offers[version] = offer.withState(OfferLib.DEPRECATED);
        emit VersionDeprecated(modelId, version, successor);
    }

    /// @inheritdoc IModelRegistry
    function versionId(Version calldata details) public pure returns (bytes32) {
        return keccak256(abi.encode(details));
    }

    /// @inheritdoc IModelRegistry
    function offerOf(bytes32 version) external view returns (Offer) {
        return _offers[version];
    }

    /// @inheritdoc IModelRegistry
    function programOf(bytes32 version) external view returns (bytes32 root, address verifier) {
        Version storage details = _versions[version];
        (root, verifier) = (details.programRoot, details.verifier);
        if (root == 0) revert UnknownVersion(version);
    }

    /// @inheritdoc IModelRegistry
    function versionOf(bytes32 version) external view returns (Version memory) {
        return _known(version);
    }

    /// @inheritdoc IModelRegistry
    function publisherOf(bytes32 version) external view returns (address) {
        return ownerOf(_known(version).modelId);
    }

    /// @inheritdoc IModelRegistry
    function versionsOf(uint256 modelId) external view returns (bytes32[] memory) {
        return _versionsOf[modelId];
    }

    /// @inheritdoc IModelRegistry
    function successorOf(bytes32 version) external view returns (bytes32) {
        return _successors[version];
    }

    /// @notice Where the model card is served.
    function tokenURI(uint256 modelId) public view override(ERC721, IERC721Metadata) returns (string memory) {
        _requireOwned(modelId);
        return _metadata[modelId];
    }

    function _onlyModelOwner(uint256 modelId) private view {
        if (_ownerOf(modelId) != msg.sender) revert NotModelOwner(modelId, msg.sender);
    }

    function _known(bytes32 version) private view returns (Version storage details) {
        details = _versions[version];
        if (details.programRoot == 0) revert UnknownVersion(version);
    }
}
