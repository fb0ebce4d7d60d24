// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Reads `abi.encode(Proof)` (IOpVerifier) where it stands in calldata.
/// @dev The compiler's decoder checks an offset again whenever something behind it is touched, which made up half of the
/// cost of a judgement. Here an offset is looked at once. Lengths are not checked at all: what lies past the end of
/// calldata reads as zeros, and nothing is believed that is not part of a root.
library Proofs {
    /// @notice An offset points outside the proof.
    error ProofMalformed(uint256 offset, uint256 length);

    // Words of the struct.
    uint256 internal constant NODE = 0;
    uint256 internal constant ROW = 1;
    uint256 internal constant ROW_PATH = 2;
    uint256 internal constant ELEMENT = 3;
    uint256 internal constant MEMBERS = 4;
    uint256 internal constant OUTPUT = 5;
    uint256 internal constant INPUTS = 6;
    uint256 internal constant CARRIED = 7;

    // Words of a tensor's paths.
    uint256 internal constant PATH = 0;
    uint256 internal constant SIBLINGS = 1;

    // Words of an opening.
    uint256 internal constant LEAVES = 0;
    uint256 internal constant DATA = 1;

    /// @notice Calldata position of what the word at `base` + 32 · `index` is the offset of, counted from `base`.
    /// @param limit bytes of the proof
    function to(uint256 base, uint256 index, uint256 limit) internal pure returns (uint256 position) {
        uint256 offset = word(base, index);
        // INVARIANT: nothing is found before what points to it, so that a copy of the proof reads like the proof.
        require(offset < limit, ProofMalformed(offset, limit));
        unchecked {
            return base + offset;
        }
    }

    /// @notice The same check for several offsets at once.
    /// @param offsets all of them, or-ed: less than twice the limit if each is less than the limit, and if not, then still
    /// none points back
    function within(uint256 offsets, uint256 limit) internal pure {
        unchecked {
            require(offsets < 2 * limit, ProofMalformed(offsets, limit));
        }
    }

    function word(uint256 base, uint256 index) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(add(base, shl(5, index)))
        }
    }

    /// @notice The bytes whose length stands at `position`.
    function content(uint256 position) internal pure returns (bytes calldata data) {
        assembly ("memory-safe") {
            data.offset := add(position, 32)
            data.length := calldataload(position)
        }
    }

    /// @notice The words whose number stands at `position`.
    function hashes(uint256 position) internal pure returns (bytes32[] calldata list) {
        assembly ("memory-safe") {
            list.offset := add(position, 32)
            list.length := calldataload(position)
        }
    }

    /// @notice The leaf indices whose number stands at `position`.
    function leaves(uint256 position) internal pure returns (uint32[] calldata list) {
        assembly ("memory-safe") {
            list.offset := add(position, 32)
            list.length := calldataload(position)
        }
    }
}
