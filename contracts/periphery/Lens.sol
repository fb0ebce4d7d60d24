// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {IJobRegistry} from "../interfaces/IJobRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IOpFamily} from "../interfaces/IOpFamily.sol";
import {IOpVerifier} from "../interfaces/IOpVerifier.sol";
import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";
import {Job, JobStatus} from "../types/Job.sol";
import {JobId} from "../types/JobId.sol";

/// @title Batched reads
/// @notice For clients: one call instead of many. No contract of the protocol depends on it.
contract Lens {
    struct JobView {
        /// None when the struct is not the job's.
        JobStatus status;
        uint256 finalizesAt;
        IDisputeGame.Dispute dispute;
        /// Not yet collected.
        uint256 reward;
        uint256 verdictDeadline;
    }

    struct OperatorView {
        uint256 bonded;
        uint256 exiting;
        uint256 exitAt;
        uint256 locked;
        /// What new claims may still lock.
        uint256 free;
        uint256 balance;
        uint256 credit;
    }

    struct VersionView {
        bytes32 version;
        IJobRegistry.Quote quote;
        bytes32 programRoot;
        address verifier;
        /// Whether the verifier and all of its families are those of a release that this lens knows.
        bool verifierKnown;
        bytes32 fileDigest;
        uint256 modelId;
        bytes32 successor;
        uint256 share;
    }

    struct ModelView {
        uint256 modelId;
        address owner;
        string metadataURI;
        bytes32[] versions;
    }

    /// @notice Code hashes of a verifier and of the families that it routes to, in their order.
    struct Release {
        bytes32 verifier;
        bytes32[] families;
    }

    /// @notice The job registry of the deployment that is read.
    IJobRegistry public immutable jobs;
    /// @notice Its model registry.
    IModelRegistry public immutable models;
    /// @notice Its stake registry.
    IStakeRegistry public immutable stakes;
    /// @notice Its dispute game.
    IDisputeGame public immutable game;

    mapping(bytes32 codeHash => bool) private _isVerifier;
    mapping(bytes32 digest => bool) private _isRelease;

    /// @param releases Those that are known; a later one takes a later lens.
    constructor(IJobRegistry jobs_, Release[] memory releases) {
        for (uint256 i = 0; i < releases.length; ++i) {
            _isVerifier[releases[i].verifier] = true;
            _isRelease[_digest(releases[i].verifier, releases[i].families)] = true;
        }
        jobs = jobs_;
        models = IModelRegistry(jobs_.models());
        stakes = IStakeRegistry(jobs_.stakes());
        game = IDisputeGame(jobs_.game());
    }

    /// @notice Statuses of jobs by their ids alone.
    function statuses(JobId[] calldata ids) external view returns (JobStatus[] memory result) {
        result = new JobStatus[](ids.length);
        for (uint256 i; i < ids.length; ++i) result[i] = jobs.statusOf(ids[i]);
    }

    /// @notice What is known of jobs by their structs. A struct that is not the job's gives status None and zeros.
    function readJobs(Job[] calldata list) external view returns (JobView[] memory result) {
        result = new JobView[](list.length);
        for (uint256 i; i < list.length; ++i) {
            try jobs.read(list[i]) returns (JobStatus status, uint256 finalizesAt) {
                result[i].status = status;
                result[i].finalizesAt = finalizesAt;
                result[i].dispute = game.disputeOf(list[i].id);
                result[i].reward = game.rewardOf(list[i]);
                if (finalizesAt != 0) (, result[i].verdictDeadline) = game.clocksOf(list[i]);
            } catch {}
        }
    }

    /// @notice Bonds, locks and balances of operators.
    function operators(address[] calldata list) external view returns (OperatorView[] memory result) {
        result = new OperatorView[](list.length);
        for (uint256 i; i < list.length; ++i) {
            address operator = list[i];
            IStakeRegistry.Bond memory b = stakes.bondOf(operator, address(jobs));
            uint256 lockable = b.bonded - b.exiting;
            uint256 locked = jobs.lockedOf(operator);
            result[i] = OperatorView({
                bonded: b.bonded,
                exiting: b.exiting,
                exitAt: b.exitAt,
                locked: locked,
                free: lockable > locked ? lockable - locked : 0,
                balance: jobs.balanceOf(operator),
                credit: stakes.creditOf(operator)
            });
        }
    }

    /// @notice What versions of models fix, and the least terms of their requests.
    function versions(bytes32[] calldata list) external view returns (VersionView[] memory result) {
        result = new VersionView[](list.length);
        for (uint256 i; i < list.length; ++i) {
            IModelRegistry.Version memory v = models.versionOf(list[i]);
            result[i] = VersionView({
                version: list[i],
                quote: jobs.quote(list[i]),
                programRoot: v.programRoot,
                verifier: v.verifier,
                verifierKnown: isVerifierKnown(v.verifier),
                fileDigest: v.fileDigest,
                modelId: v.modelId,
                successor: models.successorOf(list[i]),
                share: jobs.shareOf(list[i])
            });
        }
    }

    /// @notice Whether the code at this address, and at every family that it routes to, is that of a known release.
    /// Publishers choose verifiers, and a hostile one convicts whom it likes: whoever stakes or relies on a version asks.
    function isVerifierKnown(address verifier) public view returns (bool) {
        bytes32 codeHash = verifier.codehash;
        // INVARIANT: nothing is asked of code that is not known.
        if (!_isVerifier[codeHash]) return false;
        IOpFamily[] memory families = IOpVerifier(verifier).families();
        bytes32[] memory hashes = new bytes32[](families.length);
        for (uint256 i = 0; i < families.length; ++i) hashes[i] = address(families[i]).codehash;
        return _isRelease[_digest(codeHash, hashes)];
    }

    function _digest(bytes32 verifier, bytes32[] memory families) private pure returns (bytes32) {
        return keccak256(abi.encode(verifier, families));
    }

    /// @notice Models `first … first + count − 1`, as far as they exist.
    function modelRange(uint256 first, uint256 count) external view returns (ModelView[] memory result) {
        uint256 end = models.modelCount() + 1;
        if (first == 0) first = 1;
        if (first >= end) return result;
        if (count > end - first) count = end - first;
        result = new ModelView[](count);
        for (uint256 i; i < count; ++i) {
            uint256 id = first + i;
            result[i] = ModelView({
                modelId: id,
                owner: models.ownerOf(id),
                metadataURI: models.tokenURI(id),
                versions: models.versionsOf(id)
            });
        }
    }
}
