/**
 * The kit over viem: the same but for how it connects.
 * @module viem
 */
import { viemChain, type ViemClients } from "./chain/viem.ts";
import { openClient, type Client, type ConnectOptions } from "./client.ts";

export * from "./shared.ts";
export { viemChain, type ViemClients } from "./chain/viem.ts";

/** Connects by clients of viem: without a wallet, it only reads. */
export const connect = (clients: ViemClients, options?: ConnectOptions): Promise<Client> => openClient(viemChain(clients), options);
