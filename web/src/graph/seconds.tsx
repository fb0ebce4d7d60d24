import { useEffect, useState } from "react";

/** Seconds that have passed, counting on. @param since of `performance.now()` */
export function Seconds({ since }: { readonly since: number }) {
  const [now, setNow] = useState(since);
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(timer);
  }, []);
  // Only people who see it are told every second.
  return <span aria-hidden="true">{Math.floor((now - since) / 1_000)} s</span>;
}
