// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Dot products of 8-bit integers, exact.
/// @dev The sum between two calls is an integer, so a long product can be fed in pieces.
library Int8Dot {
    uint256 private constant ONES = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant LOW = 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff;
    uint256 private constant ODD_64 = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
    uint256 private constant ODD_32 = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
    uint256 private constant SIGNS = 0x8080808080808080808080808080808080808080808080808080808080808080;

    uint256 private constant BYTES_0_2 = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant HALVES = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;

    /// @dev Elements after which the lanes are read out: 128 words.
    uint256 private constant STRETCH = 4096;

    /// @notice Σ (a[k] − zeroA)·(b[k] − zeroB) for k from 0 to count − 1.
    /// @param a memory position of the elements a[k], one byte each; b the same. The 32 bytes after either vector are
    /// overwritten for a while, so neither vector may lie there
    /// @param signedA whether a and zeroA are int8 (otherwise uint8); signedB the same for b
    function accumulate(
        uint256 a,
        uint256 b,
        uint256 count,
        bool signedA,
        bool signedB,
        int256 zeroA,
        int256 zeroB
    ) internal pure returns (int256 sum) {
        // x + 128 is the unsigned number whose bits are those of the int8 x with the sign flipped; as only differences
        // to the zero point matter, both are shifted.
        uint256 flipA;
        uint256 flipB;
        unchecked {
            if (signedA) (flipA, zeroA) = (SIGNS, zeroA + 128);
            if (signedB) (flipB, zeroB) = (SIGNS, zeroB + 128);
            while (count != 0) {
                uint256 part = count < STRETCH ? count : STRETCH;
                (uint256 products, uint256 sumA, uint256 sumB) = _stretch(a, b, part, flipA, flipB);
                sum += int256(products) - zeroA * int256(sumB) - zeroB * int256(sumA) + int256(part) * zeroA * zeroB;
                a += part;
                b += part;
                count -= part;
            }
        }
    }

    /// @return products Σ a·b
    /// @return sumA Σ a
    /// @return sumB Σ b
    ///
    /// @dev A word holds four interleaved vectors of eight bytes in 32-bit lanes (byte j mod 4). With the lanes of b in
    /// reverse order, the most significant lane of the product of two such vectors is their dot product, at most
    /// 8 · 255² < 2^19; the lanes below are smaller sums of the same kind. 4 · 128 of them stay below 2^32, so no lane
    /// carries into the next. The sums are kept in 16-bit lanes, at most 128 · 2 · 255 < 2^16.
    function _stretch(uint256 a, uint256 b, uint256 count, uint256 flipA, uint256 flipB)
        private
        pure
        returns (uint256 products, uint256 sumA, uint256 sumB)
    {
        assembly ("memory-safe") {
            // Elements past the end count as zeros; what stands there is put back afterwards.
            let endA := add(a, count)
            let endB := add(b, count)
            let afterA := mload(endA)
            let afterB := mload(endB)
            mstore(endA, flipA)
            mstore(endB, flipB)
            for {} lt(a, endA) { a := add(a, 32) b := add(b, 32) } {
                let x := xor(mload(a), flipA)
                let w := xor(mload(b), flipB)
                sumA := add(sumA, add(and(x, BYTES_0_2), and(shr(8, x), BYTES_0_2)))
                sumB := add(sumB, add(and(w, BYTES_0_2), and(shr(8, w), BYTES_0_2)))
                w := or(shl(32, and(w, ODD_32)), and(shr(32, w), ODD_32))
                w := or(shl(64, and(w, ODD_64)), and(shr(64, w), ODD_64))
                w := or(shl(128, w), shr(128, w))
                products := add(products, mul(and(x, LOW), and(w, LOW)))
                products := add(products, mul(and(shr(8, x), LOW), and(shr(8, w), LOW)))
                products := add(products, mul(and(shr(16, x), LOW), and(shr(16, w), LOW)))
                products := add(products, mul(and(shr(24, x), LOW), and(shr(24, w), LOW)))
            }
            mstore(endA, afterA)
            mstore(endB, afterB)
            products := shr(224, products)
            sumA := shr(224, mul(add(and(sumA, HALVES), and(shr(16, sumA), HALVES)), ONES))
            sumB := shr(224, mul(add(and(sumB, HALVES), and(shr(16, sumB), HALVES)), ONES))
        }
    }
}
