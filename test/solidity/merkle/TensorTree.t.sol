// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {TensorTree} from "../../../contracts/merkle/TensorTree.sol";
import {IMerkleHarness} from "../../../contracts/mocks/IMerkleHarness.sol";
import {Trees} from "../support/Trees.sol";
import {Cheats} from "../support/Vm.sol";

contract TensorTreeTest is Cheats {
    IMerkleHarness private immutable merkle = IMerkleHarness(_create("MerkleHarness", ""));

    function _cut(bytes32[] memory list, uint256 length) private pure returns (bytes32[] memory cut) {
        cut = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) cut[i] = i < list.length ? list[i] : keccak256("superfluous");
    }

    // ── depth and root ───────────────────────────────────────────────────────────────────────────────────────────

    function testFuzz_depth_isTheLeastThatHoldsAllBytes(uint40 length) public view {
        eq(merkle.tensorDepth(length), Trees.depth(length), "depth");
    }

    function test_depth_stepsRightAfterEachPowerOfTwo() public view {
        eq(merkle.tensorDepth(0), 0, "nothing");
        for (uint256 d = 0; d < 32; ++d) {
            eq(merkle.tensorDepth(1024 << d), d, "full");
            eq(merkle.tensorDepth((1024 << d) + 1), d + 1, "one byte more");
        }
    }

    function test_root_ofEveryLengthAroundALeaf() public view {
        uint16[13] memory lengths = [0, 1, 1023, 1024, 1025, 2046, 2048, 2049, 3072, 4096, 4097, 5120, 6200];
        for (uint256 i = 0; i < lengths.length; ++i) {
            bytes memory data = Trees.bytesOf(i, lengths[i]);
            bytes32 expected = Trees.root(data);
            eq(merkle.tensorRoot(data), expected, "root");
            eq(merkle.tensorRootOverDirt(data), expected, "padding is written, not assumed");
        }
    }

    // ── openings ─────────────────────────────────────────────────────────────────────────────────────────────────

    function testFuzz_anySetOfLeaves_provesTheRoot(uint256 seed, uint16 length, uint16 bitmap) public view {
        bytes memory data = Trees.bytesOf(seed, bound(length, 1, 7000));
        uint256 d = Trees.depth(data.length);
        uint32[] memory leaves = Trees.positions(bitmap, 1 << d);
        if (leaves.length == 0) leaves = new uint32[](1);
        eq(merkle.rootFrom(Trees.open(data, leaves), Trees.siblings(data, leaves), d), Trees.root(data), "root");
    }

    function test_everySetOfLeaves_ofASmallTree_provesTheRoot() public view {
        bytes memory data = Trees.bytesOf(1, 4000);
        bytes32 expected = Trees.root(data);
        for (uint256 bitmap = 1; bitmap < 16; ++bitmap) {
            uint32[] memory leaves = Trees.positions(bitmap, 4);
            eq(merkle.rootFrom(Trees.open(data, leaves), Trees.siblings(data, leaves), 2), expected, "root");
        }
    }

    function test_siblings_neitherTooFewNorTooMany() public {
        bytes memory data = Trees.bytesOf(2, 4000);
        for (uint256 bitmap = 1; bitmap < 16; ++bitmap) {
            uint32[] memory leaves = Trees.positions(bitmap, 4);
            Opening memory o = Trees.open(data, leaves);
            bytes32[] memory siblings = Trees.siblings(data, leaves);
            uint256 right = siblings.length;
            vm.expectRevert(abi.encodeWithSelector(TensorTree.SiblingCount.selector, right + 1));
            merkle.rootFrom(o, _cut(siblings, right + 1), 2);
            if (right == 0) continue;
            vm.expectRevert(abi.encodeWithSelector(TensorTree.SiblingCount.selector, right - 1));
            merkle.rootFrom(o, _cut(siblings, right - 1), 2);
        }
    }

    function test_leaves_ascendingWithinTheTree() public {
        bytes memory data = Trees.bytesOf(3, 4096);
        uint32[2][4] memory wrong = [[uint32(1), 0], [uint32(1), 1], [uint32(0), 4], [uint32(4), 5]];
        for (uint256 i = 0; i < wrong.length; ++i) {
            uint32[] memory leaves = new uint32[](2);
            (leaves[0], leaves[1]) = (wrong[i][0], wrong[i][1]);
            Opening memory o = Trees.open(data, leaves);
            vm.expectRevert(abi.encodeWithSelector(TensorTree.LeavesUnordered.selector, i == 3 ? 0 : 1));
            merkle.rootFrom(o, new bytes32[](0), 2);
        }
    }

    function test_contents_wholeLeavesAndAtLeastOne() public {
        Opening memory o;
        vm.expectRevert(abi.encodeWithSelector(TensorTree.LeafLength.selector, 0, 0));
        merkle.rootFrom(o, new bytes32[](0), 0);
        o.leaves = new uint32[](1);
        for (uint256 length = 1023; length < 1026; length += 2) {
            o.data = new bytes(length);
            vm.expectRevert(abi.encodeWithSelector(TensorTree.LeafLength.selector, 1, length));
            merkle.rootFrom(o, new bytes32[](0), 0);
        }
    }

    // ── what an opening leaves out ───────────────────────────────────────────────────────────────────────────────

    /// @dev Over memory that holds old values; 32 bytes stand behind the data.
    function rootOf(uint32[] calldata leaves, bytes calldata data, bytes32[] calldata siblings, uint256 byteLength)
        external
        view
        returns (bytes32 root)
    {
        bytes memory before = new bytes(32);
        assembly ("memory-safe") {
            mstore(add(before, 32), not(0))
            let free := mload(0x40)
            for { let i := 0 } lt(i, 4096) { i := add(i, 32) } { mstore(add(free, i), not(0)) }
        }
        root = TensorTree.rootFrom(leaves, data[:data.length - 32], siblings, byteLength);
        eq(bytes32(before), bytes32(type(uint256).max), "what was there before is untouched");
    }

    function _rootOf(uint32[] memory leaves, bytes memory data, bytes32[] memory siblings, uint256 byteLength)
        private
        view
        returns (bytes32)
    {
        return this.rootOf(leaves, bytes.concat(data, bytes32(type(uint256).max)), siblings, byteLength);
    }

    /// @dev Lists of any length, however little calldata there is.
    function rootOfLengths(uint256 count, uint256 length, uint256 byteLength) external view returns (bytes32) {
        uint32[] calldata leaves;
        bytes calldata data;
        bytes32[] calldata siblings;
        assembly ("memory-safe") {
            leaves.offset := calldatasize()
            leaves.length := count
            data.offset := calldatasize()
            data.length := length
            siblings.offset := calldatasize()
            siblings.length := 0
        }
        return TensorTree.rootFrom(leaves, data, siblings, byteLength);
    }

    function _first(bytes memory b, uint256 length) private pure returns (bytes memory c) {
        c = bytes.concat(b);
        assembly ("memory-safe") {
            mstore(c, length)
        }
    }

    /// The zeros behind a tensor need not be written: of the last leaf, opened with any others, its own bytes suffice.
    function test_zerosBehindATensor_mayBeLeftOut() public view {
        uint16[7] memory lengths = [1, 1023, 1024, 2500, 2528, 3073, 4095];
        for (uint256 n = 0; n < lengths.length; ++n) {
            bytes memory data = Trees.bytesOf(n, lengths[n]);
            uint256 last = (lengths[n] - 1) / 1024;
            bytes32 expected = Trees.root(data);
            for (uint256 bitmap = 1 << last; bitmap < 2 << last; ++bitmap) {
                uint32[] memory leaves = Trees.positions(bitmap, last + 1);
                bytes memory opened = Trees.open(data, leaves).data;
                bytes32[] memory siblings = Trees.siblings(data, leaves);
                eq(_rootOf(leaves, opened, siblings, lengths[n]), expected, "with them");
                opened = _first(opened, 1024 * (leaves.length - 1) + lengths[n] - 1024 * last);
                eq(_rootOf(leaves, opened, siblings, lengths[n]), expected, "without them");
            }
        }
    }

    /// Neither a byte of the tensor nor a part of the zeros, and nothing of a leaf in which the tensor does not end.
    function test_nothingElse_mayBeLeftOut() public {
        bytes memory data = Trees.bytesOf(1, 2500);
        for (uint256 bitmap = 1; bitmap < 8; ++bitmap) {
            uint32[] memory leaves = Trees.positions(bitmap, 3);
            bytes memory opened = Trees.open(data, leaves).data;
            bytes32[] memory siblings = Trees.siblings(data, leaves);
            uint256 end = bitmap < 4 ? opened.length : opened.length - 1024 + 452;
            uint256[6] memory cuts = [end - 1, end + 1, opened.length - 1, opened.length - 1023, opened.length - 1024, 0];
            for (uint256 i = 0; i < 6; ++i) {
                if (cuts[i] == end || cuts[i] > opened.length) continue;
                vm.expectRevert(abi.encodeWithSelector(TensorTree.LeafLength.selector, leaves.length, cuts[i]));
                _rootOf(leaves, _first(opened, cuts[i]), siblings, 2500);
            }
        }
    }

    /// Not even a leaf that holds nothing but padding.
    function test_aWholeLeaf_mayNotBeLeftOut() public {
        bytes memory data = Trees.bytesOf(1, 3072);
        uint32[] memory three = new uint32[](1);
        three[0] = 3;
        bytes32[] memory path = Trees.path(data, 0, 3);
        eq(_rootOf(three, new bytes(1024), path, 3072), Trees.root(data), "shown");
        vm.expectRevert(abi.encodeWithSelector(TensorTree.LeafLength.selector, 1, 0));
        _rootOf(three, "", path, 3072);
    }

    function test_manyLeaves_ofALargeTree() public view {
        bytes memory data = Trees.bytesOf(9, 32 * 1024);
        uint32[] memory leaves = Trees.positions(0xfff7ffef, 32);
        bytes32[] memory siblings = Trees.siblings(data, leaves);
        eq(_rootOf(leaves, Trees.open(data, leaves).data, siblings, data.length), Trees.root(data), "root");
    }

    function test_lengthsThatNoCalldataHas_reverts() public {
        uint256[2][4] memory lengths =
            [[uint256(0), 0], [0, type(uint256).max - 4], [uint256(1 << 32), 1 << 42], [uint256(1 << 246), 0]];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(TensorTree.LeafLength.selector, lengths[i][0], lengths[i][1]));
            this.rootOfLengths(lengths[i][0], lengths[i][1], 5);
        }
        // Few enough to be looked at: what is not there reads as leaf 0, again and again.
        vm.expectRevert(abi.encodeWithSelector(TensorTree.LeavesUnordered.selector, 1));
        this.rootOfLengths(1 << 31, 1 << 41, 5);
    }

    function test_leafBesideTheTree_reverts() public {
        bytes memory data = Trees.bytesOf(1, 4096);
        bytes memory content = Trees.content(data, 0);
        bytes32[] memory path = Trees.path(data, 0, 0);
        for (uint32 leaf = 4; leaf < 12; leaf += 4) {
            uint32[] memory one = new uint32[](1);
            one[0] = leaf;
            vm.expectRevert(abi.encodeWithSelector(TensorTree.LeavesUnordered.selector, 0));
            _rootOf(one, content, path, 4096);
        }
    }

    /// An index of more than 32 bits is none, whatever the tree.
    function test_dirtyIndex_isRefusedByTheDecoder() public {
        bytes memory call_ = abi.encodeCall(
            this.rootOf, (new uint32[](1), new bytes(1024 + 32), new bytes32[](0), 1024)
        );
        (bool ok,) = address(this).call(call_);
        yes(ok, "leaf 0");
        // Selector, head of four words, length of the list.
        assembly ("memory-safe") {
            mstore(add(add(call_, 32), 164), shl(40, 1))
        }
        bytes memory reason;
        (ok, reason) = address(this).call(call_);
        yes(!ok && reason.length == 0, "no leaf");
    }

    // ── the precompile ───────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Calls the function while SHA-256 fails for everything that begins with this tag: it must revert as well.
    function _failsWithout(bytes1 tag, bytes memory call_) private {
        vm.mockCallRevert(address(2), abi.encodePacked(tag), "no hash");
        (bool ok, bytes memory reason) = address(this).call(call_);
        vm.clearMockedCalls();
        yes(!ok, "no hash, no root");
        eq(reason.length, 0, "without a reason");
        (ok,) = address(this).call(call_);
        yes(ok, "with it there is one");
    }

    function rootOfAll(bytes calldata data) external view returns (bytes32) {
        return TensorTree.root(data);
    }

    function test_withoutSha256_thereIsNoRoot() public {
        bytes memory data = Trees.bytesOf(5, 4096);
        uint32[] memory one = Trees.positions(4, 4);
        uint32[] memory two = Trees.positions(5, 4);
        bytes memory ofOne = abi.encodeCall(
            this.rootOf, (one, bytes.concat(Trees.open(data, one).data, bytes32(0)), Trees.siblings(data, one), 4096)
        );
        bytes memory ofTwo = abi.encodeCall(
            this.rootOf, (two, bytes.concat(Trees.open(data, two).data, bytes32(0)), Trees.siblings(data, two), 4096)
        );
        for (uint8 tag = 0; tag < 2; ++tag) {
            _failsWithout(bytes1(tag), ofOne);
            _failsWithout(bytes1(tag), ofTwo);
            _failsWithout(bytes1(tag), abi.encodeCall(this.rootOfAll, (data)));
        }
    }

    // ── hashes below a node ──────────────────────────────────────────────────────────────────────────────────────

    function test_rootAbove_hashesBelowAnyNode_leadToTheRoot() public view {
        bytes memory data = Trees.bytesOf(4, 8000);
        bytes32 expected = Trees.root(data);
        // Height of the hashes, and of the node above them.
        for (uint256 low = 0; low < 3; ++low) {
            for (uint256 high = low + 1; high <= 3; ++high) {
                for (uint256 index = 0; index < 1 << (3 - high); ++index) {
                    bytes32[] memory hashes = new bytes32[](1 << (high - low));
                    for (uint256 i = 0; i < hashes.length; ++i) {
                        hashes[i] = Trees.node(data, low, index * hashes.length + i);
                    }
                    eq(merkle.rootAbove(hashes, index, Trees.path(data, high, index)), expected, "root");
                }
            }
        }
    }

    function test_rootAbove_powersOfTwoFromTwo() public {
        for (uint256 count = 0; count < 10; ++count) {
            if (count == 2 || count == 4 || count == 8) continue;
            vm.expectRevert(abi.encodeWithSelector(TensorTree.HashCount.selector, count));
            merkle.rootAbove(new bytes32[](count), 0, new bytes32[](0));
        }
    }

    function test_rootAbove_indexWithinItsLevel() public {
        bytes32[] memory pair = new bytes32[](2);
        bytes32 expected = Trees.join(0, 0);
        for (uint256 above = 0; above < 64; ++above) {
            bytes32[] memory siblings = new bytes32[](above);
            for (uint256 i = 0; i < above; ++i) siblings[i] = bytes32(i + 1);
            uint256 last = (1 << above) - 1;
            eq(merkle.rootAbove(pair, last, siblings), expected, "the last node of its level");
            vm.expectRevert(abi.encodeWithSelector(TensorTree.IndexBeyondLevel.selector, last + 1, above));
            merkle.rootAbove(pair, last + 1, siblings);
            expected = Trees.join(bytes32(above + 1), expected);
        }
        vm.expectRevert(abi.encodeWithSelector(TensorTree.IndexBeyondLevel.selector, 0, 64));
        merkle.rootAbove(pair, 0, new bytes32[](64));
    }
}
