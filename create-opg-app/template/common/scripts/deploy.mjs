// Deploys the contract. As a command (npm run deploy) to the network at RPC_URL, signed by PRIVATE_KEY, for the version
// MODEL_VERSION of a model. The addresses of the network come with the package, or are named by JOBS.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Contract, ContractFactory, formatUnits, JsonRpcProvider, Wallet } from "ethers";
import { deployments, jobRegistryAbi } from "opengradient-optimistic-contracts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Gas of the callback, and seconds in which a request must be served. */
const CALLBACK_GAS = 150_000;
const SERVE_PERIOD = 3_600;

/** What Hardhat or Foundry compiled. */
export function compiled(name) {
  for (const file of [`${root}artifacts/contracts/${name}.sol/${name}.json`, `${root}out/${name}.sol/${name}.json`]) {
    if (!existsSync(file)) continue;
    const { abi, bytecode } = JSON.parse(readFileSync(file, "utf8"));
    return { abi, bytecode: bytecode.object ?? bytecode };
  }
  throw new Error(`${name} is not compiled: npm run build`);
}

/** Deploys DigitApp with the least terms that the version asks for, and says in app.json where it is. */
export async function deployApp(signer, jobsAddress, version) {
  const jobs = new Contract(jobsAddress, jobRegistryAbi, signer);
  const { price, minBond, minWindow, open } = await jobs.quote(version);
  if (!open) throw new Error(`the registry ${jobsAddress} takes no requests of version ${version}`);
  const terms = { version, operator: "0x0000000000000000000000000000000000000000", fee: price, bond: minBond, callbackGas: CALLBACK_GAS, window: minWindow, deadline: SERVE_PERIOD };
  const { abi, bytecode } = compiled("DigitApp");
  const app = await new ContractFactory(abi, bytecode, signer).deploy(jobsAddress, terms);
  await app.waitForDeployment();
  const { chainId } = await signer.provider.getNetwork();
  const deployed = { chainId: Number(chainId), app: await app.getAddress(), jobs: jobsAddress, version, abi, jobsAbi: jobRegistryAbi };
  writeFileSync(`${root}app.json`, `${JSON.stringify(deployed, null, 2)}\n`);
  return { app, jobs, price };
}

async function main() {
  const { RPC_URL, PRIVATE_KEY, MODEL_VERSION, JOBS } = process.env;
  if (RPC_URL === undefined || PRIVATE_KEY === undefined || MODEL_VERSION === undefined) throw new Error("set RPC_URL, PRIVATE_KEY and MODEL_VERSION");
  const signer = new Wallet(PRIVATE_KEY, new JsonRpcProvider(RPC_URL));
  const { chainId } = await signer.provider.getNetwork();
  const jobs = JOBS ?? deployments[Number(chainId)]?.jobs;
  if (jobs === undefined) throw new Error(`this release knows no deployment on chain ${chainId}: set JOBS to the address of its job registry`);
  const { app, price } = await deployApp(signer, jobs, MODEL_VERSION);
  console.log(`DigitApp is at ${await app.getAddress()}. A request costs ${formatUnits(price)} OPG: deposit some for it with jobs.deposit(app, amount) at ${jobs}`);
  signer.provider.destroy();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error) => {
    console.error(`deploy: ${error.message}`);
    process.exitCode = 1;
  });
}
