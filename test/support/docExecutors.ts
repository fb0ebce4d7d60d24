/** What executes each block of the documents. */
import { documentBlocks, type DocumentBlock } from "./docBlocks.ts";

/** Blocks that no terminal can be given here. Each names the test that stands for them, and what makes it do so. */
interface Elsewhere {
  readonly document: string;
  /** How a block begins that is meant; all of the page's where it is empty. */
  readonly begins: string;
  readonly test: string;
  /** What stands in that test. */
  readonly holds: string;
}

const packed = (document: string, begins: string, holds = "install(folder, FOLDERS.map("): Elsewhere => ({ document, begins, test: "test/ts/install/packed.test.ts", holds });

export const ELSEWHERE: readonly Elsewhere[] = [
  // What CI itself runs.
  { document: "README.md", begins: "npm ci && npm run demo", test: "test/ts/install/packages.test.ts", holds: 'include("npm ci && npm test")' },
  // They ask npm's registry for this very release: the tests install what npm pack makes of it.
  packed("contracts/README.md", "npm install opengradient-optimistic-contracts"),
  packed("contracts/README.md", "import { deployments, jobRegistryAbi }", 'blocksOf("contracts", "ts")'),
  packed("core/README.md", "npm install opengradient-optimistic-core"),
  packed("sdk/README.md", "npm install opengradient-optimistic-sdk"),
  packed("oracle/README.md", "npm install --ignore-scripts opengradient-optimistic", 'opg("--help")'),
  { document: "create-opg-app/README.md", begins: "npm create opg-app my-app", test: "test/ts/install/app.test.ts", holds: '"npm", "start"' },
  { document: "docs/start.md", begins: "npm create opg-app my-app", test: "test/ts/install/app.test.ts", holds: '"npm", "start"' },
  // They take minutes, and other processors: the tests run them in part.
  { document: "docs/hardware.md", begins: "npm run portable", test: "test/ts/portable/portable.test.ts", holds: 'portable(["--native"' },
  { document: "docs/mutation.md", begins: "npm run mutate", test: "test/ts/mutation/mutation.test.ts", holds: "await campaign(" },
  { document: "docs/mutation.md", begins: "npm run seeded", test: "test/ts/mutation/seeded.test.ts", holds: "await hunt(" },
  // It takes hosts with systemd, Docker and Kubernetes: the test checks every command line of opg, file, variable and secret, and renders the chart.
  { document: "docs/operations.md", begins: "", test: "test/ts/deploy/operations.test.ts", holds: 'blocks("sh")' },
];

export type Executor = "terminal" | "elsewhere" | "solidity" | "typescript" | "json" | "excerpt" | "shown";

const BY_LANGUAGE: Readonly<Record<string, Executor>> = {
  sh: "terminal",
  sol: "solidity",
  solidity: "solidity",
  ts: "typescript",
  js: "typescript",
  json: "json",
  // Of the scripts that made the shipped models: they need PyTorch and scikit-learn, which no package of npm brings.
  python: "excerpt",
  // What a command prints, formulas and drawings.
  text: "shown",
  mermaid: "shown",
};

export const elsewhere = ({ document, text, language }: Pick<DocumentBlock, "document" | "text" | "language">): Elsewhere | undefined =>
  BY_LANGUAGE[language] === "shown" ? undefined : ELSEWHERE.find((each) => each.document === document && text.startsWith(each.begins));

/** Undefined of a block that nothing executes. */
export const executorOf = (block: DocumentBlock): Executor | undefined => (elsewhere(block) ? "elsewhere" : BY_LANGUAGE[block.language]);

/** Pages with something to type, those of one network after another. */
export function followedPages(): string[] {
  const typed = documentBlocks().filter((block) => executorOf(block) === "terminal");
  const network = (page: string): string => typed.find(({ document, manner }) => document === page && manner === "stays")?.text ?? "";
  return [...new Set(typed.map(({ document }) => document))].sort((a, b) => network(a).localeCompare(network(b)) || a.localeCompare(b));
}
