/**
 * Documents are read as GitHub reads them: anchors by its names, comments unseen, and links between files of the repository.
 * HTML stands in none of them but targets of links, `<a id="x"></a>`, so that `<x>` and `{{ y }}` are text wherever they stand.
 */
import { relative } from "node:path";
import type { MarkdownOptions, MarkdownRenderer } from "vitepress";
import { anchorOf } from "../../checks/links.ts";
import { ROOT, targetOf } from "./documents.ts";

type Token = ReturnType<MarkdownRenderer["parse"]>[number];

/** Every inline token with the document that it stands in. */
function eachInline(md: MarkdownRenderer, name: string, visit: (token: Token, document: string) => void): void {
  md.core.ruler.push(name, ({ tokens, env }) => {
    // `realPath` is the document before it is a page; of what the search indexes, `path` is. A title alone has neither.
    const { realPath, path } = env as { realPath?: string; path?: string };
    const document = relative(ROOT, realPath ?? path ?? ROOT);
    for (const token of tokens) if (token.type === "inline") visit(token, document);
  });
}

/**
 * Links to documents that are pages lead there; links to other files lead into the repository, where it can be read at
 * `repository`, and are text otherwise.
 */
function linksOfTheRepository(md: MarkdownRenderer, repository: string | undefined): void {
  eachInline(md, "links-of-the-repository", ({ children }, document) => {
    let isText = false;
    for (const token of children ?? []) {
      if (token.type === "link_close" && isText) {
        token.hidden = true;
        token.type = "text";
        token.content = "";
        isText = false;
      }
      if (token.type !== "link_open") continue;
      const target = targetOf(document, decodeURI(token.attrGet("href") ?? ""));
      if (target.kind === "page") token.attrSet("href", target.address);
      if (target.kind !== "file") continue;
      if (repository !== undefined) token.attrSet("href", `${repository}/${target.path}`);
      else {
        isText = true;
        token.type = "text";
        token.content = "";
      }
    }
  });
}

/** Marks of generated parts, such as `<!-- operators -->`, and any other comment. */
function commentsUnseen(md: MarkdownRenderer): void {
  eachInline(md, "comments-unseen", ({ children }) => {
    for (const token of children ?? []) if (token.type === "text") token.content = token.content.replace(/<!--.*?-->/gs, "");
  });
}

/** Places that links lead to, `<a id="x"></a>`, which TypeDoc writes into tables. */
function targetsOfLinks(md: MarkdownRenderer): void {
  md.inline.ruler.before("text", "targets-of-links", (state, silent) => {
    const [target] = /^<a id="[\w-]+"><\/a>/.exec(state.src.slice(state.pos)) ?? [];
    if (target === undefined) return false;
    if (!silent) state.push("html_inline", "", 0).content = target;
    state.pos += target.length;
    return true;
  });
}

/** Vue takes two braces for an expression. */
function bracesAsText(md: MarkdownRenderer): void {
  const text = md.renderer.rules.text!;
  md.renderer.rules.text = (...args) => text(...args).replaceAll("{{", "&#123;&#123;");
}

/** Indented code looks as fenced code does. */
function indentedAsFenced(md: MarkdownRenderer): void {
  md.core.ruler.push("indented-as-fenced", ({ tokens }) => {
    for (const token of tokens) if (token.type === "code_block") Object.assign(token, { type: "fence", info: "text" });
  });
}

/** @param repository where the files of the repository can be read, e.g. "https://example.org/project/blob/main" */
export function markdown(repository: string | undefined): MarkdownOptions {
  return {
    html: false,
    anchor: { slugify: anchorOf },
    theme: { light: "github-light", dark: "github-dark" },
    languageAlias: { sol: "solidity", promql: "text" },
    config: (md) => {
      linksOfTheRepository(md, repository);
      commentsUnseen(md);
      targetsOfLinks(md);
      bracesAsText(md);
      indentedAsFenced(md);
    },
  };
}
