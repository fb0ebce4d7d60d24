/** Seconds by which the newest block of a chain that makes blocks all the time may be old: its own interval, and what a node is behind. */
const OLD = 90;

/**
 * Seconds by which the chain's clock is ahead of this machine's; negative where it is behind.
 * @param head time of the newest block, @param wall of this machine, both in Unix seconds
 * @param isQuiet whether the chain makes a block only when something is sent: then an old one says nothing of its clock
 */
export function aheadBy(head: number, wall: number, isQuiet: boolean): number {
  const ahead = head - wall;
  if (ahead >= 0) return ahead;
  return isQuiet || ahead >= -OLD ? 0 : ahead;
}
