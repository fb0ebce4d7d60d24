import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** A network between a client and a server, of which a test decides when it breaks. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection with a reset, as a router that restarted. */
  reset(): void;
  /** From now on nothing comes through in either direction, and nobody is told. */
  freeze(): void;
  /** Breaks the connection when the client has sent these bytes: after they reached the server, before its answer. */
  cutAfter(bytes: string): void;
  /** What is dialled now comes through; what is frozen stays so. */
  thaw(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<{ near: Socket; far: Socket; frozen: boolean }>();
  let frozen = false;
  let fatal: string | undefined;
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    const pair = { near, far, frozen };
    pairs.add(pair);
    let cut = false;
    near.on("data", (part) => {
      if (pair.frozen) return;
      far.write(part);
      if (fatal !== undefined && part.includes(fatal)) {
        fatal = undefined;
        cut = true;
      }
    });
    far.on("data", (part) => {
      // The server has answered, so it has done what it was asked for.
      if (cut) near.resetAndDestroy();
      else if (!pair.frozen) near.write(part);
    });
    for (const [end, other] of [[near, far], [far, near]] as const) {
      end.on("error", () => undefined);
      end.on("close", () => {
        if (pair.frozen) return;
        pairs.delete(pair);
        other.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    reset() {
      for (const { near, far } of pairs) {
        near.resetAndDestroy();
        far.resetAndDestroy();
      }
    },
    freeze() {
      frozen = true;
      for (const pair of pairs) pair.frozen = true;
    },
    thaw: () => void (frozen = false),
    cutAfter: (bytes) => void (fatal = bytes),
    async close() {
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
