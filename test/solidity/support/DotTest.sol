// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDotHarness} from "../../../contracts/mocks/IDotHarness.sol";
import {Cheats} from "./Vm.sol";

/// @dev The dot-product kernels as they are deployed, and whole schedules over two vectors (docs/protocol.md §2.3).
abstract contract DotTest is Cheats {
    uint256 internal constant ONE = 0x3f800000;
    IDotHarness internal immutable dots = IDotHarness(_create("DotHarness", ""));

    struct Vectors {
        bytes a;
        bytes b;
        uint256 count;
    }

    /// @param chunk products in a chunk, 0 for all of them
    /// @param first total before the first chunk
    /// @param last added to the total in the end
    function dot(Vectors memory v, uint256 chunk, uint256 alpha, uint256 first, uint256 last)
        internal
        view
        returns (uint256)
    {
        (, uint256 total) = dots.extend(0, first, whole(v), IDotHarness.Schedule(v.count, chunk, alpha));
        return dots.fused(ONE, total, last);
    }

    function whole(Vectors memory v) internal pure returns (IDotHarness.Piece memory) {
        return piece(v, 0, v.count);
    }

    function piece(Vectors memory v, uint256 from, uint256 until) internal pure returns (IDotHarness.Piece memory) {
        return IDotHarness.Piece(v.a, v.b, from, until);
    }

    /// @dev Zeros, and a word behind them.
    function vectors(uint256 count) internal pure returns (Vectors memory) {
        return Vectors(new bytes(4 * count + 32), new bytes(4 * count + 32), count);
    }

    function put(bytes memory v, uint256 k, uint256 x) internal pure {
        for (uint256 i = 0; i < 4; ++i) v[4 * k + i] = bytes1(uint8(x >> (8 * i)));
    }
}
