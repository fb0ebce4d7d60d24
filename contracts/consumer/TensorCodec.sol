// SPDX-License-Identifier: MIT
pragma solidity ^0.8.31;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Numbers of contracts ↔ tensors of models
/// @notice Converts fixed point (`value / 10^decimals`) to and from the little-endian bytes of float32, int8 and uint8 tensors.
/// Every conversion is correctly rounded: the nearest representable number, ties to even.
library TensorCodec {
    /// @notice OpenGradient's number: `value / 10^decimals`.
    struct Number {
        int256 value;
        uint8 decimals;
    }

    /// @notice So many decimals are not computed with.
    error DecimalsOutOfRange(uint256 decimals, uint256 max);
    /// @notice The number does not fit the element type.
    error OutOfRange(int256 value, uint256 decimals);
    /// @notice NaN or an infinity has no fixed-point value.
    error NotFinite(uint32 bits);
    /// @notice The float32, with so many decimals, does not fit an int256.
    error Overflow(uint32 bits, uint256 decimals);
    /// @notice A ratio has the denominator zero.
    error ZeroDenominator(uint256 numerator);
    /// @notice The tensor has only `length` elements.
    error ElementOutOfBounds(uint256 index, uint256 length);
    /// @notice The element is NaN, infinite, or greater in magnitude than the limit.
    error ElementNotWithin(uint256 index, uint32 bits, uint32 limit);
    /// @notice The length is not a whole number of float32 elements.
    error NotWholeElements(uint256 length);

    /// @dev 10^76 is the largest power of ten in an int256.
    uint256 private constant MAX_DECIMALS = 76;
    /// @dev 2^24 · 10^69 is below 2^254.
    uint256 private constant MAX_READ_DECIMALS = 69;

    // Eight 32-bit lanes in a word.
    uint256 private constant LANES = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant EVEN_BYTES = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant EVEN_PAIRS = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;

    // ── float32 ──────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice Bits of the binary32 nearest to `value / 10^decimals`. Never gives an infinity: reverts if the number is beyond
    /// the float32 range.
    function toFloat32(int256 value, uint256 decimals) internal pure returns (uint32 bits) {
        if (decimals > MAX_DECIMALS) revert DecimalsOutOfRange(decimals, MAX_DECIMALS);
        if (value == 0) return 0;
        uint256 sign = value < 0 ? 0x80000000 : 0;
        uint256 magnitude = _nearest(value < 0 ? _magnitude(value) : uint256(value), 10 ** decimals);
        if (magnitude >= 0x7f800000) revert OutOfRange(value, decimals);
        return uint32(sign | magnitude);
    }

    /// @notice Bits of the binary32 nearest to `n / d`, which is never an infinity.
    function ratioToFloat32(uint64 n, uint64 d) internal pure returns (uint32 bits) {
        if (d == 0) revert ZeroDenominator(n);
        return n == 0 ? 0 : uint32(_nearest(n, d));
    }

    /// @notice The element with these bits as a tensor holds it: little-endian.
    function bytesOf(uint32 bits) internal pure returns (bytes4) {
        return bytes4(_reverse(bits));
    }

    /// @dev Bits of the binary32 nearest to n/d, both positive; from 0x7f800000 on if that is beyond the float32 range.
    function _nearest(uint256 n, uint256 d) private pure returns (uint256 magnitude) {
        // Find m and e with n/d = m · 2^e and the integer part of m in [2^24, 2^25), one bit more than a float32 keeps,
        // or with e at the floor of the subnormals, −150. floor(log2 n) − floor(log2 d) is floor(log2(n/d)) or one
        // more, so at most one step down.
        int256 e = int256(Math.log2(n)) - int256(Math.log2(d)) - 24;
        uint256 m;
        bool inexact;
        for (;; --e) {
            if (e < -150) e = -150;
            (m, inexact) = _scaled(n, d, e);
            if (m >= 1 << 24 || e == -150) break;
        }

        // Drop the extra bit: up when above half, or at half when the kept part is odd.
        uint256 kept = m >> 1;
        if (m & 1 == 1 && (inexact || kept & 1 == 1)) ++kept;
        // kept · 2^(e+1), kept ≤ 2^24. As bits: a subnormal is kept itself, and a carry runs on into the exponent.
        uint256 exponent = uint256(e + 150);
        magnitude = (exponent << 23) + kept;
    }

    /// @dev floor(n/d · 2^−e), and whether something was cut off. The caller's e makes the result less than 2^26.
    function _scaled(uint256 n, uint256 d, int256 e) private pure returns (uint256 m, bool inexact) {
        if (e <= 0) {
            uint256 scale = uint256(1) << uint256(-e);
            return (Math.mulDiv(n, scale, d), mulmod(n, scale, d) != 0);
        }
        // floor(floor(n/d) / 2^e) = floor(n/(d·2^e)).
        uint256 q = n / d;
        m = q >> uint256(e);
        inexact = m << uint256(e) != q || n % d != 0;
    }

    /// @notice `round(x · 10^decimals)` of the binary32 with these bits, ties to even.
    function fromFloat32(uint32 bits, uint256 decimals) internal pure returns (int256) {
        if (decimals > MAX_READ_DECIMALS) revert DecimalsOutOfRange(decimals, MAX_READ_DECIMALS);
        uint256 biased = (bits >> 23) & 0xff;
        if (biased == 0xff) revert NotFinite(bits);
        uint256 fraction = bits & 0x7fffff;
        // |x| = m · 2^e
        uint256 m = biased == 0 ? fraction : fraction | 0x800000;
        int256 e = int256(biased == 0 ? 1 : biased) - 150;
        uint256 n = m * 10 ** decimals;

        uint256 magnitude;
        if (e >= 0) {
            magnitude = n << uint256(e);
            if (magnitude >> uint256(e) != n || magnitude >> 255 != 0) revert Overflow(bits, decimals);
        } else {
            magnitude = _shiftRound(n, uint256(-e));
        }
        return bits >> 31 == 0 ? int256(magnitude) : -int256(magnitude);
    }

    /// @dev round(n / 2^s), ties to even, s ≤ 149.
    function _shiftRound(uint256 n, uint256 s) private pure returns (uint256 q) {
        q = n >> s;
        uint256 rest = n - (q << s);
        uint256 half = uint256(1) << (s - 1);
        if (rest > half || (rest == half && q & 1 == 1)) ++q;
    }

    /// @notice A float32 tensor of numbers that share their decimals.
    function encodeFloat32(int256[] memory values, uint256 decimals) internal pure returns (bytes memory data) {
        data = new bytes(values.length * 4);
        for (uint256 i; i < values.length; ++i) _putFloat32(data, i, toFloat32(values[i], decimals));
    }

    /// @notice A float32 tensor of numbers with decimals of their own.
    function encodeFloat32(Number[] memory numbers) internal pure returns (bytes memory data) {
        data = new bytes(numbers.length * 4);
        for (uint256 i; i < numbers.length; ++i) {
            _putFloat32(data, i, toFloat32(numbers[i].value, numbers[i].decimals));
        }
    }

    /// @notice Every element of a float32 tensor, with the same decimals.
    function decodeFloat32(bytes calldata data, uint256 decimals) internal pure returns (int256[] memory values) {
        values = new int256[](data.length / 4);
        for (uint256 i; i < values.length; ++i) values[i] = fromFloat32(float32At(data, i), decimals);
    }

    /// @notice Bits of element `index` of a float32 tensor.
    function float32At(bytes calldata data, uint256 index) internal pure returns (uint32 bits) {
        if (index >= data.length / 4) revert ElementOutOfBounds(index, data.length / 4);
        return _reverse(uint32(bytes4(data[index * 4:])));
    }

    /// @notice Index of the largest element of a float32 tensor, the first of equals. NaN is never the largest; an
    /// empty tensor, or one of NaN only, gives 0.
    function argmaxFloat32(bytes calldata data) internal pure returns (uint256 index) {
        uint256 best;
        uint256 count = data.length / 4;
        unchecked {
            for (uint256 i; i < count; ++i) {
                uint256 bits;
                // In bounds: i < length / 4.
                assembly ("memory-safe") {
                    bits := shr(224, calldataload(add(data.offset, shl(2, i))))
                }
                bits = _reverse(uint32(bits));
                uint256 magnitude = bits & 0x7fffffff;
                if (magnitude > 0x7f800000) continue;
                // Order of the reals as an order of integers above 0, both zeros alike.
                uint256 key = bits >> 31 == 0 ? 0x80000000 + magnitude : 0x80000000 - magnitude;
                if (key > best) (best, index) = (key, i);
            }
        }
    }

    /// @notice Reverts unless every element of a float32 tensor is finite and at most `limit` in magnitude. Use it for inputs
    /// that somebody else chose. For a NaN, an infinity, or a number so large that sums of the model overflow, more than
    /// one result is admissible (docs/protocol.md §2.10).
    /// @param limit Bits of a finite float32 that is not negative, as `toFloat32` gives them.
    function requireFloat32Within(bytes calldata data, uint32 limit) internal pure {
        if (limit >= 0x7f800000) revert NotFinite(limit);
        uint256 length = data.length;
        if (length & 3 != 0) revert NotWholeElements(length);
        uint256 tops = LANES << 31;
        unchecked {
            // Each lane holds the top bit and the limit below it. Subtracting a magnitude clears the top bit exactly if the
            // magnitude exceeds the limit, and borrows nothing from the next lane.
            uint256 most = tops | (uint256(limit) * LANES);
            for (uint256 i = 0; i < length; i += 32) {
                uint256 v;
                assembly ("memory-safe") {
                    v := calldataload(add(data.offset, i))
                }
                if (length - i < 32) v &= ~(type(uint256).max >> (8 * (length - i)));
                v = (v & EVEN_BYTES) << 8 | (v >> 8) & EVEN_BYTES;
                v = (v & EVEN_PAIRS) << 16 | (v >> 16) & EVEN_PAIRS;
                uint256 above = ~(most - (v & ~tops)) & tops;
                if (above != 0) {
                    uint256 lane;
                    assembly ("memory-safe") {
                        lane := shr(5, clz(above))
                    }
                    revert ElementNotWithin(i / 4 + lane, uint32(v >> (224 - 32 * lane)), limit);
                }
            }
        }
    }

    function _putFloat32(bytes memory data, uint256 index, uint32 bits) private pure {
        for (uint256 k; k < 4; ++k) data[index * 4 + k] = bytes1(uint8(bits >> (8 * k)));
    }

    function _reverse(uint32 x) private pure returns (uint32) {
        x = ((x & 0x00ff00ff) << 8) | ((x >> 8) & 0x00ff00ff);
        return (x << 16) | (x >> 16);
    }

    // ── int8 and uint8 ───────────────────────────────────────────────────────────────────────────────────────────

    /// @notice `round(value / 10^decimals)`, ties to even.
    function toInteger(int256 value, uint256 decimals) internal pure returns (int256) {
        if (decimals > MAX_DECIMALS) revert DecimalsOutOfRange(decimals, MAX_DECIMALS);
        uint256 n = value < 0 ? _magnitude(value) : uint256(value);
        uint256 d = 10 ** decimals;
        uint256 q = n / d;
        uint256 rest = n % d;
        // rest > d/2 without overflow: rest > d − rest.
        if (rest > d - rest || (rest == d - rest && q & 1 == 1)) ++q;
        if (value >= 0) return int256(q);
        // q = 2^255 only for the least int256, which is its own negative.
        unchecked {
            return -int256(q);
        }
    }

    /// @notice An int8 tensor; reverts when a rounded number is outside −128 … 127.
    function encodeInt8(int256[] memory values, uint256 decimals) internal pure returns (bytes memory) {
        return _encode8(values, decimals, type(int8).min, type(int8).max);
    }

    /// @notice A uint8 tensor; reverts when a rounded number is outside 0 … 255.
    function encodeUint8(int256[] memory values, uint256 decimals) internal pure returns (bytes memory) {
        return _encode8(values, decimals, 0, int256(uint256(type(uint8).max)));
    }

    /// @notice Every element of an int8 tensor at the given decimals.
    function decodeInt8(bytes calldata data, uint256 decimals) internal pure returns (int256[] memory values) {
        int256 unit = _unit(decimals);
        values = new int256[](data.length);
        for (uint256 i; i < data.length; ++i) values[i] = int256(int8(uint8(data[i]))) * unit;
    }

    /// @notice Every element of a uint8 tensor at the given decimals.
    function decodeUint8(bytes calldata data, uint256 decimals) internal pure returns (int256[] memory values) {
        int256 unit = _unit(decimals);
        values = new int256[](data.length);
        for (uint256 i; i < data.length; ++i) values[i] = int256(uint256(uint8(data[i]))) * unit;
    }

    function _encode8(int256[] memory values, uint256 decimals, int256 min, int256 max)
        private
        pure
        returns (bytes memory data)
    {
        data = new bytes(values.length);
        for (uint256 i; i < values.length; ++i) {
            int256 v = toInteger(values[i], decimals);
            if (v < min || v > max) revert OutOfRange(values[i], decimals);
            data[i] = bytes1(uint8(uint256(v)));
        }
    }

    function _unit(uint256 decimals) private pure returns (int256) {
        if (decimals > MAX_READ_DECIMALS) revert DecimalsOutOfRange(decimals, MAX_READ_DECIMALS);
        return int256(10 ** decimals);
    }

    /// @dev |value| of a negative number, the least int256 included.
    function _magnitude(int256 value) private pure returns (uint256) {
        unchecked {
            return uint256(-value);
        }
    }
}
