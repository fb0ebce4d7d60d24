// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IJobRegistry} from "../interfaces/IJobRegistry.sol";
import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";
import {JobId} from "../types/JobId.sol";

/// @title Base of contracts that ask for inferences
/// @notice Inherit, call `_request`, override `_onResult`. The entry is guarded here, so the hook cannot forget to.
/// Fees are taken from this contract's balance in the registry, which anyone may fill with
/// `jobs.deposit(address(consumer), amount)`.
///
/// Which inputs to refuse: where others choose the bytes of a float32 input, check them before asking, with
/// `TensorCodec.requireFloat32Within(input, limit)`. A NaN, an infinity, or numbers so large that sums inside the model
/// overflow give a result that depends on the operator's processor: a few values are admissible then instead of one
/// (docs/protocol.md §2.10), and the operator chooses among them. Take for `limit` the greatest magnitude that the model
/// was made for (1 for pixels in [0, 1]); above 1e18 products of two inputs may overflow. The same in the other
/// direction: an output may hold NaN and infinities, so an element that decides about money is read with
/// `TensorCodec.fromFloat32`, which reverts on them, and not compared as bits.
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
    /// @param input Graph inputs, little-endian; see TensorCodec. Refuse what others chose badly: see above.
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
