import { createRequire } from "node:module";
import { defineConfig } from "hardhat/config";
import hardhatToolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";

// The compiler comes from the npm package "solc", so building downloads nothing.
const require = createRequire(import.meta.url);
const compiler = {
  version: "0.8.37",
  path: require.resolve("solc/soljson.js"),
  settings: {
    evmVersion: "osaka",
    viaIR: true,
    optimizer: { enabled: true, runs: 100_000 },
    outputSelection: { "*": { "*": ["storageLayout"] } },
  },
};

// The deep profile is run by its own command (npm run test:deep).
const deep = process.env.OPG_TEST_PROFILE === "deep";

export default defineConfig({
  plugins: [hardhatToolbox],
  paths: { tests: { mocha: "./test/ts", solidity: "./test/solidity" } },
  solidity: { profiles: { default: compiler } },
  test: {
    solidity: { fuzz: { runs: deep ? 10_000 : 256 }, invariant: { runs: deep ? 1_000 : 32, depth: deep ? 200 : 32 } },
    mocha: { timeout: 120_000 },
  },
  networks: {
    default: { type: "edr-simulated", chainType: "l1", hardfork: "osaka" },
    local: { type: "http", url: "http://127.0.0.1:8545", chainType: "l1" },
  },
});
