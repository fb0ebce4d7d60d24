// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {Offer, OfferLib} from "../../../contracts/types/Offer.sol";
import {ProtocolTest} from "../support/ProtocolTest.sol";

contract ModelRegistryTest is ProtocolTest {
    function test_createModel_isAToken() public {
        uint256 id = _models(other).createModel("ipfs://card");
        eq(id, 2, "second model");
        eq(models.ownerOf(id), other, "owner");
        eq(keccak256(bytes(models.tokenURI(id))), keccak256("ipfs://card"), "uri");
    }

    function test_publish_fixesEverything() public {
        IModelRegistry.Version memory v = _version(modelId, bytes32(uint256(42)));
        bytes32 id = _models(publisher).publish(v);
        eq(id, keccak256(abi.encode(v)), "id is the hash of all it fixes");
        eq(id, models.versionId(v), "and computable beforehand");
        eq(keccak256(abi.encode(models.versionOf(id))), keccak256(abi.encode(v)), "stored whole");
        (bytes32 root, address judge) = models.programOf(id);
        eq(root, bytes32(uint256(42)), "root");
        eq(judge, verifier, "verifier");
        eq(models.publisherOf(id), publisher, "publisher");
        eq(models.versionsOf(modelId).length, 2, "listed");
        Offer offer = models.offerOf(id);
        eq(offer.price(), PRICE, "price");
        eq(offer.minBond(), 1e18, "bond");
        eq(offer.minWindow(), 60, "window");
        eq(offer.share(), SHARE_BPS, "share");
        eq(offer.state(), OfferLib.PUBLISHED, "state");
    }

    function test_publish_twiceOrByAnother_reverts() public {
        IModelRegistry.Version memory v = _version(modelId, bytes32(uint256(1)));
        vm.prank(publisher);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.AlreadyPublished.selector, version));
        models.publish(v);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotModelOwner.selector, modelId, other));
        models.publish(v);
        v.modelId = 77;
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotModelOwner.selector, 77, other));
        models.publish(v);
    }

    /// Registering somebody's program first takes nothing from them: their version is another.
    function test_attack_squatProgramRoot_isHarmless() public {
        vm.startPrank(rival);
        uint256 squat = models.createModel("squat");
        bytes32 first = models.publish(_version(squat, bytes32(uint256(42))));
        vm.stopPrank();
        bytes32 second = _models(publisher).publish(_version(modelId, bytes32(uint256(42))));
        yes(first != second, "two versions of one program");
        eq(models.publisherOf(second), publisher, "each its own publisher");
    }

    function test_publish_invalid_reverts() public {
        IModelRegistry.Version memory v = _version(modelId, 0);
        vm.startPrank(publisher);
        vm.expectRevert(IModelRegistry.ZeroProgramRoot.selector);
        models.publish(v);
        v = _version(modelId, bytes32(uint256(9)));
        v.minWindow = 0;
        vm.expectRevert(IModelRegistry.ZeroWindow.selector);
        models.publish(v);
        v = _version(modelId, bytes32(uint256(9)));
        v.verifier = address(0xbeef);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NoVerifier.selector, address(0xbeef)));
        models.publish(v);
        v = _version(modelId, bytes32(uint256(9)));
        v.shareBps = 5_001;
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ShareTooHigh.selector, 5_001, 5_000));
        models.publish(v);
        vm.stopPrank();
    }

    function test_deprecate_withSuccessor() public {
        vm.startPrank(publisher);
        bytes32 next = models.publish(_version(modelId, bytes32(uint256(42))));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadSuccessor.selector, version, version));
        models.deprecate(version, version);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadSuccessor.selector, version, bytes32(uint256(5))));
        models.deprecate(version, bytes32(uint256(5)));
        uint256 otherModel = models.createModel("other");
        bytes32 foreign = models.publish(_version(otherModel, bytes32(uint256(42))));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.BadSuccessor.selector, version, foreign));
        models.deprecate(version, foreign);
        models.deprecate(version, next);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.AlreadyDeprecated.selector, version));
        models.deprecate(version, next);
        vm.stopPrank();
        eq(models.successorOf(version), next, "successor");
        eq(models.offerOf(version).state(), OfferLib.DEPRECATED, "state");
        eq(models.offerOf(version).price(), PRICE, "terms stay");
        yes(!jobs.quote(version).open, "closed");
        yes(jobs.quote(next).open, "open");
    }

    function test_deprecate_byOthersOrUnknown_reverts() public {
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotModelOwner.selector, modelId, rival));
        models.deprecate(version, 0);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownVersion.selector, bytes32(uint256(5))));
        models.deprecate(bytes32(uint256(5)), 0);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownVersion.selector, bytes32(uint256(5))));
        models.programOf(bytes32(uint256(5)));
    }

    function testFuzz_offer_roundTrip(uint96 price, uint96 bond, uint24 window, uint16 share, uint24 state) public pure {
        Offer o = OfferLib.pack(price, bond, window, share, state).withState(7).withState(state);
        eq(o.price(), price, "price");
        eq(o.minBond(), bond, "bond");
        eq(o.minWindow(), window, "window");
        eq(o.share(), share, "share");
        eq(o.state(), state, "state");
    }
}
