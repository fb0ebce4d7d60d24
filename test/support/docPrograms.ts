/** The TypeScript and the Solidity of the documents, each compiled in one run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { build } from "../../checks/instrument/compile.ts";
import { ROOT, type DocumentBlock } from "./docBlocks.ts";

/** A block that begins with the name of a file stands there: `// contracts/ops/Copy.sol`. */
const placeOf = ({ text }: DocumentBlock): string | undefined => /^\/\/ ([\w/-]+\.(?:sol|ts))\n/.exec(text)?.[1];

/** What a package's entries are compiled from: `./dist/viem.js` is `viem.ts`. */
function entriesOf(folder: string): Record<string, string[]> {
  const { name, exports } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as { name: string; exports: Record<string, string> };
  const compiled = Object.entries(exports).filter(([, target]) => target.startsWith("./dist/"));
  return Object.fromEntries(compiled.map(([entry, target]) => [name + entry.slice(1), [target.replace("./dist/", `./${folder}/`).replace(/\.js$/, ".ts")]]));
}

/** Blocks that follow one another on a page are one program, and one that imports again what connects begins another. */
function programsOf(blocks: readonly DocumentBlock[]): Map<string, string> {
  const programs = new Map<string, string>();
  let last = "";
  for (const block of blocks) {
    const begins = placeOf(block) !== undefined || !last.startsWith(`${block.document}:`) || /^import .*\bconnect\b/m.test(block.text);
    if (begins) last = `${block.document}:${block.line}`;
    programs.set(last, (programs.get(last) ?? "") + block.text);
  }
  return programs;
}

/**
 * What the compiler has against the blocks, by document and line of the program's first block.
 * @param preambles declarations that a page's programs take for granted, by the page
 */
export function typeFaults(blocks: readonly DocumentBlock[], preambles: Readonly<Record<string, string>>): string[] {
  const places = new Map<string, string>(blocks.flatMap((block) => (placeOf(block) === undefined ? [] : [[`${block.document}:${block.line}`, placeOf(block)!]])));
  const programs = [...programsOf(blocks)].map(([from, text], i) => ({ from, file: join(ROOT, places.get(from) ?? `document-${i}.ts`), text: `${preambles[from.split(":")[0]] ?? ""}\n${text}\nexport {};\n` }));
  const texts = new Map(programs.map(({ file, text }) => [file, text]));
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, ROOT);
  const own = { ...options, paths: { ...entriesOf("core"), ...entriesOf("sdk") } };
  const host = ts.createCompilerHost(own);
  const { readFile, fileExists } = host;
  host.readFile = (path) => texts.get(path) ?? readFile.call(host, path);
  host.fileExists = (path) => texts.has(path) || fileExists.call(host, path);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, languageVersion, ...rest) => (texts.has(path) ? ts.createSourceFile(path, texts.get(path)!, languageVersion) : getSourceFile(path, languageVersion, ...rest));
  const program = ts.createProgram([...texts.keys()], own, host);
  return programs.flatMap(({ from, file }) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ messageText }) => `${from}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  });
}

/** Where a contract stands in a project: tests beside contracts, as the pages say. */
const fileOf = (block: DocumentBlock): string => {
  const [, name] = /^(?:abstract )?(?:contract|library|interface) (\w+)/m.exec(block.text) ?? [];
  if (name === undefined) throw new Error(`${block.document}:${block.line} shows no whole contract`);
  return placeOf(block) ?? `project/${block.document}/${name.endsWith("Test") ? `test/${name}.t.sol` : `contracts/${name}.sol`}`;
};

/** Names of the contracts that the blocks are compiled to. Throws what the compiler has against them. */
export function compiledContracts(blocks: readonly DocumentBlock[]): string[] {
  const sources = new Map(blocks.map((block) => [fileOf(block), Buffer.from(block.text, "utf8").toString("latin1")]));
  const built = build([...sources.keys()], sources);
  return [...sources.keys()].flatMap((file) => Object.keys(built[file]));
}
