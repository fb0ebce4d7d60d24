// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IJobRegistry} from "../interfaces/IJobRegistry.sol";
import {JobId} from "../types/JobId.sol";

/// @notice A call that can neither take more gas than agreed, nor be starved by its caller, nor bomb it with what it
/// returns.
library Callback {
    /// @dev What a call costs its caller before it hands on 63/64 of the rest: 2,600 for a cold account, 2,600 more for
    /// the cold code that it delegates to (EIP-7702), nothing for memory, which the encoding already paid for; and the
    /// few opcodes between the reading of gas and the call.
    uint256 internal constant CALL_COST = 2_600 + 2_600 + 200;

    /// @dev What gasleft() must be right before a call so that it passes on `agreed`.
    ///     (left − cost) · 63/64 ≥ agreed  ⟸  left ≥ agreed + agreed/63 + 1 + cost
    function needed(uint256 agreed) internal pure returns (uint256) {
        return agreed + agreed / 63 + 1 + CALL_COST;
    }

    /// @dev Calls with `asked` gas, as far as there is that much, and with `agreed` at least, ignoring returned data:
    /// nothing is copied, whatever its size.
    function deliver(address consumer, uint256 agreed, uint256 asked, JobId id, bytes calldata output)
        internal
        returns (bool ok)
    {
        bytes memory data = abi.encodeCall(IInferenceConsumer.onInferenceResult, (JobId.unwrap(id), output));
        uint256 least = needed(agreed);
        // INVARIANT: the callback gets the gas that was agreed, or the transaction reverts, also where what follows finds
        // too little: nobody can make a callback fail by how the transaction is sent. What grows with the output is paid
        // by now.
        uint256 left = gasleft();
        if (left < least) revert IJobRegistry.CallbackNeedsMoreGas(left, least);
        assembly ("memory-safe") {
            ok := call(asked, consumer, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }
}
