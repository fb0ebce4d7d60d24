/**
 * The site of the documents. `npm run docs` builds it into docs/.vitepress/dist, static; `npm run docs -- --base /docs/` for a
 * subfolder of a server. OPG_DOCS_REPOSITORY is where the repository's files can be read, for links to sources
 * (https://host/owner/name/blob/main); without it they are text.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { notShown, pageOf, ROOT } from "./documents.ts";
import { markdown } from "./markdown.ts";
import { nav, sidebar } from "./sidebar.ts";

const repository = process.env.OPG_DOCS_REPOSITORY?.replace(/\/$/, "");

export default defineConfig({
  title: "OpenGradient Optimistic",
  description: "ONNX models, answered on chain, and every answer can be challenged: the EVM recomputes the one number in dispute.",
  lang: "en",
  srcDir: ROOT,
  srcExclude: notShown(),
  rewrites: (document) => pageOf(document) ?? document,
  markdown: markdown(repository),
  // Within the page: addresses here would not follow --base.
  head: [["link", { rel: "icon", href: `data:image/svg+xml,${encodeURIComponent(readFileSync(join(ROOT, "docs", "public", "logo.svg"), "utf8"))}` }]],
  vite: { publicDir: "docs/public", build: { chunkSizeWarningLimit: 4_000 } },
  themeConfig: {
    logo: "/logo.svg",
    nav,
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: "local" },
    docFooter: { prev: "Before", next: "Next" },
  },
});
