import { z } from "zod";
import type { Call, ChainReader, Hex, Rehearsed } from "../ports.ts";
import { revertData } from "./answers.ts";
import { describeRevert } from "./contracts.ts";
import { pendingOrLatest } from "./pending.ts";
import { RpcFault } from "./rpc.ts";
import type { JsonRpc } from "./rpc.ts";
import * as schema from "./schemas.ts";

const simulated = z.array(
  z.object({
    calls: z.array(
      z.object({
        status: schema.small,
        gasUsed: schema.big,
        returnData: schema.bytes.optional(),
        error: z.object({ message: z.string(), data: z.unknown().optional() }).optional(),
      }),
    ),
  }),
);

/**
 * What would become of calls, one after the other. Nodes that have no eth_simulateV1 are asked about the first one only:
 * the others may rest on its effects.
 */
export async function rehearse(rpc: JsonRpc, reader: Pick<ChainReader, "simulate">, calls: readonly Call[], from: Hex): Promise<readonly Rehearsed[]> {
  const [first, ...rest] = calls;
  if (first === undefined) return [];
  if (rest.length > 0) {
    const together = await allAtOnce(rpc, calls, from);
    if (together !== undefined) return together;
  }
  return [await alone(rpc, reader, first, from), ...rest.map((): Rehearsed => ({ outcome: "unknown" }))];
}

const asked = ({ to, data, value }: Call, from: Hex) => ({ from, to, data, value: `0x${value.toString(16)}` });

async function allAtOnce(rpc: JsonRpc, calls: readonly Call[], from: Hex): Promise<readonly Rehearsed[] | undefined> {
  const params = { blockStateCalls: [{ calls: calls.map((call) => asked(call, from)) }], validation: false };
  let answer: unknown;
  try {
    answer = await rpc.call("eth_simulateV1", [params, "latest"], z.unknown());
  } catch (error) {
    if (error instanceof RpcFault) return undefined;
    throw error;
  }
  const results = simulated.safeParse(answer).data?.[0]?.calls;
  if (results?.length !== calls.length) return undefined;
  return results.map(({ status, gasUsed, returnData, error }): Rehearsed => {
    if (status === 1) return { outcome: "ok", gas: gasUsed };
    const data = revertData(error?.data) ?? returnData;
    return { outcome: "refused", ...(data === undefined || data === "0x" ? { error: error?.message ?? "reverted without a reason" } : describeRevert(data)) };
  });
}

async function alone(rpc: JsonRpc, reader: Pick<ChainReader, "simulate">, call: Call, from: Hex): Promise<Rehearsed> {
  const simulation = await reader.simulate(call, from);
  if (!simulation.ok) {
    const { error, name, fix } = simulation;
    return { outcome: "refused", error, ...(name !== undefined && { name }), ...(fix !== undefined && { fix }) };
  }
  try {
    const gas = await pendingOrLatest(rpc, (tag) => rpc.call("eth_estimateGas", [asked(call, from), tag], schema.big));
    return { outcome: "ok", gas };
  } catch (error) {
    if (error instanceof RpcFault) return { outcome: "unknown" };
    throw error;
  }
}
