/** What a browser loads of the explorer before it shows anything. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Everything that index.html names, with all that its scripts import at once, by their bytes in gzip. */
export function firstPage(dist: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const take = (path: string): void => {
    if (found.has(path)) return;
    const content = readFileSync(join(dist, path));
    found.set(path, gzipSync(content, { level: 9 }).length);
    const named = path.endsWith(".html") ? content.toString().matchAll(/(?:src|href)="\.\/([^"]+)"/g) : path.endsWith(".js") ? content.toString().matchAll(/(?:^|[;}\n])import(?:[\w${},*\s]*from)?\s*["']\.\/([^"']+)["']/g) : [];
    for (const [, name] of named) take(path.endsWith(".html") ? name : join(path, "..", name));
  };
  take("index.html");
  return found;
}
