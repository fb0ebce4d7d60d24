// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IPyth} from "../consumer/feeds/IPyth.sol";

/// @title A Pyth contract whose prices a test sets
contract MockPyth is IPyth {
    mapping(bytes32 id => Price) private _prices;

    /// @notice The price of a feed from now on.
    function mockPrice(bytes32 id, Price calldata price) external {
        _prices[id] = price;
    }

    function getPriceUnsafe(bytes32 id) external view returns (Price memory) {
        return _prices[id];
    }
}
