import { createContext, use, useEffect, useState, type ReactNode } from "react";
import { useSite } from "../site.ts";

/** Milliseconds between two looks at the chain's clock. */
const LOOK = 5_000;

const ClockContext = createContext(0);

/** Unix seconds by the chain's clock, which a development chain may have moved on; ticks every second. */
export const useNow = (): number => use(ClockContext);

export function Clock({ children }: { readonly children: ReactNode }) {
  const { config } = useSite();
  const [offset, setOffset] = useState(0);
  const [now, setNow] = useState(wallClock);
  useEffect(() => {
    const look = async (): Promise<void> => {
      const chainTime = await headTime(config.rpcUrl).catch(() => undefined);
      // The newest block of a quiet chain is old; only one that is ahead says that the chain's clock is.
      if (chainTime !== undefined) setOffset(Math.max(0, chainTime - wallClock()));
    };
    void look();
    const looking = setInterval(() => void look(), LOOK);
    const ticking = setInterval(() => setNow(wallClock()), 1_000);
    return () => {
      clearInterval(looking);
      clearInterval(ticking);
    };
  }, [config.rpcUrl]);
  return <ClockContext value={now + offset}>{children}</ClockContext>;
}

const wallClock = (): number => Math.floor(Date.now() / 1_000);

/** Time of the newest block, without a library: the first page is to be small. */
async function headTime(rpcUrl: string): Promise<number> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_getBlockByNumber", params: ["latest", false] });
  const response = await fetch(rpcUrl, { method: "POST", headers: { "content-type": "application/json" }, body });
  const { result } = (await response.json()) as { result: { timestamp: string } };
  return Number(result.timestamp);
}
