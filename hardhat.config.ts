import { createRequire } from "node:module";
import { defineConfig } from "hardhat/config";
import { definePlugin } from "hardhat/plugins";
import hardhatToolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";

// The compiler comes from the npm package "solc", so building downloads nothing.
const require = createRequire(import.meta.url);
const solc = { version: "0.8.37", path: require.resolve("solc/soljson.js") };
const contracts = {
  ...solc,
  settings: {
    evmVersion: "osaka",
    viaIR: true,
    optimizer: { enabled: true, runs: 100_000 },
    outputSelection: { "*": { "*": ["storageLayout"] } },
  },
};

// Tests deploy the contracts from their artifacts, so their own code need not be optimized: seconds instead of minutes.
const tests = { ...solc, settings: { evmVersion: "osaka", optimizer: { enabled: false } } };
const quickTests = definePlugin({
  id: "quick-tests",
  hookHandlers: {
    solidity: () =>
      Promise.resolve({
        default: () =>
          Promise.resolve({
            build: (context, files, options, next) =>
              next(context, files, options?.scope === "tests" ? { ...options, buildProfile: "tests" } : options),
            // The size that counts is that of the artifact.
            getCompilationJobErrors: async (context, job, output, next) =>
              (await next(context, job, output)).filter(
                ({ message }) => job.solcConfig.settings.viaIR === true || !message.startsWith("Contract code size"),
              ),
          }),
      }),
  },
});

// The deep profile is run by its own command (npm run test:deep).
const deep = process.env.OPG_TEST_PROFILE === "deep";

export default defineConfig({
  plugins: [hardhatToolbox, quickTests],
  // What TypeScript refuses in generated files concerns nobody: only their types are used.
  typechain: { tsNocheck: true },
  paths: { tests: { mocha: "./test/ts", solidity: "./test/solidity" } },
  solidity: { splitTestsCompilation: true, profiles: { default: contracts, tests } },
  test: {
    solidity: {
      fsPermissions: { readDirectory: ["test/vectors"] },
      fuzz: { runs: deep ? 10_000 : 256 },
      invariant: { runs: deep ? 1_000 : 32, depth: deep ? 200 : 32 },
    },
    mocha: { timeout: 120_000 },
  },
  networks: {
    default: { type: "edr-simulated", chainType: "l1", hardfork: "osaka" },
    local: { type: "http", url: "http://127.0.0.1:8545", chainType: "l1" },
  },
});
