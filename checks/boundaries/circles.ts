import { importsOf, sourcesOf, targetOf, type Source } from "./source.ts";

/** Files of core, sdk, oracle and web that import themselves by way of others; a circle is told once. */
export function circles(root: string): string[] {
  const sources = sourcesOf(root, "{core,sdk,oracle,web}/**/*.{ts,tsx}");
  const known = new Set(sources.map(({ path }) => path));
  const targets = (source: Source) => importsOf(source).map((specifier) => targetOf(source, specifier));
  const graph = new Map(sources.map((source) => [source.path, targets(source).filter((target) => known.has(target))]));
  const found: string[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (path: string): void => {
    const start = way.indexOf(path);
    if (start >= 0) found.push(`${[...way.slice(start), path].join(" → ")} is a circle`);
    if (start >= 0 || done.has(path)) return;
    way.push(path);
    for (const target of graph.get(path)!) visit(target);
    way.pop();
    done.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return found;
}
