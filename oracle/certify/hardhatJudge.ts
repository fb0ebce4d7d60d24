import { existsSync, globSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Interface, type InterfaceAbi } from "ethers";
import { createHardhatRuntimeEnvironment, importUserConfig } from "hardhat/hre";
import { fitsTransaction, transactionGas, type Judge, type Verdict } from "./judge.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Families by the high byte of the opcodes that they judge, from 1. */
const FAMILIES = ["FloatDot", "IntegerDot", "Movement", "Quantization", "Arithmetic", "Statistics"] as const;

/** Proofs too large for a transaction are still judged: calls get far more gas than a transaction. */
const CALL_GAS = 4_000_000_000;

interface Artifact {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
}

export interface HardhatJudgeOptions {
  /** Told before the contracts are compiled, which takes a while. */
  readonly onBuild?: () => void;
}

const artifactPath = (folder: string, name: string): string => join(root, "artifacts", "contracts", folder, `${name}.sol`, `${name}.json`);

const newest = (pattern: string): number => Math.max(0, ...globSync(pattern, { cwd: root }).map((file) => statSync(join(root, file)).mtimeMs));

/** Whether there are artifacts from after the last change of a source. Looking is a hundred times quicker than building. */
function isBuilt(): boolean {
  const needed = [artifactPath("dispute", "OpVerifier"), ...FAMILIES.map((name) => artifactPath("families", name))];
  return needed.every((path) => existsSync(path)) && newest("artifacts/build-info/*.json") >= newest("{contracts/**/*.sol,hardhat.config.ts}");
}

async function build(): Promise<void> {
  const config = join(root, "hardhat.config.ts");
  const hre = await createHardhatRuntimeEnvironment(await importUserConfig(config), { config }, root);
  await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
  // A build that found nothing to do leaves its records as old as they were: say that they are up to date.
  const now = new Date();
  for (const file of globSync("artifacts/build-info/*.json", { cwd: root })) utimesSync(join(root, file), now, now);
}

/** The real contracts on a chain inside this process. */
export async function openHardhatJudge({ onBuild = () => {} }: HardhatJudgeOptions = {}): Promise<Judge> {
  if (!isBuilt()) {
    onBuild();
    await build();
  }
  const hre = await createHardhatRuntimeEnvironment(
    {
      // Without the build's own records beside it, the chain starts at once instead of reading them for stack traces.
      paths: { artifacts: join(root, "artifacts", "none") },
      networks: {
        judge: { type: "edr-simulated", chainType: "l1", hardfork: "osaka", blockGasLimit: 2 * CALL_GAS, transactionGasCap: false },
      },
    },
    {},
    root,
  );
  const { provider, ...connection } = await hre.network.create("judge");
  const [from] = (await provider.request({ method: "eth_accounts" })) as string[];

  const deploy = async (folder: string, name: string, argument: readonly unknown[] = []): Promise<{ address: string; abi: Interface }> => {
    const { abi: source, bytecode } = JSON.parse(readFileSync(artifactPath(folder, name), "utf8")) as Artifact;
    const abi = new Interface(source);
    const data = `${bytecode}${abi.encodeDeploy(argument).slice(2)}`;
    const hash = await provider.request({ method: "eth_sendTransaction", params: [{ from, data, gas: "0x1000000" }] });
    const receipt = (await provider.request({ method: "eth_getTransactionReceipt", params: [hash] })) as { contractAddress: string };
    return { address: receipt.contractAddress, abi };
  };
  const families: string[] = [];
  for (const name of FAMILIES) families.push((await deploy("families", name)).address);
  const verifier = await deploy("dispute", "OpVerifier", [families]);
  const meter = await deploy("mocks", "GasMeter");
  const convicts = verifier.abi.getFunction("convicts")!.selector;
  const advance = verifier.abi.getFunction("advance")!.selector;
  const measure = meter.abi.getFunction("measure")!.selector;

  const ask = async (call: string): Promise<{ success: boolean; result: string; cost: Cost }> => {
    const data = `${measure}${word(verifier.address)}${word("40")}${bytes(call)}`;
    const params = [{ from, to: meter.address, data, gas: `0x${CALL_GAS.toString(16)}` }, "latest"];
    const answer = (await provider.request({ method: "eth_call", params })) as string;
    const [success, result, metered] = meter.abi.decodeFunctionResult("measure", answer) as unknown as [boolean, string, bigint];
    const calldata = Buffer.from(call.slice(2), "hex");
    const execution = Number(metered);
    const gas = transactionGas(calldata, execution);
    return { success, result, cost: { gas, execution, fits: fitsTransaction(calldata, gas) } };
  };

  return {
    async judge(programRoot, traceRoot, proof, pieces = []): Promise<Verdict> {
      const roots = `${word(programRoot)}${word(traceRoot)}`;
      let progress = word("0");
      let dearest: Cost = { gas: 0, execution: 0, fits: true };
      const pay = (cost: Cost): Cost => ({ ...(cost.gas > dearest.gas ? cost : dearest), fits: cost.fits && dearest.fits });
      for (const { until, proof: piece } of pieces) {
        const { success, result, cost } = await ask(`${advance}${roots}${progress}${word(until.toString(16))}${word("a0")}${bytes(piece)}`);
        dearest = pay(cost);
        if (!success) return { convicts: undefined, revert: describe(result), ...dearest };
        progress = result.slice(2, 66);
      }
      const { success, result, cost } = await ask(`${convicts}${roots}${progress}${word("80")}${bytes(proof)}`);
      dearest = pay(cost);
      if (!success) return { convicts: undefined, revert: describe(result), ...dearest };
      return { convicts: BigInt(result) === 1n, revert: "", ...dearest };
    },
    close: () => connection.close(),
  };
}

type Cost = Pick<Verdict, "gas" | "execution" | "fits">;

// The calls are encoded by hand: a general encoder takes longer over a large proof than the contracts do.
const word = (hex: string): string => hex.replace(/^0x/, "").padStart(64, "0");
const bytes = (hex: string): string => {
  const content = hex.slice(2);
  return word((content.length / 2).toString(16)) + content.padEnd(Math.ceil(content.length / 64) * 64, "0");
};

function describe(data: string): string {
  if (data === "0x") return "reverted without a reason (out of gas or an invalid operation)";
  const panic = new Interface(["error Panic(uint256)", "error Error(string)"]).parseError(data);
  return panic === null ? `reverted with ${data.slice(0, 74)}` : `reverted with ${panic.name}(${panic.args.join(", ")})`;
}
