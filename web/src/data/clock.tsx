import { createContext, use, useEffect, useState, type ReactNode } from "react";
import { useSite } from "../site.ts";
import { headTime } from "../node.ts";
import { aheadBy } from "./offset.ts";

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
      if (chainTime !== undefined) setOffset(aheadBy(chainTime, wallClock(), config.devnet !== undefined));
    };
    void look();
    const looking = setInterval(() => void look(), LOOK);
    const ticking = setInterval(() => setNow(wallClock()), 1_000);
    return () => {
      clearInterval(looking);
      clearInterval(ticking);
    };
  }, [config.rpcUrl, config.devnet]);
  return <ClockContext value={now + offset}>{children}</ClockContext>;
}

const wallClock = (): number => Math.floor(Date.now() / 1_000);
