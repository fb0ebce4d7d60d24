// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What instrumented sources call. The runner sets the block's beneficiary to the number of the mutant to run,
/// or to RECORD, and listens to calls of COVERAGE.
library Probe {
    address private constant COVERAGE = 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE;
    address private constant CHEATS = 0x7109709ECfa91a80626fF3989D68f67F5b1DD12D;
    uint256 private constant RECORD = type(uint160).max;
    /// @dev Three quarters of what a test gets (run.ts).
    uint256 private constant EARLY = 200_000_000;

    /// @notice Whether the chosen mutant is one of the `count` mutants from `first` on.
    function among(uint256 first, uint256 count) internal view returns (bool) {
        uint256 number = uint160(address(block.coinbase));
        if (number == RECORD) {
            _tell(COVERAGE, first, 0x20);
            return false;
        }
        if (number < first || number >= first + count) return false;
        // A test that fails is run again for its stack trace, which takes minutes for one that loops; not so if it has
        // asked for the time of day. Every call is remembered, so one that loops asks only in the beginning.
        if (gasleft() > EARLY) _tell(CHEATS, uint256(bytes32(bytes4(keccak256("unixTime()")))), 4);
        return true;
    }

    /// @notice Whether mutant `number` is the chosen one.
    function chosen(uint256 number) internal view returns (bool) {
        return uint160(address(block.coinbase)) == number;
    }

    /// @notice Records which way a decision went.
    function decided(uint256 number, bool way) internal view returns (bool) {
        among(way ? number + 1 : number, 0);
        return way;
    }

    /// @notice Records that a place was reached.
    function reached(uint256 number) internal view {
        among(number, 0);
    }

    /// @dev Calls with the first bytes of a word. Memory is left as it was: what builds something where free memory begins
    /// has not always claimed it yet.
    function _tell(address listener, uint256 word, uint256 size) private view {
        assembly ("memory-safe") {
            let free := mload(0x40)
            let old := mload(free)
            mstore(free, word)
            pop(staticcall(gas(), listener, free, size, 0, 0))
            mstore(free, old)
        }
    }
}
