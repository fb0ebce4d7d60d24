/** What a file of a package refers to, as it stands in the checkout and as it stands in the published package. */
import { dirname, join, normalize } from "node:path/posix";
import ts from "typescript";

/** A package of this repository. */
export interface Package {
  /** In the repository. */
  readonly folder: string;
  readonly name: string;
}

/** TypeScript is published as JavaScript with types beside it. */
const compiled = (path: string): string => (/\.d\.m?ts$/.test(path) ? path : path.replace(/\.ts$/, ".js"));

/**
 * What a reference becomes: one that leaves its package by a relative path names the package that it enters, and `.ts` becomes `.js`.
 * @param path of the file that refers, in the repository
 */
export function publishedSpecifier(specifier: string, path: string, packages: readonly Package[]): string {
  if (specifier.startsWith("#")) return compiled(specifier);
  if (!/^\.\.?\//.test(specifier)) return specifier;
  const target = normalize(join(dirname(path), specifier));
  const entered = packages.find(({ folder }) => target.startsWith(`${folder}/`) && !path.startsWith(`${folder}/`));
  return compiled(entered === undefined ? specifier : `${entered.name}${target.slice(entered.folder.length)}`);
}

/** The text of a file of JavaScript or of types, with all that it refers to as it is published. */
export function withPublishedSpecifiers(text: string, path: string, packages: readonly Package[]): string {
  let out = "";
  let end = 0;
  for (const { start, specifier } of specifiersIn(text, path)) {
    out += text.slice(end, start) + publishedSpecifier(specifier, path, packages);
    end = start + specifier.length;
  }
  return out + text.slice(end);
}

interface Found {
  /** The first character within the quotes. */
  readonly start: number;
  readonly specifier: string;
}

/** What is imported or exported from elsewhere, types included, and files beside this one by their URL, in the order of the text. */
function specifiersIn(text: string, path: string): Found[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Found[] = [];
  const take = (node: ts.Node | undefined): void => {
    if (node !== undefined && ts.isStringLiteral(node)) found.push({ start: node.getStart() + 1, specifier: node.text });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) take(node.moduleSpecifier);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) take(node.arguments[0]);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) take(node.argument.literal);
    else if (ts.isNewExpression(node) && node.expression.getText() === "URL" && node.arguments?.[1]?.getText() === "import.meta.url") take(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
