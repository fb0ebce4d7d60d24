// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats, DirEntry} from "../support/Vm.sol";
import {IOpFamily, Opening} from "../../../contracts/interfaces/IOpFamily.sol";
import {RowBuilder} from "../support/RowBuilder.sol";

/// @dev The golden cases of all operators, one file each, to the families as they are deployed.
contract VectorsTest is Cheats {
    string private constant FOLDER = "test/vectors/ops";

    /// @dev The family of a name; each is created once.
    mapping(string => IOpFamily) private families;

    function test_vectors() public {
        DirEntry[] memory files = vm.readDir(FOLDER);
        yes(files.length > 15, "operators");
        for (uint256 i = 0; i < files.length; ++i) _file(files[i].path);
    }

    function _file(string memory path) private {
        string memory json = vm.readFile(path);
        uint256 count;
        for (;; ++count) {
            string memory key = string.concat("$[", vm.toString(count), "]");
            if (!vm.keyExistsJson(json, key)) break;
            _vector(path, json, key);
        }
        yes(count > 5, path);
    }

    function _vector(string memory path, string memory json, string memory key) private {
        IOpFamily family = _family(vm.parseJsonString(json, string.concat(key, ".family")));
        bytes memory row = vm.parseJsonBytes(json, string.concat(key, ".row"));
        uint256 element = vm.parseJsonUint(json, string.concat(key, ".element"));
        Opening[] memory openings = _openings(vm.parseJsonBytesArray(json, string.concat(key, ".inputs")));
        string memory about = string.concat(path, ": ", vm.parseJsonString(json, string.concat(key, ".about")));
        uint256[] memory claims = vm.parseJsonUintArray(json, string.concat(key, ".admissible"));
        for (uint256 j = 0; j < claims.length; ++j) yes(family.admissible(row, element, claims[j], openings), about);
        claims = vm.parseJsonUintArray(json, string.concat(key, ".inadmissible"));
        for (uint256 j = 0; j < claims.length; ++j) yes(!family.admissible(row, element, claims[j], openings), about);
    }

    function _family(string memory name) private returns (IOpFamily family) {
        family = families[name];
        if (address(family) != address(0)) return family;
        family = families[name] = IOpFamily(_create(name, ""));
    }

    function _openings(bytes[] memory inputs) private pure returns (Opening[] memory openings) {
        openings = new Opening[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) openings[i] = RowBuilder.open(inputs[i]);
    }
}
