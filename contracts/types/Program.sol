// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev A tensor as a node row describes it (docs/protocol.md §1.4).
struct Tensor {
    uint8 kind; // Kind.COMPUTED, Kind.CONSTANT or Kind.ABSENT
    uint8 dtype; // ONNX TensorProto.DataType
    uint32 id; // position in the trace, for a computed tensor
    bytes32 root; // tensor root, for a constant
    uint256[] dims; // row-major logical shape
    uint256[] strides; // commit stride of every axis, in elements
    uint256 size; // number of elements
}

/// @dev One node of a program: what is computed, from what, under which rule.
struct Node {
    uint16 opcode;
    uint8 rule;
    uint8 flags; // schedule of a chain; 0 otherwise
    uint32 chunk; // chunk length of a chain, 0 for one chunk; 0 otherwise
    Tensor output;
    Tensor[] inputs;
    int256[] attributes;
}

library Kind {
    uint8 internal constant COMPUTED = 0;
    uint8 internal constant CONSTANT = 1;
    uint8 internal constant ABSENT = 2;
}

library Rule {
    uint8 internal constant EQUAL = 0;
    uint8 internal constant ROUNDED = 1;
    uint8 internal constant CHAIN = 2;
    uint8 internal constant BOUND = 3;
}

library Opcode {
    uint16 internal constant CONV = 0x0101;
    uint16 internal constant GEMM = 0x0102;
    uint16 internal constant MATMUL = 0x0103;
    uint16 internal constant QLINEARCONV = 0x0201;
    uint16 internal constant QLINEARMATMUL = 0x0202;
    uint16 internal constant RESHAPE = 0x0301;
    uint16 internal constant TRANSPOSE = 0x0302;
    uint16 internal constant RELU = 0x0303;
    uint16 internal constant MAXPOOL = 0x0304;
    uint16 internal constant QUANTIZELINEAR = 0x0401;
    uint16 internal constant DEQUANTIZELINEAR = 0x0402;
    uint16 internal constant ADD = 0x0501;
    uint16 internal constant SUB = 0x0502;
    uint16 internal constant MUL = 0x0503;
    uint16 internal constant DIV = 0x0504;
    uint16 internal constant REDUCEMEAN = 0x0601;
    uint16 internal constant BATCHNORMALIZATION = 0x0602;
    uint16 internal constant SOFTMAX = 0x0603;
}

library DType {
    uint8 internal constant FLOAT32 = 1;
    uint8 internal constant UINT8 = 2;
    uint8 internal constant INT8 = 3;
    uint8 internal constant INT32 = 6;
    uint8 internal constant INT64 = 7;

    error DTypeUnknown(uint8 dtype);

    // Byte length of one element of dtype d stands in nibble d.
    //   dtype 13 12 11 10  9  8  7  6  5  4  3  2  1  0
    //   bytes  8  4  8  2  1  -  8  4  2  2  1  1  4  -
    uint256 private constant SIZES = 0x84821084221140;

    /// @return bytes of one element: 1, 2, 4 or 8
    function size(uint8 dtype) internal pure returns (uint256) {
        uint256 s = dtype > 13 ? 0 : (SIZES >> (4 * uint256(dtype))) & 15;
        require(s != 0, DTypeUnknown(dtype));
        return s;
    }
}

/// @notice Decodes a node row. The row is authenticated by the program root before it gets here, and everybody who
/// relies on a version rebuilds that root from the model file; decoding therefore checks lengths, not meaning.
library NodeRow {
    error RowMalformed(uint256 position);

    uint256 internal constant MAX_RANK = 8;
    uint256 internal constant MAX_INPUTS = 16;

    function decode(bytes calldata row) internal pure returns (Node memory node) {
        require(row.length >= 10, RowMalformed(0));
        uint256 head = _word(row, 0);
        node.opcode = uint16(head >> 240);
        node.rule = uint8(head >> 232);
        node.flags = uint8(head >> 224);
        node.chunk = uint32(head >> 192);
        uint256 count = uint8(head >> 184);
        require(count <= MAX_INPUTS, RowMalformed(8));
        uint256 p = 9;
        (node.output, p) = _tensor(row, p);
        Tensor[] memory inputs = new Tensor[](count);
        for (uint256 i = 0; i < count; ++i) (inputs[i], p) = _tensor(row, p);
        node.inputs = inputs;
        require(p < row.length, RowMalformed(p));
        count = _word(row, p) >> 248;
        // Positions are sums of small numbers: at most 17 tensors of 75 bytes and 255 attributes.
        unchecked {
            ++p;
            require(row.length == p + 4 * count, RowMalformed(p));
            int256[] memory attributes = new int256[](count);
            for (uint256 i = 0; i < count; ++i) attributes[i] = int256(_word(row, p + 4 * i)) >> 224;
            node.attributes = attributes;
        }
    }

    function _tensor(bytes calldata row, uint256 p) private pure returns (Tensor memory t, uint256) {
        require(p < row.length, RowMalformed(p));
        uint256 head = _word(row, p);
        t.kind = uint8(head >> 248);
        require(t.kind <= Kind.ABSENT, RowMalformed(p));
        unchecked {
            if (t.kind == Kind.ABSENT) return (t, p + 1);
            t.dtype = uint8(head >> 240);
            uint256 rank = uint8(head >> 232);
            require(rank <= MAX_RANK, RowMalformed(p));
            p += 3;
            uint256 dimWords = _word(row, p); // at most eight dimensions of 32 bits: one word
            uint256 permWord = _word(row, p + 4 * rank);
            p += 5 * rank;
            uint256[] memory dims = new uint256[](rank);
            uint256[] memory strides = new uint256[](rank);
            for (uint256 a = 0; a < rank; ++a) dims[a] = uint32(dimWords >> (224 - 32 * a));
            uint256 size = 1; // below 2²⁵⁶: at most eight factors of 32 bits
            uint256 seen;
            for (uint256 i = rank; i != 0;) {
                --i;
                uint256 axis = uint8(permWord >> (248 - 8 * i));
                // INVARIANT: perm is a permutation, so elements and commit offsets are one-to-one.
                require(axis < rank && (seen >> axis) & 1 == 0, RowMalformed(p));
                seen |= 1 << axis;
                strides[axis] = size;
                size *= dims[axis];
            }
            t.dims = dims;
            t.strides = strides;
            t.size = size;
            if (t.kind == Kind.COMPUTED) {
                t.id = uint32(_word(row, p) >> 224);
                return (t, p + 4);
            }
            t.root = bytes32(_word(row, p));
            return (t, p + 32);
        }
    }

    /// @dev Past the end of the row it reads whatever follows in calldata; the last length check rejects such rows.
    function _word(bytes calldata row, uint256 p) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(row.offset, p))
        }
    }
}
