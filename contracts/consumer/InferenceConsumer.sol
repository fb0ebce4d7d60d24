// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IJobRegistry} from "../interfaces/IJobRegistry.sol";
import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";
import {JobId} from "../types/JobId.sol";

/// @title Base of contracts that ask for inferences
/// @notice Inherit it, call `_request`, and override `_onResult`. This base checks the caller of the callback, so
/// `_onResult` need not. Fees are taken from this contract's balance in the registry. Anyone may fill it with
/// `jobs.deposit(address(consumer), amount)`.
///
/// Which inputs to refuse: if others choose the bytes of a float32 input, check them before you ask, with
/// `TensorCodec.requireFloat32Within(input, limit)`. For a NaN, an infinity, or numbers so large that sums inside the model
/// overflow, the result depends on the operator's processor. Then a few values are admissible instead of one
/// (docs/protocol.md §2.10), and the operator chooses among them. As `limit` take the greatest magnitude that the model was
/// made for (1 for pixels in [0, 1]). Above 1e18 products of two inputs may overflow.
///
/// A model whose outputs have more than 32,768 bytes together gives the roots of them (docs/protocol.md §1.7). Nothing of such
/// an output can be read in the callback: keep the root, and let whoever has the values show single numbers later, which
/// `TensorProof` checks against it.
///
/// An output may hold NaN and infinities, too. So if an element decides about money, read it with
/// `TensorCodec.fromFloat32`, which reverts on them. Do not compare its bits.
abstract contract InferenceConsumer is IInferenceConsumer {
    error NotTheJobRegistry(address caller);

    /// @notice The registry that is asked, and that alone may call back.
    IJobRegistry public immutable jobs;

    constructor(IJobRegistry jobs_) {
        jobs = jobs_;
    }

    /// @inheritdoc IInferenceConsumer
    /// @dev INVARIANT: the registry calls only the requester of a job, once, with its final output. So it is enough to check
    /// the caller.
    function onInferenceResult(uint256 jobId, bytes calldata output) external {
        if (msg.sender != address(jobs)) revert NotTheJobRegistry(msg.sender);
        _onResult(jobId, output);
    }

    /// @notice Receives a final result.
    /// @param output Graph outputs, little-endian, or their roots; see TensorCodec, TensorProof.
    function _onResult(uint256 jobId, bytes calldata output) internal virtual;

    /// @notice Ask for an inference.
    /// @param input Graph inputs, little-endian; see TensorCodec. See above which inputs of others to refuse.
    function _request(IJobRegistry.Request memory r, bytes memory input) internal returns (uint256 jobId) {
        return JobId.unwrap(jobs.request(r, input));
    }

    /// @notice Take OPG out of the registry: deposits, and fees that came back.
    function _withdraw(address to, uint256 amount) internal {
        jobs.withdraw(to, amount);
    }

    /// @notice Take out compensations for convicted results.
    function _withdrawCompensation(address to, uint256 amount) internal {
        IStakeRegistry(jobs.stakes()).withdrawCredit(to, amount);
    }
}
