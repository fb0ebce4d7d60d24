// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FamilyCall} from "../../../contracts/dispute/FamilyCall.sol";
import {ProofCodec} from "../../../contracts/dispute/ProofCodec.sol";
import {IOpFamily} from "../../../contracts/interfaces/IOpFamily.sol";
import {Proof} from "../../../contracts/interfaces/IOpVerifier.sol";
import {Trees} from "../support/Trees.sol";
import {Cheats} from "../support/Vm.sol";

/// @dev Carries on whatever it is asked.
contract EchoFamily {
    fallback(bytes calldata asked) external returns (bytes memory) {
        return abi.encode(asked);
    }
}

/// @dev Offsets within a proof, and memory around a call.
contract ProofCodecTest is Cheats {
    IOpFamily private family = IOpFamily(address(new EchoFamily()));

    function to(bytes calldata words, uint256 index, uint256 limit) external pure returns (uint256) {
        uint256 base;
        assembly ("memory-safe") {
            base := words.offset
        }
        return ProofCodec.to(base, index, limit) - base;
    }

    function within(uint256 offsets, uint256 limit) external pure {
        ProofCodec.within(offsets, limit);
    }

    function test_anOffset_liesWithinTheLimit() public {
        bytes memory words = abi.encode(0, 99, 100, type(uint256).max);
        eq(this.to(words, 0, 100), 0, "the first byte");
        eq(this.to(words, 1, 100), 99, "the last one");
        for (uint256 i = 2; i < 4; ++i) {
            uint256 offset = i == 2 ? 100 : type(uint256).max;
            vm.expectRevert(abi.encodeWithSelector(ProofCodec.EncodingMalformed.selector, offset, 100));
            this.to(words, i, 100);
        }
    }

    /// Several at once, or-ed: each below the limit makes less than twice the limit.
    function testFuzz_offsetsTogether_lieWithinTwiceTheLimit(uint64 a, uint64 b, uint64 limit) public {
        limit = uint64(bound(limit, 1, type(uint64).max));
        this.within(bound(a, 0, limit - 1) | bound(b, 0, limit - 1), limit);
        this.within(2 * uint256(limit) - 1, limit);
        vm.expectRevert(abi.encodeWithSelector(ProofCodec.EncodingMalformed.selector, 2 * uint256(limit), limit));
        this.within(2 * uint256(limit), limit);
    }

    function ask(bytes calldata proof, uint256 until) external view returns (bytes memory answer, uint256 length) {
        bytes memory before = Trees.bytesOf(1, 5000);
        bytes32 untouched = keccak256(before);
        uint256 p;
        assembly ("memory-safe") {
            p := add(proof.offset, 32)
        }
        answer = FamilyCall.accumulate(family, proof, p, until);
        bytes32 given = keccak256(answer);
        bytes memory behind = Trees.bytesOf(2, 3000);
        eq(keccak256(before), untouched, "what was there stays");
        eq(keccak256(answer), given, "and the answer, whatever comes after it");
        length = behind.length;
    }

    function test_aCall_overwritesNothing() public view {
        Proof memory p;
        for (uint256 n = 0; n < 70; n += 23) {
            p.row = Trees.bytesOf(n, n);
            bytes memory proof = abi.encode(p);
            (bytes memory answer,) = this.ask(proof, n);
            eq(answer.length, 164 + proof.length, "the head and the proof");
        }
    }
}
