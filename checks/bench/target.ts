/** One figure and what is asked of it. */
export interface Target {
  name: string;
  measured: number;
  /** What it must not exceed, or with `atLeast` not fall below. */
  limit: number;
  atLeast?: boolean;
  unit: string;
}

export const met = ({ measured, limit, atLeast }: Target): boolean => (atLeast ? measured >= limit : measured <= limit);

const round = (x: number): string => (Math.abs(x) >= 1000 ? Math.round(x).toLocaleString("en") : x.toFixed(Math.abs(x) < 10 ? 3 : 1));

export function showTargets(targets: readonly Target[], say: (line: string) => void): void {
  say(`\n${"".padEnd(48)}${"measured".padStart(12)}${"target".padStart(12)}${"ratio".padStart(8)}`);
  for (const target of targets) {
    const { name, measured, limit, atLeast, unit } = target;
    const cells = [`${round(measured)} ${unit}`, `${atLeast ? "≥" : "≤"} ${round(limit)}`, limit === 0 ? "" : (measured / limit).toFixed(3)];
    say(`${met(target) ? "  " : "✗ "}${name.padEnd(46)}${cells[0].trim().padStart(12)}${cells[1].padStart(12)}${cells[2].padStart(8)}`);
  }
}
