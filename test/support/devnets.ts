/** The development chains of devnets, with a connection of Hardhat's toolbox to each. */
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import * as chains from "../../scripts/devnet/chain.ts";

export interface Devnet extends chains.Devnet {
  readonly connection: NetworkConnection;
}

export type StartDevnet = (port?: number) => Promise<Devnet>;

const connected =
  (start: chains.StartChain): StartDevnet =>
  async (port) => {
    const devnet = await start(port);
    const connection = await network.create({ network: "local", override: { url: devnet.url } });
    // What is asked goes the way of all other questions: a busy node closes connections.
    connection.provider.request = ({ method, params = [] }) => devnet.provider.send(method, params as unknown[]);
    return {
      ...devnet,
      connection,
      async close() {
        await connection.close();
        await devnet.close();
      },
    };
  };

export const startHardhat = connected(chains.startHardhat);
export const startAnvil = chains.startAnvil === undefined ? undefined : connected(chains.startAnvil);

/** The nodes that end-to-end stories are told on. */
export const DEVNETS = chains.DEVNETS.map(({ name, start }) => ({ name, start: connected(start) }));
