// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev A tensor as a node row describes it (docs/protocol.md §1.4).
struct Tensor {
    uint8 kind; // see Kind
    uint8 dtype; // ONNX TensorProto.DataType
    uint32 id; // position in the trace, for a computed tensor
    bytes32 root; // tensor root, for a constant
    uint256[] dims; // row-major logical shape
    uint256[] strides; // commit stride of every axis, in elements
    uint256 size; // number of elements
    uint256 data; // calldata position of its bytes, for a constant that stands in the row
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
    /// @dev A constant so small that it stands in the row itself: no leaf of it is opened, nor authenticated.
    uint8 internal constant INLINE = 3;
}

library Rule {
    uint8 internal constant EQUAL = 0;
    uint8 internal constant ROUNDED = 1;
    uint8 internal constant CHAIN = 2;
    uint8 internal constant BOUND = 3;
    uint8 internal constant GEMV = 4;
    uint8 internal constant KERNEL = 5;
    uint8 internal constant LANES = 6;
}

library Opcode {
    uint16 internal constant CONV = 0x0101;
    uint16 internal constant GEMM = 0x0102;
    uint16 internal constant MATMUL = 0x0103;
    uint16 internal constant QLINEARCONV = 0x0201;
    uint16 internal constant QLINEARMATMUL = 0x0202;
    uint16 internal constant MATMULINTEGER = 0x0203;
    uint16 internal constant CONVINTEGER = 0x0204;
    uint16 internal constant STRIDED = 0x0301;
    uint16 internal constant QUANTIZELINEAR = 0x0401;
    uint16 internal constant DEQUANTIZELINEAR = 0x0402;
    uint16 internal constant ADD = 0x0501;
    uint16 internal constant SUB = 0x0502;
    uint16 internal constant MUL = 0x0503;
    uint16 internal constant DIV = 0x0504;
    uint16 internal constant MAX = 0x0521;
    uint16 internal constant MIN = 0x0522;
    uint16 internal constant SQRT = 0x0541;
    uint16 internal constant LEAKYRELU = 0x0542;
    uint16 internal constant RELU = 0x0561;
    uint16 internal constant FLOOR = 0x0562;
    uint16 internal constant ABS = 0x0563;
    uint16 internal constant CLIP = 0x0564;
    uint16 internal constant REDUCEMEAN = 0x0601;
    uint16 internal constant REDUCEMAX = 0x0602;
    uint16 internal constant MAXPOOL = 0x0612;
    uint16 internal constant BATCHNORMALIZATION = 0x0701;
    uint16 internal constant SOFTMAX = 0x0702;
    uint16 internal constant LAYERNORMALIZATION = 0x0703;
    uint16 internal constant EXP = 0x0801;
    uint16 internal constant TANH = 0x0802;
    uint16 internal constant SIGMOID = 0x0803;
    uint16 internal constant ERF = 0x0804;
    uint16 internal constant GELU = 0x0805;
    uint16 internal constant HARDSIGMOID = 0x0807;
    uint16 internal constant NOT = 0x0a11;
    uint16 internal constant SIGN = 0x0a12;
    uint16 internal constant ROUND = 0x0a13;
    uint16 internal constant EQUAL = 0x0a21;
    uint16 internal constant LESS = 0x0a22;
    uint16 internal constant LESSOREQUAL = 0x0a23;
    uint16 internal constant AND = 0x0a24;
    uint16 internal constant OR = 0x0a25;
    uint16 internal constant XOR = 0x0a26;
    uint16 internal constant BITSHIFT = 0x0a27;
    uint16 internal constant MOD = 0x0a28;
    uint16 internal constant WHERE = 0x0a31;
    uint16 internal constant CAST = 0x0b01;
    uint16 internal constant INDEXED = 0x0c01;
    uint16 internal constant CONCAT = 0x0c02;
}

library DType {
    uint8 internal constant FLOAT32 = 1;
    uint8 internal constant UINT8 = 2;
    uint8 internal constant INT8 = 3;
    uint8 internal constant INT32 = 6;
    uint8 internal constant INT64 = 7;
    uint8 internal constant BOOL = 9;
    uint8 internal constant FLOAT16 = 10;
    uint8 internal constant FLOAT64 = 11;

    error DTypeUnknown(uint8 dtype);

    // Byte length of one element of dtype d stands in nibble d.
    //   dtype 13 12 11 10  9  8  7  6  5  4  3  2  1  0
    //   bytes  8  4  8  2  1  -  8  4  2  2  1  1  4  -
    uint256 private constant SIZES = 0x84821084221140;

    /// @return bytes of one element: 1, 2, 4 or 8
    function size(uint8 dtype) internal pure returns (uint256) {
        uint256 s = dtype > 13 ? 0 : (SIZES >> (4 * uint256(dtype))) & 15;
        if (s == 0) revert DTypeUnknown(dtype);
        return s;
    }
}

