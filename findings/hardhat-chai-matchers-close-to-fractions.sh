#!/bin/sh
# @nomicfoundation/hardhat-ethers-chai-matchers 3.0.11 with chai 6.3.0: once a test has opened a connection, closeTo refuses fractions.
#
# Expected: chai's closeTo compares numbers; the plugin adds bigints to that, and says of other arguments nothing.
# Behaviour: the first connection of a process replaces closeTo of all its tests, and what replaces it makes a bigint of every number, so
# that of a fraction it throws. Tests that open no connection pass or fail by which files run before them in one process.
#
# Output seen:
#   before a connection: passed
#   after a connection: InvalidParameterError: 0.5 is not an integer
#
# Exits with 1 if that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >package.json <<'JSON'
{ "name": "close-to", "private": true, "type": "module" }
JSON
npm install --no-audit --no-fund --ignore-scripts --save-exact hardhat@3.13.0 ethers@6.17.0 chai@6.3.0 \
  @nomicfoundation/hardhat-ethers@4.0.7 @nomicfoundation/hardhat-ethers-chai-matchers@3.0.11 >/dev/null 2>&1
cat >hardhat.config.js <<'JS'
import matchers from "@nomicfoundation/hardhat-ethers-chai-matchers";
import ethers from "@nomicfoundation/hardhat-ethers";
export default { plugins: [ethers, matchers], solidity: "0.8.28" };
JS
cat >run.js <<'JS'
import { expect } from "chai";
import { network } from "hardhat";

function said() {
  try {
    expect(0.5).to.be.closeTo(0.4, 0.2);
    return "passed";
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}
const before = said();
const connection = await network.create();
const after = said();
await connection.close();
console.log(`before a connection: ${before}\nafter a connection: ${after}`);
process.exit(before === "passed" && after.endsWith("0.5 is not an integer") ? 0 : 1);
JS
node run.js
