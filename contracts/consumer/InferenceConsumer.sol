// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IJobRegistry} from "../interfaces/IJobRegistry.sol";
import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";
import {JobId} from "../types/JobId.sol";

/// @title Base of contracts that ask for inferences
/// @notice Inherit, call `_request`, override `_onResult`. The entry is guarded here, so the hook cannot forget to.
/// Fees are taken from this contract's balance in the registry, which anyone may fill with
/// `jobs.deposit(address(consumer), amount)`.
abstract contract InferenceConsumer is IInferenceConsumer {
    error NotTheJobRegistry(address caller);

    IJobRegistry public immutable jobs;

    constructor(IJobRegistry jobs_) {
        jobs = jobs_;
    }

    /// @inheritdoc IInferenceConsumer
    /// @dev INVARIANT: the registry calls only the requester of a job, once, with its final output; so the caller is
    /// all that needs checking.
    function onInferenceResult(uint256 jobId, bytes calldata output) external {
        if (msg.sender != address(jobs)) revert NotTheJobRegistry(msg.sender);
        _onResult(jobId, output);
    }

    /// @notice Receives a final result.
    /// @param output Graph outputs, little-endian; see TensorCodec.
    function _onResult(uint256 jobId, bytes calldata output) internal virtual;

    /// @notice Ask for an inference.
    /// @param input Graph inputs, little-endian; see TensorCodec.
    function _request(IJobRegistry.Request memory r, bytes memory input) internal returns (uint256 jobId) {
        return JobId.unwrap(jobs.request(r, input));
    }

    /// @notice Take OPG out of the registry: what was deposited, and fees that came back.
    function _withdraw(address to, uint256 amount) internal {
        jobs.withdraw(to, amount);
    }

    /// @notice Take out compensations for results that were convicted.
    function _withdrawCompensation(address to, uint256 amount) internal {
        IStakeRegistry(jobs.stakes()).withdrawCredit(to, amount);
    }
}
