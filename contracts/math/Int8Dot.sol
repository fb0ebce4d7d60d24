// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Dot products of 8-bit integers, exact.
/// @dev The sum between two calls is an integer, so a long product can be fed in pieces.
library Int8Dot {
    uint256 private constant ONES = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant LOW = 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff;
    uint256 private constant ODD_64 = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
    uint256 private constant ODD_32 = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
    uint256 private constant BYTES = 0x0101010101010101010101010101010101010101010101010101010101010101;
    uint256 private constant SIGNS = 0x8080808080808080808080808080808080808080808080808080808080808080;

    /// @dev Elements after which the lanes are read out: 32 · 1,024.
    uint256 private constant STRETCH = 32768;

    /// @notice Σ (a[k] − zeroA)·(b[k] − zeroB) for k from 0 to count − 1.
    /// @param a memory position of the elements a[k], one byte each; b the same. The 32 bytes after the first vector are
    /// overwritten for a while, so the second may not lie there
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
            while (count > STRETCH) {
                sum += _stretch(a, b, STRETCH, flipA, flipB, uint256(zeroA), uint256(zeroB));
                a += STRETCH;
                b += STRETCH;
                count -= STRETCH;
            }
            sum += _stretch(a, b, count, flipA, flipB, uint256(zeroA), uint256(zeroB));
        }
    }

    /// @dev A word holds four interleaved vectors of eight bytes in 32-bit lanes (byte j mod 4). As an integer, such a
    /// vector minus its zero points is X = Σ (x[i] − zeroA) · 2^(32i), and the other operand's with its lanes in reverse
    /// order W = Σ (w[i] − zeroB) · 2^(32(7−i)). In X · W = Σ c[k] · 2^(32k) the coefficient c[7] is their dot product.
    /// What stands above it vanishes modulo 2^256.
    ///
    /// Over a stretch the coefficients are sums of at most 1,024 · 4 · 8 products of at most 255² in magnitude, less
    /// than 0.993 · 2^31. So c[6] · 2^192 + … + c[0] is less than 2^223 in magnitude, and c[7] an int32: with 2^223 added
    /// the sum is c[7] · 2^224 plus a number from 0 to 2^224 − 1.
    function _stretch(
        uint256 a,
        uint256 b,
        uint256 count,
        uint256 flipA,
        uint256 flipB,
        uint256 zeroA,
        uint256 zeroB
    ) private pure returns (int256 sum) {
        assembly ("memory-safe") {
            // Elements past the last, up to a whole word, are zero points for the time being: their products are zero.
            // What stood there waits in scratch memory.
            let last := add(a, count)
            mstore(0x00, mload(last))
            mstore(last, xor(mul(zeroA, BYTES), flipA))
            zeroA := mul(zeroA, ONES)
            zeroB := mul(zeroB, ONES)
            let distance := sub(b, a)
            let total := shl(223, 1)
            for {} 1 {} {
                let w := mload(add(a, distance))
                w := or(shl(32, and(w, ODD_32)), and(shr(32, w), ODD_32))
                w := or(shl(64, and(w, ODD_64)), and(shr(64, w), ODD_64))
                w := xor(or(shl(128, w), shr(128, w)), flipB)
                let x := xor(mload(a), flipA)
                let p := mul(sub(and(x, LOW), zeroA), sub(and(w, LOW), zeroB))
                p := add(mul(sub(and(shr(8, x), LOW), zeroA), sub(and(shr(8, w), LOW), zeroB)), p)
                p := add(mul(sub(and(shr(16, x), LOW), zeroA), sub(and(shr(16, w), LOW), zeroB)), p)
                p := add(mul(sub(and(shr(24, x), LOW), zeroA), sub(and(shr(24, w), LOW), zeroB)), p)
                total := add(p, total)
                a := add(a, 32)
                if iszero(lt(a, last)) { break }
            }
            mstore(last, mload(0x00))
            sum := sar(224, total)
        }
    }
}
