/** Digits that tell all float32 numbers apart. */
const MOST_DIGITS = 9;

/** A number as text in the fewest digits that give the same float32 again; one that is no float32 in all its own. */
export function digitsOf(value: number | bigint): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint" || Number.isInteger(value)) return String(value);
  for (let digits = 1; digits <= MOST_DIGITS && Math.fround(value) === value; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}
