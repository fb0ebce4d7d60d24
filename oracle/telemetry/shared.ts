/**
 * A reading that is taken once in `ms` at most, whoever asks how often; who asks meanwhile gets the same one. A failed one
 * counts like any other, so that a node that is down is not asked more often than one that is up.
 */
export function shared<T>(read: () => Promise<T>, ms: number, now: () => number): () => Promise<T> {
  let last: { readonly value: Promise<T>; settledAt: number | undefined } | undefined;
  return () => {
    if (last !== undefined && (last.settledAt === undefined || now() - last.settledAt < ms)) return last.value;
    const reading: NonNullable<typeof last> = { value: read(), settledAt: undefined };
    const settle = () => void (reading.settledAt = now());
    reading.value.then(settle, settle);
    last = reading;
    return reading.value;
  };
}

/** The promise, or a failure when it takes longer than `ms`. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    timer.unref();
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
