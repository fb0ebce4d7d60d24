// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The dot-product kernels, one call at a time: Solidity tests reach the deployed code without holding it.
interface IDotHarness {
    /// @param from first element of the two vectors that counts; `until` is the one after the last
    struct Piece {
        bytes a;
        bytes b;
        uint256 from;
        uint256 until;
    }

    /// @param length number of all products
    /// @param size products in a chunk, 0 for all of them
    /// @param alpha factor of every chunk's result
    struct Schedule {
        uint256 length;
        uint256 size;
        uint256 alpha;
    }

    struct IntegerCase {
        bytes a;
        bytes b;
        bool signedA;
        bool signedB;
        int256 zeroA;
        int256 zeroB;
    }

    function fused(uint256 a, uint256 b, uint256 c) external pure returns (uint256);

    function chain(uint256 acc, Piece calldata piece) external pure returns (uint256);

    function extend(uint256 open, uint256 total, Piece calldata piece, Schedule calldata schedule)
        external
        pure
        returns (uint256, uint256);

    function groups(uint256 open, uint256 total, Piece calldata piece, uint256 length)
        external
        pure
        returns (uint256, uint256);

    function lanes(uint256 packed, Piece calldata piece) external pure returns (uint256);

    function fold(uint256 packed, uint256 place, uint256 run) external pure returns (uint256);

    /// @return sum over the first `count` elements
    /// @return a as it is afterwards
    /// @return b the same
    function integer(IntegerCase calldata c, uint256 count)
        external
        pure
        returns (int256 sum, bytes memory a, bytes memory b);
}
