// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {TensorView, TensorViews} from "../../../contracts/merkle/TensorView.sol";
import {IMerkleHarness} from "../../../contracts/mocks/IMerkleHarness.sol";
import {DType, Kind, Tensor} from "../../../contracts/types/Program.sol";
import {Trees} from "../support/Trees.sol";
import {Cheats} from "../support/Vm.sol";

/// @dev What is opened reads as the tensor's own bytes, in whatever order it is read; what is not opened, not at all.
contract TensorViewTest is Cheats {
    IMerkleHarness private immutable merkle = IMerkleHarness(_create("MerkleHarness", ""));
    uint256 private constant BYTES = 24 * 1024;
    uint8[4] private dtypes = [DType.UINT8, 5, DType.FLOAT32, DType.INT64]; // 1, 2, 4 and 8 bytes

    function _tensor(uint8 dtype) private pure returns (Tensor memory t) {
        t.dtype = dtype;
        t.dims = new uint256[](1);
        t.strides = new uint256[](1);
        (t.dims[0], t.strides[0]) = (BYTES / DType.size(dtype), 1);
    }

    /// @dev Little-endian, as docs/protocol.md says.
    function _element(bytes memory data, uint256 offset, uint256 width) private pure returns (uint256 value) {
        for (uint256 i = width; i > 0; --i) value = (value << 8) | uint8(data[offset * width + i - 1]);
    }

    // ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────

    function test_open_takesShapesWidthsAndLeaves() public view {
        bytes memory data = Trees.bytesOf(1, BYTES);
        Tensor[] memory t = new Tensor[](3);
        Opening[] memory o = new Opening[](3);
        (t[0], o[0]) = (_tensor(DType.UINT8), Trees.open(data, Trees.positions(7, 24)));
        t[1].kind = Kind.ABSENT;
        (t[2], o[2]) = (_tensor(DType.INT64), Trees.open(data, Trees.positions(1, 24)));
        TensorView[] memory v = merkle.views(t, o);
        eq(v.length, 3, "all inputs");
        eq(v[0].count, 3, "three leaves");
        eq(v[0].width, 1, "bytes");
        eq(v[0].dims[0], BYTES, "dims");
        eq(v[0].strides[0], 1, "strides");
        eq(v[1].count + v[1].width + v[1].dims.length + v[1].data, 0, "an absent input is nothing");
        eq(v[2].width, 8, "words of eight bytes");
        eq(v[2].count, 1, "one leaf");
    }

    function test_open_ofAnotherNumberOfLeaves_reverts() public {
        Opening memory o;
        o.leaves = new uint32[](2);
        for (uint256 length = 1024; length < 2050; length += 1025) {
            o.data = new bytes(length);
            vm.expectRevert(abi.encodeWithSelector(TensorViews.OpeningLength.selector, 2, length));
            merkle.bits(_tensor(DType.UINT8), o, new uint256[](0));
        }
        // Of the last leaf the zeros behind the tensor may be left out.
        for (uint256 length = 1025; length < 2049; length += 1023) {
            o.data = new bytes(length);
            merkle.bits(_tensor(DType.UINT8), o, new uint256[](0));
        }
    }

    function test_open_givesEveryTensorItsOwnOpening() public view {
        Tensor[] memory t = new Tensor[](5);
        Opening[] memory o = new Opening[](5);
        bytes memory data = Trees.bytesOf(1, BYTES);
        for (uint256 i = 0; i < 5; ++i) (t[i], o[i]) = (_tensor(DType.UINT8), Trees.open(data, Trees.positions((2 << i) - 1, 24)));
        TensorView[] memory v = merkle.views(t, o);
        for (uint256 i = 0; i < 5; ++i) eq(v[i].count, i + 1, "leaves");
    }

    function test_open_ofAnotherNumberOfTensors_reverts() public {
        for (uint256 n = 0; n < 3; ++n) {
            vm.expectRevert(abi.encodeWithSelector(TensorViews.OpeningCount.selector, n, 3 - n));
            merkle.views(new Tensor[](n), new Opening[](3 - n));
        }
    }

    function opened(Opening calldata o) external pure returns (uint256 count) {
        Tensor memory t;
        t.dtype = DType.UINT8;
        return TensorViews.open(t, o).count;
    }

    /// @dev An opening that claims so many leaves and bytes, whatever is there.
    function _claims(uint256 count, uint256 length) private view returns (bytes memory call_) {
        call_ = bytes.concat(abi.encodePacked(this.opened.selector), abi.encode(32, 64, 96, count, length));
    }

    /// Lengths may lie; then what is read is zero. But no length may bend the positions that are computed from it.
    function test_open_ofLengthsThatNoCalldataHas() public {
        (bool ok, bytes memory answer) = address(this).call(_claims(1 << 30, (1 << 40) - 1));
        yes(ok, "the longest");
        eq(abi.decode(answer, (uint256)), 1 << 30, "leaves");
        uint256[2][2] memory wrong = [[uint256(1 << 30) + 1, (1 << 40) + 1], [uint256(0), type(uint256).max]];
        for (uint256 i = 0; i < 2; ++i) {
            (ok, answer) = address(this).call(_claims(wrong[i][0], wrong[i][1]));
            yes(!ok, "longer");
            bytes memory err = abi.encodeWithSelector(TensorViews.OpeningLength.selector, wrong[i][0], wrong[i][1]);
            eq(keccak256(answer), keccak256(err), "refused by its length");
        }
    }

    // ── constants in the row ─────────────────────────────────────────────────────────────────────────────────────

    function inRow(bytes calldata content, uint8 dtype, uint256[] calldata offsets)
        external
        pure
        returns (uint256[] memory values, uint256 count)
    {
        Tensor memory t;
        (t.kind, t.dtype) = (Kind.INLINE, dtype);
        uint256 position;
        Opening calldata nothing;
        assembly ("memory-safe") {
            position := content.offset
            // INVARIANT: what is opened for it is not looked at, so it may lie anywhere.
            nothing := not(0)
        }
        t.data = position;
        TensorView memory v = TensorViews.open(t, nothing);
        count = v.count;
        values = new uint256[](offsets.length);
        for (uint256 i = 0; i < offsets.length; ++i) values[i] = TensorViews.bits(v, offsets[i]);
    }

    function test_aConstantInTheRow_isReadWhereItStands() public {
        bytes memory data = Trees.bytesOf(6, 64);
        for (uint256 kind = 0; kind < 4; ++kind) {
            uint256 width = DType.size(dtypes[kind]);
            uint256[] memory offsets = new uint256[](64 / width);
            for (uint256 i = 0; i < offsets.length; ++i) offsets[i] = offsets.length - 1 - i;
            (uint256[] memory got, uint256 count) = this.inRow(data, dtypes[kind], offsets);
            eq(count, 1, "one leaf");
            for (uint256 i = 0; i < offsets.length; ++i) eq(got[i], _element(data, offsets[i], width), "element");
            offsets[0] = 1024 / width;
            vm.expectRevert(abi.encodeWithSelector(TensorViews.LeafMissing.selector, 1));
            this.inRow(data, dtypes[kind], offsets);
        }
    }

    // ── elements ─────────────────────────────────────────────────────────────────────────────────────────────────

    function testFuzz_bits_anyOpenedElementInAnyOrder(uint256 seed, uint24 bitmap, uint8 kind) public view {
        uint8 dtype = dtypes[kind % 4];
        uint256 width = DType.size(dtype);
        bytes memory data = Trees.bytesOf(seed, BYTES);
        uint32[] memory leaves = Trees.positions(bitmap | (1 << (seed % 24)), 24);
        uint256[] memory offsets = new uint256[](20);
        for (uint256 i = 0; i < offsets.length; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, "offset", i)));
            offsets[i] = (leaves[draw % leaves.length] * 1024 + (draw >> 128) % 1024) / width;
        }
        uint256[] memory got = merkle.bits(_tensor(dtype), Trees.open(data, leaves), offsets);
        for (uint256 i = 0; i < offsets.length; ++i) eq(got[i], _element(data, offsets[i], width), "element");
    }

    function testFuzz_bits_ofALeafThatIsNotOpened_reverts(uint24 bitmap, uint8 first) public {
        bytes memory data = Trees.bytesOf(2, BYTES);
        uint32[] memory leaves = Trees.positions(bitmap, 24);
        Opening memory o = Trees.open(data, leaves);
        for (uint256 leaf = 0; leaf < 25; ++leaf) {
            if (leaf < 24 && (bitmap >> leaf) & 1 == 1) continue;
            // An opened leaf before it, if there is one: what was found last must not stand in for what is sought.
            uint256[] memory offsets = new uint256[](leaves.length == 0 ? 1 : 2);
            if (leaves.length != 0) offsets[0] = uint256(leaves[first % leaves.length]) * 1024;
            offsets[offsets.length - 1] = leaf * 1024 + 1023;
            vm.expectRevert(abi.encodeWithSelector(TensorViews.LeafMissing.selector, leaf));
            merkle.bits(_tensor(DType.UINT8), o, offsets);
        }
    }

    /// What stands behind the list of leaves in calldata, the number of bytes opened, is not a leaf.
    function test_bits_ofALeafNamedByWhatFollowsTheList_reverts() public {
        for (uint256 count = 1; count < 4; ++count) {
            Opening memory o = Trees.open(Trees.bytesOf(5, BYTES), Trees.positions((1 << count) - 1, 24));
            uint256[] memory offsets = new uint256[](2);
            (offsets[0], offsets[1]) = ((count - 1) * 1024, count * 1024 * 1024);
            vm.expectRevert(abi.encodeWithSelector(TensorViews.LeafMissing.selector, count * 1024));
            merkle.bits(_tensor(DType.UINT8), o, offsets);
        }
    }

    function test_locate_pointsIntoTheLeaf_andKnowsItsRest() public view {
        uint32[] memory leaves = Trees.positions(0x100104, 24); // 2, 8 and 20
        Opening memory o = Trees.open(Trees.bytesOf(3, BYTES), leaves);
        for (uint256 i = 0; i < 3; ++i) {
            (uint256 position, uint256 room) = merkle.locate(_tensor(DType.UINT8), o, leaves[i] * 1024);
            eq(position, i * 1024, "first byte");
            eq(room, 1024, "the whole leaf");
            (position, room) = merkle.locate(_tensor(DType.UINT8), o, leaves[i] * 1024 + 1023);
            eq(position, i * 1024 + 1023, "last byte");
            eq(room, 1, "one byte");
        }
    }

    /// Runs along a tensor search for nothing: the leaf found last or its neighbour serves.
    function test_neighbours_costLessThanLeavesFarApart() public view {
        Opening memory o = Trees.open(Trees.bytesOf(4, BYTES), Trees.positions(type(uint24).max, 24));
        uint256[] memory same = new uint256[](24);
        uint256[] memory along = new uint256[](24);
        uint256[] memory apart = new uint256[](24);
        for (uint256 i = 0; i < 24; ++i) {
            same[i] = 5 * 1024 + i;
            along[i] = i * 1024;
            apart[i] = (i * 11 % 24) * 1024;
        }
        Tensor memory t = _tensor(DType.UINT8);
        uint256 search = merkle.bitsCost(t, o, apart);
        yes(merkle.bitsCost(t, o, along) < search * 3 / 4, "along");
        yes(merkle.bitsCost(t, o, same) < search * 3 / 4, "within");
    }

    // ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────

    function testFuzz_copy_acrossLeaves(uint256 seed, uint16 offset, uint16 count, uint8 kind) public view {
        uint8 dtype = dtypes[kind % 4];
        uint256 width = DType.size(dtype);
        bytes memory data = Trees.bytesOf(seed, BYTES);
        uint256 from = bound(offset, 0, BYTES / width - 1);
        uint256 n = bound(count, 0, BYTES / width - from);
        bytes memory run = merkle.elements(_tensor(dtype), Trees.open(data, Trees.positions(type(uint24).max, 24)), from, n);
        // 32 zero bytes stand behind what is copied.
        bytes32 expected;
        assembly ("memory-safe") {
            let end := add(add(add(data, 32), mul(from, width)), mul(n, width))
            mstore(end, 0)
            expected := keccak256(add(add(data, 32), mul(from, width)), add(mul(n, width), 32))
        }
        eq(keccak256(run), expected, "the bytes, and nothing past the end");
    }

    /// The leaf that is opened next is not the one that comes next: a run that needs the latter does not go on.
    function test_copy_stopsAtTheEndOfALeaf() public {
        Opening memory o = Trees.open(Trees.bytesOf(7, BYTES), Trees.positions(5, 24)); // 0 and 2
        eq(merkle.elements(_tensor(DType.UINT8), o, 1000, 24).length, 56, "within the leaf");
        vm.expectRevert(abi.encodeWithSelector(TensorViews.LeafMissing.selector, 1));
        merkle.elements(_tensor(DType.UINT8), o, 1000, 25);
    }

    // ── padding ──────────────────────────────────────────────────────────────────────────────────────────────────

    function _sized(uint256 bytes_) private pure returns (Tensor memory t) {
        (t.dtype, t.size) = (DType.FLOAT32, bytes_ / 4);
    }

    function test_isPadded_untilAByteBehindTheLastElementIsSet() public view {
        for (uint256 length = 1020; length <= 1028; length += 4) {
            bytes memory data = Trees.bytesOf(length, length);
            uint32[] memory leaves = Trees.positions(7, 3); // the third holds nothing but padding
            Opening memory o = Trees.open(data, leaves);
            yes(merkle.isPadded(_sized(length), o), "zeros behind the last element");
            uint256[4] memory behind = [length, 2047, 2048, 3071];
            for (uint256 i = 0; i < 4; ++i) {
                o.data[behind[i]] = 0x80;
                yes(!merkle.isPadded(_sized(length), o), "a byte behind it");
                o.data[behind[i]] = 0;
            }
            o.data[length - 1] = 0x80;
            yes(merkle.isPadded(_sized(length), o), "the last element's own byte");
        }
    }

    /// What is left out of the last leaf is zero.
    function test_isPadded_whereZerosAreLeftOut() public view {
        Opening memory o;
        o.leaves = new uint32[](1);
        uint256[4] memory lengths = [uint256(1000), 1001, 1023, 1024];
        for (uint256 i = 0; i < 4; ++i) {
            o.data = new bytes(lengths[i]);
            yes(merkle.isPadded(_sized(1000), o), "zeros");
            if (i == 0) continue;
            o.data[lengths[i] - 1] = 0x01;
            yes(!merkle.isPadded(_sized(1000), o), "a byte that is shown");
        }
    }

    function test_isPadded_looksAtEveryLeafByItself() public view {
        Opening memory o;
        o.leaves = new uint32[](2);
        o.leaves[0] = 1;
        o.data = bytes.concat(new bytes(1024), Trees.content(Trees.bytesOf(1, 1000), 0));
        yes(merkle.isPadded(_sized(1000), o), "the second leaf's bytes are not the first one's padding");
    }

    function test_isPadded_looksAtEveryLeafInItsOwnPlace() public view {
        Opening memory o = Trees.open(Trees.bytesOf(1, 5000), Trees.positions(0x19, 5)); // 0, 3 and 4
        yes(merkle.isPadded(_sized(5000), o), "zeros behind byte 5,000");
        // Leaf 4 stands third: byte 5,000 is its byte 904.
        o.data[2 * 1024 + 904] = 0x01;
        yes(!merkle.isPadded(_sized(5000), o), "its first byte of padding");
        o = Trees.open(Trees.bytesOf(1, 5000), Trees.positions(9, 5)); // 0 and 3
        yes(merkle.isPadded(_sized(5000), o), "leaves without padding");
    }
}
