// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IJobRegistry} from "../interfaces/IJobRegistry.sol";
import {JobId} from "../types/JobId.sol";

/// @notice A call that cannot take more gas than agreed. Its caller cannot starve it of gas, and it cannot harm its caller
/// with large return data.
library Callback {
    /// @dev The gas that a call costs its caller before it passes on 63/64 of the rest: 2,600 for a cold account, 2,600 more
    /// for cold code that the account delegates to (EIP-7702), and 200 for the few opcodes between the reading of gas and
    /// the call. Memory costs nothing, because the encoding has paid for it.
    uint256 internal constant CALL_COST = 2_600 + 2_600 + 200;

    /// @dev The least gasleft() right before a call that lets it pass on `agreed`.
    ///     (left − cost) · 63/64 ≥ agreed  ⟸  left ≥ agreed + agreed/63 + 1 + cost
    function needed(uint256 agreed) internal pure returns (uint256) {
        return agreed + agreed / 63 + 1 + CALL_COST;
    }

    /// @dev Calls with `asked` gas, or with all that there is if that is less, but at least with `agreed`. Copies no return
    /// data, whatever their size.
    function deliver(address consumer, uint256 agreed, uint256 asked, JobId id, bytes calldata output)
        internal
        returns (bool ok)
    {
        bytes memory data = abi.encodeCall(IInferenceConsumer.onInferenceResult, (JobId.unwrap(id), output));
        uint256 least = needed(agreed);
        // INVARIANT: the callback gets the agreed gas, or the transaction reverts, also if the steps after it have too little
        // gas. So no sender of the transaction can make a callback fail. All costs that grow with the output are paid
        // before this point.
        uint256 left = gasleft();
        if (left < least) revert IJobRegistry.CallbackNeedsMoreGas(left, least);
        assembly ("memory-safe") {
            ok := call(asked, consumer, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }
}
