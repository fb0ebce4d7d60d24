// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "../support/Vm.sol";
import {World} from "./World.sol";

struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @dev The runner finds what it calls among the contracts of this file.
contract Campaign is World {}

/// @dev After any moves of anybody, to the wei; and at the end of every campaign everything is paid out.
contract ProtocolInvariants is Cheats {
    Campaign private world;

    function setUp() public {
        world = new Campaign();
        world.setUp();
    }

    function targetContracts() public view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(world);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory list) {
        list = new FuzzSelector[](1);
        list[0].addr = address(world);
        list[0].selectors = _moves();
    }

    /// @dev Those that matter most to the game stand there more than once.
    function _moves() private view returns (bytes4[] memory list) {
        bytes4[46] memory moves = [
            world.pass.selector, world.pass.selector, world.early.selector, world.early.selector,
            world.deposit.selector, world.withdraw.selector, world.token.selector, world.burn.selector,
            world.bond.selector, world.exit.selector, world.exit.selector, world.hostileRegistry.selector,
            world.model.selector, world.collectShare.selector, world.request.selector, world.request.selector,
            world.accept.selector, world.accept.selector, world.submit.selector, world.submit.selector,
            world.cancel.selector, world.refund.selector, world.finalize.selector, world.transferCredit.selector,
            world.retryCallback.selector, world.challenge.selector, world.challenge.selector, world.spam.selector,
            world.open.selector, world.open.selector, world.open.selector, world.commit.selector,
            world.convict.selector, world.advance.selector, world.advance.selector, world.demand.selector,
            world.demand.selector, world.reveal.selector, world.silence.selector, world.silence.selector,
            world.timeout.selector, world.resolve.selector, world.resolve.selector, world.reclaim.selector,
            world.collect.selector, world.outsider.selector
        ];
        list = new bytes4[](moves.length);
        for (uint256 i = 0; i < moves.length; ++i) list[i] = moves[i];
    }

    function invariant_everyMoveLeavesEveryBookBalanced() public view {
        world.check();
    }

    function afterInvariant() public {
        world.drain();
    }

    /// A campaign of random moves makes every kind of move, and more than a few of them: the invariants above say
    /// nothing if all moves revert.
    function test_campaign_makesEveryMove() public {
        bytes4[] memory moves = _moves();
        uint256 made;
        uint256 tried;
        for (uint256 run = 0; run < 32; ++run) {
            setUp();
            for (uint256 i = 0; i < 150; ++i) {
                uint256 r = uint256(keccak256(abi.encode(run, i)));
                // Seven arguments of a byte each; a move takes as many as it has.
                bytes memory arguments;
                for (uint256 k = 1; k <= 7; ++k) arguments = abi.encodePacked(arguments, uint256(uint8(r >> (8 * k))));
                (bool ok,) = address(world).call(abi.encodePacked(moves[r % moves.length], arguments));
                ++tried;
                if (ok) ++made;
            }
            invariant_everyMoveLeavesEveryBookBalanced();
            afterInvariant();
            for (uint256 k = 0; k < KINDS.length; ++k) seen[KINDS[k]] += world.done(KINDS[k]);
        }
        yes(3 * made > tried, "a third of the moves is legal");
        for (uint256 k = 0; k < KINDS.length; ++k) yes(seen[KINDS[k]] != 0, KINDS[k]);
    }

    mapping(string kind => uint256) private seen;
    string[] private KINDS = [
        "pass", "early", "deposit", "depositWithPermit", "withdraw", "withdrawCredit", "transferCredit", "donate", "token", "burn",
        "burn deposits", "bond", "bondWithPermit", "requestExit", "cancelExit", "withdrawBond", "hostileRegistry", "publish",
        "deprecate", "transfer model", "collectShare", "request", "requestByRoots", "accept", "submit honestly", "submit a lie",
        "cancel", "refund", "finalize", "retryCallback", "challenge", "spam", "open", "commit", "convict", "take over", "part the halves",
        "convict honestly", "advance", "demand", "reveal", "silence", "timeout", "resolve", "reclaim", "collect",
        "outsider", "drain"
    ];
}
