const STEPS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** A length of time in its two largest units, such as "3 h 5 min". @param seconds not negative */
export function lengthOf(seconds: number): string {
  const first = STEPS.findIndex(([size]) => seconds >= size);
  if (first < 0) return "0 s";
  let left = seconds;
  const parts = STEPS.slice(first, first + 2).map(([size, unit]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count === 0 ? "" : `${count} ${unit}`;
  });
  return parts.filter((part) => part !== "").join(" ");
}

/** The last second that a calendar of JavaScript has. A requester may name any of 64 bits. */
const LAST = 8_640_000_000_000;

/** A time as ISO 8601 has it; undefined for one that no calendar has. @param time Unix seconds */
export const iso = (time: number): string | undefined => (Math.abs(time) <= LAST ? new Date(time * 1_000).toISOString() : undefined);

/** A time to the second. @param time Unix seconds */
export const precise = (time: number): string => iso(time)?.replace("T", " ").replace(".000Z", " UTC") ?? `second ${time}`;
