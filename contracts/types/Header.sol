// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DType} from "./Program.sol";

/// @dev What a program's header says of its trace (docs/protocol.md §1.5).
struct Header {
    uint256 tensorCount;
    uint256[] inputBytes; // byte length of every graph input; input i is tensor i
    uint256[] outputIds; // trace id of every graph output
    uint256[] outputBytes; // byte length of every graph output
}

library Headers {
    error HeaderMalformed(uint256 position);

    /// @param header authenticated by the program root; lengths are checked, meaning is the compiler's matter
    function decode(bytes calldata header) internal pure returns (Header memory h) {
        if (header.length < 11 || uint8(header[0]) != 1) revert HeaderMalformed(0);
        h.tensorCount = _u32(header, 1);
        uint256 p = 9;
        uint256 count = uint8(header[p++]);
        h.inputBytes = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) (h.inputBytes[i], p) = _byteLength(header, p);
        if (p >= header.length) revert HeaderMalformed(p);
        count = uint8(header[p++]);
        h.outputIds = new uint256[](count);
        h.outputBytes = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            h.outputIds[i] = _u32(header, p);
            (h.outputBytes[i], p) = _byteLength(header, p + 4);
        }
        if (p != header.length) revert HeaderMalformed(p);
    }

    /// @notice Number of computed tensors of the program.
    function tensorCount(bytes calldata header) internal pure returns (uint256) {
        return _u32(header, 1);
    }

    function _byteLength(bytes calldata header, uint256 p) private pure returns (uint256 length, uint256) {
        if (p + 2 > header.length) revert HeaderMalformed(p);
        length = DType.size(uint8(header[p]));
        uint256 rank = uint8(header[p + 1]);
        p += 2;
        for (uint256 a = 0; a < rank; ++a) {
            length *= _u32(header, p);
            p += 4;
        }
        return (length, p);
    }

    function _u32(bytes calldata header, uint256 p) private pure returns (uint256) {
        if (p + 4 > header.length) revert HeaderMalformed(p);
        return uint32(bytes4(header[p:p + 4]));
    }
}
