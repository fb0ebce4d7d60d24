// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {Cheats} from "./Vm.sol";

/// @dev Nodes with row-major tensors, all of whose leaves are opened.
abstract contract OpTest is Cheats {
    struct Input {
        bytes tensor; // descriptor
        bytes data; // little-endian elements
    }

    /// @dev Descriptor of a computed row-major tensor.
    function tensor(uint8 dtype, uint256[] memory dims) internal pure returns (bytes memory t) {
        t = abi.encodePacked(uint8(0), dtype, uint8(dims.length));
        for (uint256 a = 0; a < dims.length; ++a) t = abi.encodePacked(t, uint32(dims[a]));
        for (uint256 a = 0; a < dims.length; ++a) t = abi.encodePacked(t, uint8(a));
        t = abi.encodePacked(t, uint32(0));
    }

    function row(uint16 opcode, uint8 rule, bytes memory output, Input[] memory inputs, int32[] memory attributes)
        internal
        pure
        returns (bytes memory r)
    {
        r = abi.encodePacked(opcode, rule, uint8(0), uint32(0), uint8(inputs.length), output);
        for (uint256 i = 0; i < inputs.length; ++i) r = abi.encodePacked(r, inputs[i].tensor);
        r = abi.encodePacked(r, uint8(attributes.length));
        for (uint256 i = 0; i < attributes.length; ++i) r = abi.encodePacked(r, attributes[i]);
    }

    /// @dev All leaves of some data.
    function open(bytes memory data) internal pure returns (Opening memory o) {
        uint256 leaves = (data.length + 1023) / 1024;
        o.leaves = new uint32[](leaves);
        for (uint256 i = 0; i < leaves; ++i) o.leaves[i] = uint32(i);
        o.data = bytes.concat(data, new bytes(1024 * leaves - data.length));
    }

    function judge(IOpFamily family, bytes memory r, Input[] memory inputs, uint256 element, uint256 claimed)
        internal
        view
        returns (bool)
    {
        return family.admissible(r, element, claimed, openAll(inputs));
    }

    function openAll(Input[] memory inputs) internal pure returns (Opening[] memory openings) {
        openings = new Opening[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) openings[i] = open(inputs[i].data);
    }

    /// @dev Elements of `width` bytes, little-endian.
    function encode(uint256[] memory values, uint256 width) internal pure returns (bytes memory data) {
        data = new bytes(values.length * width);
        for (uint256 i = 0; i < values.length; ++i) {
            for (uint256 j = 0; j < width; ++j) data[i * width + j] = bytes1(uint8(values[i] >> (8 * j)));
        }
    }

    function list(uint256 a) internal pure returns (uint256[] memory v) {
        v = new uint256[](1);
        v[0] = a;
    }

    function list(uint256 a, uint256 b) internal pure returns (uint256[] memory v) {
        v = new uint256[](2);
        (v[0], v[1]) = (a, b);
    }

    function list(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory v) {
        v = new uint256[](3);
        (v[0], v[1], v[2]) = (a, b, c);
    }

    /// @dev `n` numbers below `limit`, drawn from a seed.
    function draw(uint256 seed, uint256 n, uint256 limit) internal pure returns (uint256[] memory v) {
        v = new uint256[](n);
        for (uint256 i = 0; i < n; ++i) v[i] = uint256(keccak256(abi.encode(seed, i))) % limit;
    }

    /// @dev A float32 of an exponent field from `low` to `high`, drawn from a seed.
    function float(uint256 seed, uint256 low, uint256 high) internal pure returns (uint256) {
        uint256 h = uint256(keccak256(abi.encode(seed, "float")));
        return (h & 0x807fffff) | (bound(h >> 32, low, high) << 23);
    }
}
