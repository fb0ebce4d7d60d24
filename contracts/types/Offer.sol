// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// @notice What a version asks of every job, in one word so that a request reads one slot:
///
///     255        160 159         64 63          40 39     24 23        0
///    ┌──────────────┬──────────────┬──────────────┬─────────┬───────────┐
///    │ price     96 │ minBond   96 │ minWindow 24 │share 16 │ state  24 │
///    └──────────────┴──────────────┴──────────────┴─────────┴───────────┘
///
/// `state`: 0 unknown version, 1 published, 2 deprecated.
type Offer is uint256;

using OfferLib for Offer global;

library OfferLib {
    uint24 internal constant PUBLISHED = 1;
    uint24 internal constant DEPRECATED = 2;

    function pack(uint96 price_, uint96 minBond_, uint24 minWindow_, uint16 share_, uint24 state_)
        internal
        pure
        returns (Offer)
    {
        return Offer.wrap(
            (uint256(price_) << 160) | (uint256(minBond_) << 64) | (uint256(minWindow_) << 40) | (uint256(share_) << 24)
                | state_
        );
    }

    function price(Offer o) internal pure returns (uint96) {
        return uint96(Offer.unwrap(o) >> 160);
    }

    function minBond(Offer o) internal pure returns (uint96) {
        return uint96(Offer.unwrap(o) >> 64);
    }

    function minWindow(Offer o) internal pure returns (uint24) {
        return uint24(Offer.unwrap(o) >> 40);
    }

    function share(Offer o) internal pure returns (uint16) {
        return uint16(Offer.unwrap(o) >> 24);
    }

    function state(Offer o) internal pure returns (uint24) {
        return uint24(Offer.unwrap(o));
    }

    function withState(Offer o, uint24 state_) internal pure returns (Offer) {
        return Offer.wrap((Offer.unwrap(o) & ~uint256(type(uint24).max)) | state_);
    }
}
