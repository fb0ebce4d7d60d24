// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What JobRegistry keeps for an account, in one word, so that a request and a settlement write one slot each:
///
///     255           160 159            64 63         0
///    ┌─────────────────┬─────────────────┬────────────┐
///    │ balance      96 │ locked       96 │ nonce   64 │
///    └─────────────────┴─────────────────┴────────────┘
///
/// `balance`: prepaid and earned OPG. `locked`: part of the account's bond (in StakeRegistry) behind open claims.
/// `nonce`: number of its requests so far. The whole supply of OPG is below 2^90, so no sum can leave its field; should
/// another token try, the checked arithmetic reverts.
type Account is uint256;

using AccountLib for Account global;

library AccountLib {
    function pack(uint96 balance_, uint96 locked_, uint64 nonce_) internal pure returns (Account) {
        return Account.wrap((uint256(balance_) << 160) | (uint256(locked_) << 64) | nonce_);
    }

    function balance(Account a) internal pure returns (uint96) {
        return uint96(Account.unwrap(a) >> 160);
    }

    function locked(Account a) internal pure returns (uint96) {
        return uint96(Account.unwrap(a) >> 64);
    }

    function nonce(Account a) internal pure returns (uint64) {
        return uint64(Account.unwrap(a));
    }
}