/// @notice Decodes a node row. The row is authenticated by the program root before it gets here, and everybody who
/// relies on a version rebuilds that root from the model file; decoding therefore checks lengths, not meaning.
/// @dev Words past the end of the row read whatever follows in calldata. INVARIANT: positions only grow, and the row
/// must end exactly where its last attribute does; so nothing that was read past its end is ever believed.
library NodeRow {
    /// @param found a position, or the bits, that no canonical row has
    error RowMalformed(uint256 found);

    uint256 internal constant MAX_RANK = 8;
    uint256 internal constant MAX_INPUTS = 16;
    /// @dev Bytes of the largest constant that stands in a row.
    uint256 internal constant MAX_INLINE = 64;
    /// @dev Position of the output's descriptor; those of the inputs follow.
    uint256 internal constant TENSORS = 9;

    function decode(bytes calldata row) internal pure returns (Node memory node) {
        uint256 head = _word(row, 0);
        node.opcode = uint16(head >> 240);
        node.rule = uint8(head >> 232);
        node.flags = uint8(head >> 224);
        node.chunk = uint32(head >> 192);
        uint256 count = inputCount(row);
        (uint256 list, uint256 p) = _tensors(row, count);
        // The output stands where the list of the inputs has its length.
        assembly ("memory-safe") {
            mstore(add(node, 128), mload(list))
            mstore(list, count)
            mstore(add(node, 160), list)
        }
        unchecked {
            node.attributes = _attributes(row, p + 1, attributeCount(row, p));
        }
    }

    /// @notice Number of the row's inputs.
    function inputCount(bytes calldata row) internal pure returns (uint256 count) {
        count = uint8(_word(row, 0) >> 184);
        if (count > MAX_INPUTS) revert RowMalformed(8);
    }

    /// @notice Number of the row's attributes, which follow its last tensor at position `p` and are the last of it.
    function attributeCount(bytes calldata row, uint256 p) internal pure returns (uint256 count) {
        count = _word(row, p) >> 248;
        unchecked {
            if (row.length != p + 1 + 4 * count) revert RowMalformed(p);
        }
    }

    /// @notice The output that the row describes.
    function output(bytes calldata row) internal pure returns (Tensor memory t) {
        (uint256 list,) = _tensors(row, 0);
        assembly ("memory-safe") {
            t := mload(list)
        }
    }

    /// @dev The output and so many inputs, as a list of memory positions: structs that a function declares are made of
    /// zeros first, at a price. A Tensor's eight words are followed by its dimensions and its strides.
    /// @return list memory position of the output's place; those of the inputs follow
    /// @return next position in the row after them
    function _tensors(bytes calldata row, uint256 inputs) private pure returns (uint256 list, uint256 next) {
        uint256 d; // calldata position of the next descriptor
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(0x40, add(list, shl(5, add(inputs, 1))))
            d := add(row.offset, TENSORS)
        }
        unchecked {
            for (uint256 to = list; to <= list + 32 * inputs; to += 32) {
                uint256 t;
                (t, d) = _tensor(d);
                assembly ("memory-safe") {
                    mstore(to, t)
                }
            }
        }
        assembly ("memory-safe") {
            next := sub(d, row.offset)
        }
    }

    function _tensor(uint256 d) private pure returns (uint256 t, uint256 next) {
        (uint256 kind, uint256 rank, uint256 dims) = _head(d);
        unchecked {
            t = dims - 256;
            if (kind == Kind.ABSENT) return (t, d + 1);
            uint256 size = rank == 0 ? 1 : _layout(dims, d + 3, rank);
            next = d + 3 + 5 * rank;
            assembly ("memory-safe") {
                mstore(add(t, 192), size)
                switch kind
                case 0 {
                    mstore(add(t, 64), shr(224, calldataload(next)))
                    next := add(next, 4)
                }
                case 1 {
                    mstore(add(t, 96), calldataload(next))
                    next := add(next, 32)
                }
                default { mstore(add(t, 224), next) }
            }
            if (kind == Kind.INLINE) next += _inlineLength(size, uint8(_memory(t + 32)));
        }
    }

    /// @dev Makes a Tensor without its size and source.
    /// @return kind computed, constant or absent
    /// @return rank of the tensor; 0 for an absent one
    /// @return dims memory position of its list of dimensions, which is followed by that of its strides
    function _head(uint256 d) private pure returns (uint256 kind, uint256 rank, uint256 dims) {
        uint256 head;
        assembly ("memory-safe") {
            head := calldataload(d)
            kind := byte(0, head)
        }
        if (kind != Kind.ABSENT) rank = uint8(head >> 232);
        if (kind > Kind.INLINE || rank > MAX_RANK) revert RowMalformed(head >> 232);
        assembly ("memory-safe") {
            let t := mload(0x40)
            dims := add(t, 256)
            let strides := add(dims, shl(5, add(rank, 1)))
            mstore(0x40, add(strides, shl(5, add(rank, 1))))
            mstore(t, kind)
            mstore(add(t, 32), mul(iszero(eq(kind, 2)), byte(1, head)))
            mstore(add(t, 64), 0)
            mstore(add(t, 96), 0)
            mstore(add(t, 128), dims)
            mstore(add(t, 160), strides)
            mstore(add(t, 192), 0)
            mstore(add(t, 224), 0)
            mstore(dims, rank)
            mstore(strides, rank)
        }
    }

    /// @return length in bytes of a constant that stands in a row
    function _inlineLength(uint256 size, uint8 dtype) private pure returns (uint256 length) {
        length = size * DType.size(dtype);
        if (length > MAX_INLINE) revert RowMalformed(length);
    }

    function _memory(uint256 position) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(position)
        }
    }

    /// @dev Writes dimensions and strides.
    /// @param d calldata position of the dimensions, which the layout follows
    /// @return size number of elements
    function _layout(uint256 dims, uint256 d, uint256 rank) private pure returns (uint256 size) {
        uint256 seen;
        assembly ("memory-safe") {
            // At most eight dimensions of 32 bits: one word.
            let words := calldataload(d)
            let strides := add(dims, shl(5, add(rank, 1)))
            for { let to := add(dims, 32) } lt(to, strides) { to := add(to, 32) } {
                mstore(to, shr(224, words))
                words := shl(32, words)
            }
            size := 1 // below 2²⁵⁶: at most eight factors of 32 bits
            // The layout, its innermost axis lowest.
            words := shr(sub(256, shl(3, rank)), calldataload(add(d, shl(2, rank))))
            for { let left := rank } left { left := sub(left, 1) } {
                let axis := and(words, 0xff)
                seen := or(seen, shl(axis, 1))
                axis := shl(5, add(axis, 1))
                mstore(add(strides, axis), size)
                size := mul(size, mload(add(dims, axis)))
                words := shr(8, words)
            }
        }
        // INVARIANT: perm is a permutation, so elements and commit offsets are one-to-one: all axes were seen, and no other
        // number. What was written for one lies in memory that nobody has.
        if (seen != (1 << rank) - 1) revert RowMalformed(seen);
    }

    /// @notice What authenticates a tensor's leaves, without its shape.
    /// @return kind see Kind
    /// @return name the tensor's id if it is computed, its root if it is a constant that does not stand in the row
    /// @return byteLength of its data
    /// @return next where the next descriptor begins
    function identity(bytes calldata row, uint256 p)
        internal
        pure
        returns (uint256 kind, bytes32 name, uint256 byteLength, uint256 next)
    {
        uint256 dtype;
        uint256 rank;
        uint256 descriptor;
        (kind, dtype, rank, descriptor) = _shape(row, p);
        unchecked {
            if (kind == Kind.ABSENT) return (kind, 0, 0, p + 1);
            byteLength = DType.size(uint8(dtype));
        }
        assembly ("memory-safe") {
            next := add(add(p, 3), add(rank, shl(2, rank)))
            if rank {
                for { let words := calldataload(add(descriptor, 3)) } rank { rank := sub(rank, 1) } {
                    byteLength := mul(byteLength, shr(224, words))
                    words := shl(32, words)
                }
            }
            switch kind
            case 0 {
                name := shr(224, calldataload(add(row.offset, next)))
                next := add(next, 4)
            }
            case 1 {
                name := calldataload(add(row.offset, next))
                next := add(next, 32)
            }
        }
        if (kind == Kind.INLINE) next += _inlineLength(byteLength, DType.UINT8);
    }

    /// @return kind computed, constant or absent
    /// @return dtype of the tensor; 0 for an absent one
    /// @return rank of the tensor; 0 for an absent one
    /// @return descriptor calldata position of the description at `p`
    function _shape(bytes calldata row, uint256 p)
        private
        pure
        returns (uint256 kind, uint256 dtype, uint256 rank, uint256 descriptor)
    {
        assembly ("memory-safe") {
            descriptor := add(row.offset, p)
            let head := calldataload(descriptor)
            kind := byte(0, head)
            if xor(kind, 2) {
                dtype := byte(1, head)
                rank := byte(2, head)
            }
        }
        if (kind > Kind.INLINE || rank > MAX_RANK) revert RowMalformed(p);
    }

    function _attributes(bytes calldata row, uint256 p, uint256 count) private pure returns (int256[] memory list) {
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(list, count)
            let end := add(list, shl(5, count))
            mstore(0x40, add(end, 32))
            let from := add(row.offset, p)
            for { let to := list } lt(to, end) { from := add(from, 4) } {
                to := add(to, 32)
                mstore(to, sar(224, calldataload(from)))
            }
        }
    }

    function _word(bytes calldata row, uint256 p) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(row.offset, p))
        }
    }
}
