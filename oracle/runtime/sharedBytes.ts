/** Bytes in memory that threads share: handed from one to another they are not copied. */
export type SharedBytes = Uint8Array<SharedArrayBuffer>;

const isShared = (bytes: Uint8Array): bytes is SharedBytes => bytes.buffer instanceof SharedArrayBuffer;

/** The bytes in memory that threads share: themselves where they stand there. */
export function shared(bytes: Uint8Array): SharedBytes {
  if (isShared(bytes)) return bytes;
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
