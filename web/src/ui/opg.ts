const UNIT = 10n ** 18n;
const PLACES = 4;

/** Base units as OPG, with thousands separated and at most four decimal places, rounded down. */
export function inOpg(amount: bigint | string): string {
  const value = BigInt(amount);
  const whole = (value / UNIT).toLocaleString("en");
  const fraction = (value % UNIT).toString().padStart(18, "0").slice(0, PLACES).replace(/0+$/, "");
  if (fraction === "" && value > 0n && value < UNIT) return "< 0.0001";
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
