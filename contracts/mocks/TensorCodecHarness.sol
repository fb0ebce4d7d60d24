// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TensorCodec} from "../consumer/TensorCodec.sol";

/// @title TensorCodec for tests
contract TensorCodecHarness {
    function toFloat32(int256[] calldata values, uint256[] calldata decimals) external pure returns (uint32[] memory r) {
        r = new uint32[](values.length);
        for (uint256 i; i < values.length; ++i) r[i] = TensorCodec.toFloat32(values[i], decimals[i]);
    }

    function fromFloat32(uint32[] calldata bits, uint256[] calldata decimals) external pure returns (int256[] memory r) {
        r = new int256[](bits.length);
        for (uint256 i; i < bits.length; ++i) r[i] = TensorCodec.fromFloat32(bits[i], decimals[i]);
    }

    function ratioToFloat32(uint64[] calldata n, uint64[] calldata d) external pure returns (uint32[] memory r) {
        r = new uint32[](n.length);
        for (uint256 i; i < n.length; ++i) r[i] = TensorCodec.ratioToFloat32(n[i], d[i]);
    }

    function bytesOf(uint32 bits) external pure returns (bytes4) {
        return TensorCodec.bytesOf(bits);
    }

    function toInteger(int256 value, uint256 decimals) external pure returns (int256) {
        return TensorCodec.toInteger(value, decimals);
    }

    function encodeFloat32(int256[] calldata values, uint256 decimals) external pure returns (bytes memory) {
        return TensorCodec.encodeFloat32(values, decimals);
    }

    function encodeNumbers(TensorCodec.Number[] calldata numbers) external pure returns (bytes memory) {
        return TensorCodec.encodeFloat32(numbers);
    }

    function decodeFloat32(bytes calldata data, uint256 decimals) external pure returns (int256[] memory) {
        return TensorCodec.decodeFloat32(data, decimals);
    }

    function float32At(bytes calldata data, uint256 index) external pure returns (uint32) {
        return TensorCodec.float32At(data, index);
    }

    function argmaxFloat32(bytes calldata data) external pure returns (uint256) {
        return TensorCodec.argmaxFloat32(data);
    }

    function requireFloat32Within(bytes calldata data, uint32 limit) external pure {
        TensorCodec.requireFloat32Within(data, limit);
    }

    /// @return gas of the check alone
    function gasOfWithin(bytes calldata data, uint32 limit) external view returns (uint256 gas) {
        gas = gasleft();
        TensorCodec.requireFloat32Within(data, limit);
        gas -= gasleft();
    }

    function encodeInt8(int256[] calldata values, uint256 decimals) external pure returns (bytes memory) {
        return TensorCodec.encodeInt8(values, decimals);
    }

    function encodeUint8(int256[] calldata values, uint256 decimals) external pure returns (bytes memory) {
        return TensorCodec.encodeUint8(values, decimals);
    }

    function decodeInt8(bytes calldata data, uint256 decimals) external pure returns (int256[] memory) {
        return TensorCodec.decodeInt8(data, decimals);
    }

    function decodeUint8(bytes calldata data, uint256 decimals) external pure returns (int256[] memory) {
        return TensorCodec.decodeUint8(data, decimals);
    }
}
