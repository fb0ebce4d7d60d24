/** Links from document to document: each leads to a file, and with `#` to a heading of it, by the names that GitHub gives headings. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const DOCUMENTS = ["*.md", "{contracts,core,create-opg-app,docs,models,oracle,sdk,web}/**/*.md"];
/** Packages, and what is made of documents or of sources. */
const OTHERS = ["**/node_modules/**", "**/dist/**", "docs/reference/**", "docs/.vitepress/**"];

/** The text without what is shown as it stands: blocks and spans of code. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, (span) => (span.includes("](") ? "" : span));

/** The heading “2.1 What *is* left, and why” → `21-what-is-left-and-why`. */
export const anchorOf = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, "")
    .replaceAll(" ", "-");

/** Anchors of a document; one that comes again has its number behind it. */
export function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  return new Set(
    [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) => {
      const anchor = anchorOf(heading);
      const times = seen.get(anchor) ?? 0;
      seen.set(anchor, times + 1);
      return times === 0 ? anchor : `${anchor}-${times}`;
    }),
  );
}

/** Documents of a tree, by their paths, without those that `npm run reference` makes. */
export const documentsOf = (root: string): string[] => globSync(DOCUMENTS, { cwd: root, exclude: OTHERS }).sort();

/** Relative links that lead nowhere. */
export function deadLinks(root: string): string[] {
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  return documentsOf(root).flatMap((document) =>
    [...prose(read(document)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link)
      .filter((link) => !/^[a-z]+:/.test(link))
      .flatMap((link) => {
        const [path, anchor] = link.split("#");
        const target = path === "" ? document : normalize(join(dirname(document), path));
        if (!existsSync(join(root, target))) return [`${document} links to ${link}: there is no ${target}`];
        if (anchor !== undefined && !anchorsOf(read(target)).has(anchor)) return [`${document} links to ${link}: ${target} has no such heading`];
        return [];
      }),
  );
}

/** Commands of npm that documents name and package.json has not. */
export function deadCommands(root: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
  return documentsOf(root).flatMap((document) => {
    const named = [...readFileSync(join(root, document), "utf8").matchAll(/\bnpm run ([a-z][a-z:-]*)/g)].map(([, name]) => name);
    return [...new Set(named)].filter((name) => scripts[name] === undefined).map((name) => `${document} names npm run ${name}, which package.json has not`);
  });
}
