import ts from "typescript";
import { importsOf, parse, sourcesOf, type Source } from "./source.ts";

/** Packages that `core` may use, all of which run in a browser; `#sha256.ts` is the one thing that depends on where it runs. */
const PACKAGES: readonly string[] = ["ethers", "zod", "@bufbuild/protobuf", "@bufbuild/protobuf/codegenv2", "@bufbuild/protobuf/wire", "#sha256.ts"];

/** Names of clock, network, environment and chance, and of what only Node has. */
const NAMES: ReadonlySet<string> = new Set([
  "Buffer", "process", "require", "global", "globalThis", "document", "fetch", "XMLHttpRequest", "WebSocket", "performance", "crypto",
  "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "console", "localStorage",
]);
const MEMBERS: ReadonlySet<string> = new Set(["Date.now", "Math.random"]);

/** Whether an identifier is no reference, but what something is called. */
function isName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  const isMember = ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodDeclaration(parent) || ts.isMethodSignature(parent);
  return (isMember || ts.isPropertyAccessExpression(parent)) && parent.name === node;
}

function impureWords(source: Source): string[] {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && NAMES.has(node.text) && !isName(node)) found.add(node.text);
    if (ts.isPropertyAccessExpression(node) && MEMBERS.has(node.getText())) found.add(node.getText());
    if (ts.isNewExpression(node) && node.expression.getText() === "Date" && (node.arguments?.length ?? 0) === 0) found.add("new Date()");
    ts.forEachChild(node, visit);
  };
  visit(parse(source));
  return [...found];
}

/** What of clock, disk, network, environment and Node the core touches: it is to touch nothing of it. */
export function impurities(root: string): string[] {
  return sourcesOf(root, "core/**/*.ts").filter(({ path }) => !path.startsWith("core/sha256/")).flatMap((source) => [
    ...importsOf(source)
      .filter((specifier) => !specifier.startsWith(".") && !PACKAGES.includes(specifier))
      .map((specifier) => `${source.path} is not pure: it imports ${specifier}`),
    ...impureWords(source).map((word) => `${source.path} is not pure: ${word}`),
  ]);
}
