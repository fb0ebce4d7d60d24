/** A part of a value by the names that lead to it, with dots between; names may hold dots themselves. */
export function fieldOf(value: unknown, path: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  if (Object.hasOwn(fields, path)) return fields[path];
  const heads = Object.keys(fields).filter((name) => path.startsWith(`${name}.`));
  return heads.map((name) => fieldOf(fields[name], path.slice(name.length + 1))).find((found) => found !== undefined);
}
