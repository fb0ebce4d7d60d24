// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {JobId} from "../types/JobId.sol";

/// @notice A call that can neither take more gas than agreed, nor be starved by its caller, nor bomb it with what it
/// returns.
library Callback {
    /// @dev For the call itself (cold account 2,600) and for what the registry still does after it.
    uint256 private constant OVERHEAD = 10_000;

    /// @dev What gasleft() must be so that a call with `gas_` really gets it.
    /// A call passes at most 63/64 of what is left after its own cost:
    ///     (left − cost) · 63/64 ≥ gas  ⟸  left ≥ gas + gas/63 + 1 + OVERHEAD
    function needed(uint256 gas_) internal pure returns (uint256) {
        return gas_ + gas_ / 63 + 1 + OVERHEAD;
    }

    /// @dev Calls with `gas_`, ignoring returned data: nothing is copied, whatever its size.
    function deliver(address consumer, uint256 gas_, JobId id, bytes calldata output) internal returns (bool ok) {
        bytes memory data = abi.encodeCall(IInferenceConsumer.onInferenceResult, (JobId.unwrap(id), output));
        assembly ("memory-safe") {
            ok := call(gas_, consumer, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }
}
