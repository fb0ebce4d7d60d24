// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Opening} from "../interfaces/IOpFamily.sol";

/// @notice Reads the encoded structs of IOpVerifier where they stand in calldata.
/// @dev The compiler's decoder checks an offset again whenever something behind it is touched, which made up half of the
/// cost of a judgement. Here an offset is looked at once, and all of them, and all lengths, by one rule: alone
/// none is as large as the encoding that it stands in, or-ed none is twice as large, so that none points back. What lies past the end of calldata reads as zeros, and nothing is believed that is
/// not part of a root.
library ProofCodec {
    /// @notice An offset or a length, or several or-ed, that no encoding of so many bytes has.
    error EncodingMalformed(uint256 found, uint256 length);

    // Words of a TraceOpening.
    uint256 internal constant TOP = 2;
    uint256 internal constant SIBLINGS = 3;
    uint256 internal constant INPUT_ROOTS = 4;
    uint256 internal constant INPUT_BYTES = 5;
    uint256 internal constant OUTPUT_BYTES = 6;

    // Words of a Proof.
    uint256 internal constant NODE = 0;
    uint256 internal constant ROW = 1;
    uint256 internal constant ELEMENT = 3;
    uint256 internal constant MEMBERS = 4;
    uint256 internal constant OUTPUT = 5;
    uint256 internal constant INPUTS = 6;
    uint256 internal constant CARRIED = 7;

    // Words of a TensorDemand besides node, row and path, which stand as in a proof; of a TraceDemand.
    uint256 internal constant SLOT = 3;
    uint256 internal constant TENSOR_PLACES = 4;
    uint256 internal constant HEADER = 0;
    uint256 internal constant TRACE_PLACES = 2;

    // ── what stands where ────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Calldata position of the first byte.
    function begin(bytes calldata encoded) internal pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := encoded.offset
        }
    }

    function word(uint256 base, uint256 index) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(add(base, shl(5, index)))
        }
    }

    /// @notice Calldata position of what the word at `base` + 32 · `index` is the offset of, counted from `base`: an offset
    /// that was looked at before.
    function follow(uint256 base, uint256 index) internal pure returns (uint256 position) {
        unchecked {
            return base + word(base, index);
        }
    }

    /// @notice The same for an offset that was not.
    /// @param limit bytes of the encoding
    function to(uint256 base, uint256 index, uint256 limit) internal pure returns (uint256 position) {
        uint256 offset = word(base, index);
        // INVARIANT: nothing is found before what points to it, so that a copy of the proof reads like the proof.
        if (offset >= limit) revert EncodingMalformed(offset, limit);
        unchecked {
            return base + offset;
        }
    }

    /// @notice The same check for several offsets and lengths at once.
    /// @param values all of them, or-ed: less than twice the limit if each is less than the limit, and if not, then still
    /// none points back
    function within(uint256 values, uint256 limit) internal pure {
        unchecked {
            if (values >= 2 * limit) revert EncodingMalformed(values, limit);
        }
    }

    /// @notice The items that a word points to.
    /// @return position of their number, which they follow
    function list(uint256 base, uint256 index, uint256 limit) internal pure returns (uint256 position) {
        position = follow(base, index);
        within(word(base, index) | word(position, 0), limit);
    }

    /// @notice The structs that a word points to.
    /// @return first calldata position of the first one's offset, from which all offsets count
    function structs(uint256 base, uint256 index, uint256 limit) internal pure returns (uint256 first, uint256 count) {
        uint256 position = list(base, index, limit);
        unchecked {
            return (position + 32, word(position, 0));
        }
    }

    function content(uint256 base, uint256 index, uint256 limit) internal pure returns (bytes calldata) {
        return _content(list(base, index, limit));
    }

    function hashes(uint256 base, uint256 index, uint256 limit) internal pure returns (bytes32[] calldata) {
        return _hashes(list(base, index, limit));
    }

    /// @notice Places, whose bits above the 64 that they have are not checked: there is no place with such.
    function places(uint256 base, uint256 index, uint256 limit) internal pure returns (uint256[] calldata words) {
        uint256 position = list(base, index, limit);
        assembly ("memory-safe") {
            words.offset := add(position, 32)
            words.length := calldataload(position)
        }
    }

    // ── structs ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice A part of the program and the word after it, the path that authenticates it: row or header of every struct.
    function part(uint256 base, uint256 index, uint256 limit)
        internal
        pure
        returns (bytes calldata data, bytes32[] calldata path)
    {
        return (content(base, index, limit), hashes(base, index + 1, limit));
    }

    /// @notice Membership of a LeavesShown or a HashesShown.
    function membership(uint256 shown, uint256 limit)
        internal
        pure
        returns (bytes32 root, bytes32[] calldata path, bytes32[] calldata siblings)
    {
        uint256 member = to(shown, 2, limit);
        return (bytes32(word(member, 0)), hashes(member, 1, limit), hashes(member, 2, limit));
    }

    /// @notice The rest of a LeavesShown.
    function leavesShown(uint256 shown, uint256 limit)
        internal
        pure
        returns (uint256 tensorId, uint256 depth, uint32[] calldata leaves, bytes calldata data)
    {
        uint256 opening = to(shown, 3, limit);
        return (word(shown, 0), word(shown, 1), _leaves(list(opening, 0, limit)), content(opening, 1, limit));
    }

    /// @notice The number of leaves of a LeavesShown.
    function leafCount(uint256 shown, uint256 limit) internal pure returns (uint256) {
        return word(list(to(shown, 3, limit), 0, limit), 0);
    }

    /// @notice The rest of a HashesShown.
    function hashesShown(uint256 shown, uint256 limit)
        internal
        pure
        returns (uint256 tensorId, uint256 index, bytes32[] calldata list_)
    {
        return (word(shown, 0), word(shown, 1), hashes(shown, 3, limit));
    }

    /// @notice A TraceShown.
    function traceShown(uint256 shown, uint256 limit)
        internal
        pure
        returns (uint256 index, bytes32[] calldata siblings, bytes32[] calldata list_)
    {
        return (word(shown, 0), hashes(shown, 1, limit), hashes(shown, 2, limit));
    }

    /// @notice What authenticates a tensor in a proof: its Paths and its Opening, all looked at together.
    /// @param paths calldata position
    /// @param opening calldata position
    function authentication(uint256 paths, uint256 opening, uint256 limit)
        internal
        pure
        returns (bytes32[] calldata path, bytes32[] calldata siblings, uint32[] calldata leaves, bytes calldata data)
    {
        uint256 offsets = word(paths, 0) | word(paths, 1) | word(opening, 0) | word(opening, 1);
        path = _hashes(follow(paths, 0));
        siblings = _hashes(follow(paths, 1));
        leaves = _leaves(follow(opening, 0));
        data = _content(follow(opening, 1));
        within(offsets | path.length | siblings.length | leaves.length | data.length, limit);
    }

    /// @notice The struct at a calldata position.
    function openingAt(uint256 position) internal pure returns (Opening calldata opening) {
        assembly ("memory-safe") {
            opening := position
        }
    }

    // ── types ────────────────────────────────────────────────────────────────────────────────────────────────────

    function _content(uint256 position) private pure returns (bytes calldata data) {
        assembly ("memory-safe") {
            data.offset := add(position, 32)
            data.length := calldataload(position)
        }
    }

    function _hashes(uint256 position) private pure returns (bytes32[] calldata words) {
        assembly ("memory-safe") {
            words.offset := add(position, 32)
            words.length := calldataload(position)
        }
    }

    function _leaves(uint256 position) private pure returns (uint32[] calldata leaves) {
        assembly ("memory-safe") {
            leaves.offset := add(position, 32)
            leaves.length := calldataload(position)
        }
    }
}
