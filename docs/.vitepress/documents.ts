/** Which documents of the repository are pages of the site, and under which address. */
import { existsSync, globSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** The repository's root: the site shows documents of all its folders. */
export const ROOT = join(import.meta.dirname, "..", "..");

/** Folders whose README is a page of its own, by the page's address. */
const PACKAGES: Readonly<Record<string, string>> = {
  contracts: "packages/contracts",
  core: "packages/core",
  sdk: "packages/sdk",
  oracle: "packages/opg",
  web: "packages/explorer",
  "create-opg-app": "packages/create-opg-app",
};

/**
 * The page that a document is, by its path in the repository: "docs/roles/dapp.md" → "roles/dapp.md". Undefined if the site
 * does not show it.
 */
export function pageOf(document: string): string | undefined {
  if (document === "README.md") return "readme.md";
  if (document === "CONTRIBUTING.md") return "contributing.md";
  if (document.startsWith("docs/") && !document.startsWith("docs/.")) return document.slice("docs/".length);
  const [folder, ...rest] = document.split("/");
  if (folder in PACKAGES && rest.join("/") === "README.md") return `${PACKAGES[folder]}.md`;
  const model = /^models\/(?:([\w-]+)\/)?README\.md$/.exec(document);
  return model === null ? undefined : `models/${model[1] ?? "index"}.md`;
}

/** What VitePress would take for a page, and the site does not show. */
export const notShown = (): string[] =>
  globSync("**/*.md", { cwd: ROOT, exclude: ["**/node_modules", "**/dist"] }).filter((document) => pageOf(document) === undefined);

/** The page of a contract's reference, where `npm run reference` has made it. */
function referenceOf(file: string): string | undefined {
  const [, name] = /^contracts\/[\w/]*?(\w+)\.sol$/.exec(file) ?? [];
  const page = `reference/contracts/${name}.md`;
  return name !== undefined && existsSync(join(ROOT, "docs", page)) ? page : undefined;
}

/** Where a link of a document leads: to a page, to another file of the repository, or beyond it. */
export type Target =
  | { readonly kind: "page"; readonly address: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "elsewhere" };

/**
 * @param document the path of the document that has the link
 * @param link     what stands there: "../sdk/README.md#verify"
 * @throws if it leads to nothing
 */
export function targetOf(document: string, link: string): Target {
  if (/^[a-z]+:/.test(link) || link.startsWith("#")) return { kind: "elsewhere" };
  const [path, anchor] = link.split("#");
  const target = posix.normalize(posix.join(dirname(document), path)).replace(/\/$/, "");
  // A link to a generated page, which a checkout has only once it was made, is for VitePress to find dead.
  if (!existsSync(join(ROOT, target)) && !target.endsWith(".md")) throw new Error(`${document} links to ${link}: there is no ${target}`);
  const page = pageOf(target) ?? referenceOf(target);
  if (page === undefined) return { kind: "file", path: target };
  return { kind: "page", address: `/${page}${anchor === undefined ? "" : `#${anchor}`}` };
}
