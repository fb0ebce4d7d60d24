import { decodeHeader } from "../../../core/program/header.ts";
import type { NamedSpecs } from "../../../sdk/index.ts";

/** A version's inputs and outputs by its header, under the names of its published file if they are known; undefined where the header is none. */
export function specsOf(header: string, names?: NamedSpecs): NamedSpecs | undefined {
  if (names !== undefined) return names;
  try {
    const { inputs, outputs } = decodeHeader(header);
    return { inputs, outputs };
  } catch {
    // A publisher may put any bytes in its place.
    return undefined;
  }
}
