// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Calls and says what the call cost, so that one `eth_call` gives both the answer and the gas of the
/// transaction that would get it.
contract GasMeter {
    /// @return success whether the call came back without reverting
    /// @return result what it returned or reverted with
    /// @return gasUsed gas of the execution alone, with the called account already warm as a transaction's is
    function measure(address target, bytes calldata data)
        external
        view
        returns (bool success, bytes memory result, uint256 gasUsed)
    {
        assembly ("memory-safe") {
            // A warm account without code tells what calling itself costs; the same instructions then call the target.
            let account := shr(96, not(shl(96, target)))
            pop(balance(account))
            pop(balance(target))
            let free := mload(0x40)
            calldatacopy(free, data.offset, data.length)
            for { let i := 0 } lt(i, 2) { i := add(i, 1) } {
                let before := gas()
                success := staticcall(gas(), account, free, data.length, 0x00, 0x00)
                gasUsed := sub(sub(before, gas()), gasUsed)
                account := target
            }
            result := free
            mstore(result, returndatasize())
            returndatacopy(add(result, 0x20), 0x00, returndatasize())
            mstore(0x40, and(add(add(result, 0x3f), returndatasize()), not(0x1f)))
        }
    }
}
