import type { Standing } from "../../core/jobs/readiness.ts";
import type { ChainReader, Hex } from "../ports.ts";

/** Models of a registry that are looked at for the least bond, the newest first, where every version is served. */
const LOOKED_AT = 32;

type Reader = Pick<ChainReader, "bond" | "nativeBalance" | "quote" | "model" | "modelCount">;

export async function readStanding(
  reader: Reader,
  address: Hex,
  policy: Pick<Standing, "operator" | "leastNative" | "publicUrl"> & { readonly versions: "all" | readonly string[] },
): Promise<Standing> {
  const { versions, ...rest } = policy;
  const [{ bonded, free }, native] = await Promise.all([reader.bond(address), reader.nativeBalance(address)]);
  const leastBond = policy.operator && bonded > 0n ? await leastBondOf(reader, versions) : undefined;
  return { ...rest, bonded, free, native, leastBond };
}

async function leastBondOf(reader: Reader, versions: "all" | readonly string[]): Promise<bigint | undefined> {
  let least: bigint | undefined;
  for (const version of versions === "all" ? await published(reader) : versions) {
    const { open, minBond } = await reader.quote(version as Hex);
    if (open && (least === undefined || minBond < least)) least = minBond;
  }
  return least;
}

async function published(reader: Reader): Promise<readonly Hex[]> {
  const count = Number(await reader.modelCount());
  const newest = Array.from({ length: Math.min(count, LOOKED_AT) }, (_, i) => BigInt(count - i));
  return (await Promise.all(newest.map((id) => reader.model(id)))).flatMap((model) => model.versions);
}
