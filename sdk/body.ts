import { concatBytes } from "../core/bytes.ts";

/** The bytes of a response; throws, and reads no further, when there are more than `most`. */
export async function bodyOf(response: Response, most: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    if ((length += part.value.length) > most) {
      await reader.cancel();
      throw new Error(`it has more than ${most} bytes`);
    }
  }
  return concatBytes(parts);
}
