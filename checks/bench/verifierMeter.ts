import { openHardhatChain } from "../../oracle/certify/hardhatChain.ts";
import type { OpenChain } from "../../oracle/certify/localChain.ts";
import { deployVerifier, VERIFIER } from "../../oracle/certify/verifier.ts";
import { encodeCall } from "../../core/abi.ts";

/** What the verifier alone answers, and takes: the execution, and as a transaction of its own. */
export interface Measured {
  readonly convicts: boolean;
  readonly execution: number;
  readonly transaction: number;
}

/** A transaction with that calldata and execution (EIP-2028, EIP-7623). */
function transactionGas(calldata: Uint8Array, execution: number): number {
  const zeros = calldata.reduce((n, byte) => n + (byte === 0 ? 1 : 0), 0);
  const tokens = zeros + 4 * (calldata.length - zeros);
  return 21_000 + Math.max(4 * tokens + execution, 10 * tokens);
}

/** The real verifier, on a chain inside this process unless another is named, without the game around it. */
export async function openVerifierMeter(openChain: OpenChain = openHardhatChain) {
  const chain = await openChain([...VERIFIER, ["mocks", "GasMeter"]], () => undefined, 100_000_000);
  const verifier = await deployVerifier(chain);
  const meter = await chain.deploy("mocks", "GasMeter");
  return {
    async measure(programRoot: string, traceRoot: string, proof: string): Promise<Measured> {
      const call = encodeCall(verifier.abi.getFunction("convicts")!, [programRoot, traceRoot, proof]);
      const [success, result, metered] = await chain.read(meter, "measure", [verifier.address, call]);
      if (success !== true) throw new Error(`the verifier reverted with ${String(result)}`);
      const execution = Number(metered);
      const [guilty] = verifier.abi.decodeFunctionResult("convicts", String(result));
      return { convicts: guilty === true, execution, transaction: transactionGas(Buffer.from(call.slice(2), "hex"), execution) };
    },
    close: () => chain.close(),
  };
}
