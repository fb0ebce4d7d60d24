// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that may take a fee, block an address, answer false, or call out in the middle of a transfer
contract HostileToken is ERC20 {
    uint256 public feeBps;
    address public blocked;
    bool public answersFalse;
    address public hook;
    bytes public hookData;
    bool public hookOk;

    error Blocked(address account);

    constructor() ERC20("Hostile", "HOST") {
        _mint(msg.sender, 1_000_000_000e18);
    }

    function setFee(uint256 feeBps_) external {
        feeBps = feeBps_;
    }

    function setBlocked(address account) external {
        blocked = account;
    }

    function setAnswersFalse(bool on) external {
        answersFalse = on;
    }

    function setHook(address hook_, bytes calldata data) external {
        (hook, hookData) = (hook_, data);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (answersFalse) return false;
        return super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (answersFalse) return false;
        return super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (blocked != address(0) && (from == blocked || to == blocked)) revert Blocked(blocked);
        if (hook != address(0) && from != address(0)) {
            address target = hook;
            hook = address(0);
            (hookOk,) = target.call(hookData);
        }
        uint256 fee = from == address(0) ? 0 : amount * feeBps / 10_000;
        super._update(from, to, amount - fee);
        if (fee != 0) super._update(from, address(0), fee);
    }
}
