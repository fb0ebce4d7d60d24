// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Opening} from "../../../contracts/interfaces/IOpFamily.sol";

/// @notice Writes node rows and openings for tests.
library RowBuilder {
    /// @dev A computed tensor in row-major order.
    function tensor(uint8 dtype, uint256[] memory dims) internal pure returns (bytes memory) {
        uint256[] memory perm = new uint256[](dims.length);
        for (uint256 i = 0; i < perm.length; ++i) perm[i] = i;
        return tensor(dtype, dims, perm);
    }

    /// @dev A computed tensor whose axes are committed in the order `perm`.
    function tensor(uint8 dtype, uint256[] memory dims, uint256[] memory perm) internal pure returns (bytes memory t) {
        t = abi.encodePacked(uint8(0), dtype, uint8(dims.length));
        for (uint256 i = 0; i < dims.length; ++i) t = abi.encodePacked(t, uint32(dims[i]));
        for (uint256 i = 0; i < perm.length; ++i) t = abi.encodePacked(t, uint8(perm[i]));
        t = abi.encodePacked(t, uint32(0));
    }

    function absent() internal pure returns (bytes memory) {
        return hex"02";
    }

    function row(
        uint16 opcode,
        uint8 rule,
        uint8 flags,
        uint32 chunk,
        bytes memory output,
        bytes[] memory inputs,
        int256[] memory attributes
    ) internal pure returns (bytes memory r) {
        r = abi.encodePacked(opcode, rule, flags, chunk, uint8(inputs.length), output);
        for (uint256 i = 0; i < inputs.length; ++i) r = abi.encodePacked(r, inputs[i]);
        r = abi.encodePacked(r, uint8(attributes.length));
        for (uint256 i = 0; i < attributes.length; ++i) r = abi.encodePacked(r, int32(attributes[i]));
    }

    /// @dev All leaves of a tensor with these bytes in commit order.
    function open(bytes memory data) internal pure returns (Opening memory o) {
        uint256 count = (data.length + 1023) / 1024;
        o.leaves = new uint32[](count);
        for (uint256 i = 0; i < count; ++i) o.leaves[i] = uint32(i);
        o.data = bytes.concat(data, new bytes(count * 1024 - data.length));
    }

    /// @dev Little-endian binary32 numbers.
    function floats(uint256[] memory bits) internal pure returns (bytes memory data) {
        data = new bytes(4 * bits.length);
        for (uint256 k = 0; k < bits.length; ++k) {
            for (uint256 i = 0; i < 4; ++i) data[4 * k + i] = bytes1(uint8(bits[k] >> (8 * i)));
        }
    }

    function list(uint256 a) internal pure returns (uint256[] memory l) {
        l = new uint256[](1);
        l[0] = a;
    }

    function list(uint256 a, uint256 b) internal pure returns (uint256[] memory l) {
        l = new uint256[](2);
        (l[0], l[1]) = (a, b);
    }

    function list(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory l) {
        l = new uint256[](3);
        (l[0], l[1], l[2]) = (a, b, c);
    }

    function list(uint256 a, uint256 b, uint256 c, uint256 d) internal pure returns (uint256[] memory l) {
        l = new uint256[](4);
        (l[0], l[1], l[2], l[3]) = (a, b, c, d);
    }
}
