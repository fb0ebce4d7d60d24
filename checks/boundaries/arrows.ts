import { importsOf, partOf, solidityImportsOf, sourcesOf, targetOf, type Source } from "./source.ts";

/** Part of a folder → other parts of it that its files may import from. */
type Arrows = Readonly<Record<string, readonly string[]>>;

const CONTRACTS: Arrows = {
  types: [],
  interfaces: ["types"],
  math: ["types"],
  merkle: ["types", "interfaces"],
  ops: ["types", "math", "merkle"],
  families: ["types", "interfaces", "merkle", "math", "ops"],
  token: ["interfaces"],
  registry: ["types", "interfaces", "token"],
  staking: ["types", "interfaces", "token"],
  jobs: ["types", "interfaces", "token"],
  dispute: ["types", "interfaces", "merkle", "math", "token"],
  consumer: ["types", "interfaces", "math"],
  periphery: ["types", "interfaces"],
  testing: ["types", "interfaces", "consumer"],
  mocks: ["types", "interfaces", "math", "merkle", "consumer"],
};

const ADAPTERS = ["chain", "runtime", "store", "api", "telemetry", "config"];
const INSIDE = ["ports", ...ADAPTERS, "host", "roles"];
const ORACLE: Arrows = {
  ports: [],
  ...Object.fromEntries(ADAPTERS.map((adapter) => [adapter, ["ports"]])),
  runtime: ["ports", "lifeline.mjs", "node.mjs"],
  host: ["ports"],
  roles: ["ports", "host"],
  certify: ["ports"],
  connect: INSIDE,
  main: [...INSIDE, "connect"],
  worker: [...INSIDE, "connect", "main"],
  doctor: [...INSIDE, "connect"],
  cli: [...INSIDE, "connect", "main", "worker", "doctor", "certify"],
};

/** The rooms of `core` and the files between them: each may import from those that stand before it. */
const ROOMS = [
  ["hex", "words", "developmentChain", "errorCodes", "events", "health", "runtime"],
  ["bytes", "errors", "uris"],
  ["abi", "digest", "secrets", "systemErrors", "faults"],
  ["tensor"],
  ["math"],
  ["merkle"],
  ["onnx"],
  ["program"],
  ["operators"],
  ["dispute"],
  ["compile"],
  ["slack"],
  ["jobs"],
  ["history"],
  ["checkup", "contractErrors"],
  ["index"],
];
const CORE: Arrows = {
  ...Object.fromEntries(ROOMS.flatMap((row, i) => row.map((room) => [room, ROOMS.slice(0, i).flat()]))),
  // Rationale: the second reading of the rules is worth something as long as it shares no arithmetic with the first.
  exact: ["tensor", "program"],
  sha256: [],
};
const NOT_FOR_EXACT = "core/tensor/geometry.ts";

const SDK: Arrows = {
  errors: [],
  publicDeployments: [],
  body: [],
  pause: [],
  chain: ["errors", "publicDeployments"],
  deploymentOn: ["chain", "errors", "publicDeployments"],
  files: ["body", "errors"],
  tensors: ["errors"],
  models: ["chain", "errors", "files"],
  jobs: ["chain", "errors", "files", "models", "pause", "tensors"],
  history: ["body", "chain", "errors", "pause", "publicDeployments"],
  verify: ["chain", "errors", "files", "jobs", "models"],
  contracts: ["chain", "publicDeployments"],
  client: ["chain", "deploymentOn", "files", "jobs", "models", "publicDeployments", "tensors", "verify"],
  shared: ["chain", "client", "deploymentOn", "errors", "files", "jobs", "models", "publicDeployments", "tensors", "verify"],
  index: ["chain", "client", "contracts", "shared"],
  viem: ["chain", "client", "shared"],
};

/** The parts of the explorer: each may import from those that stand before it. What is computed about graphs and disputes knows no page. */
const LAYERS = [["fault"], ["config", "node"], ["site"], ["data"], ["ui"], ["wallet", "graph"], ["model", "replay"], ["pages"], ["frame"], ["app"], ["main"]];
const WEB: Arrows = { ...Object.fromEntries(LAYERS.flatMap((row, i) => row.map((part) => [part, LAYERS.slice(0, i).flat()]))), styles: [], main: ["app", "styles"] };

/**
 * What a package's files may import from beside it. The core stands alone, and every part of the oracle and of the kit for dApps may use it and the ABIs;
 * the kit for dApps uses TypeChain's types besides, and the explorer the kit. `opg devnet` plays with the chain that developers have.
 */
const BESIDE: Readonly<Record<string, RegExp>> = {
  oracle: /^(core|contracts\/abi)\//,
  sdk: /^(core|contracts\/abi|types\/ethers-contracts)\//,
  web: /^(core|sdk)\//,
};
const isBeside = (folder: string, path: string, target: string): boolean =>
  BESIDE[folder]?.test(target) === true || (path === "oracle/cli/devnet.ts" && target.startsWith("scripts/devnet/"));

/** The files of the repository that a file imports. */
const targetsOf = (source: Source, imports: (source: Source) => string[]): string[] =>
  imports(source)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => targetOf(source, specifier));

function arrowsIn(folder: string, sources: readonly Source[], arrows: Arrows, imports: (source: Source) => string[]): string[] {
  return sources.flatMap((source) => {
    const own = partOf(folder, source.path);
    const allowed = arrows[own];
    if (allowed === undefined) return [`${source.path}: nothing says what ${folder}/${own} may import`];
    return targetsOf(source, imports)
      .filter((target) => target.startsWith(`${folder}/`) && ![own, ...allowed].includes(partOf(folder, target)))
      .map((target) => `${source.path} imports ${target}: ${own} may import ${allowed.join(", ") || "nothing else"}`);
  });
}

/** Imports that go up, between the folders of the contracts, of the oracle, of the kit for dApps and of the explorer, and the rooms of the core. */
export function arrows(root: string): string[] {
  const contracts = sourcesOf(root, "contracts/**/*.sol");
  const oracle = sourcesOf(root, "oracle/**/*.ts");
  const core = sourcesOf(root, "core/**/*.ts");
  const sdk = sourcesOf(root, "sdk/**/*.ts");
  const web = sourcesOf(root, "web/src/**/*.{ts,tsx}");
  return [
    ...arrowsIn("contracts", contracts, CONTRACTS, solidityImportsOf),
    ...arrowsIn("oracle", oracle, ORACLE, importsOf),
    ...arrowsIn("core", core, CORE, importsOf),
    ...arrowsIn("sdk", sdk, SDK, importsOf),
    ...arrowsIn("web/src", web, WEB, importsOf),
    ...outside("contracts", contracts, solidityImportsOf),
    ...outside("oracle", oracle, importsOf),
    ...outside("core", core, importsOf),
    ...outside("sdk", sdk, importsOf),
    ...outside("web", web, importsOf),
    ...core
      .filter((source) => source.path.startsWith("core/exact/") && targetsOf(source, importsOf).includes(NOT_FOR_EXACT))
      .map(({ path }) => `${path} imports ${NOT_FOR_EXACT}, which the first reading of the rules uses`),
  ];
}

function outside(folder: string, sources: readonly Source[], imports: (source: Source) => string[]): string[] {
  return sources.flatMap((source) =>
    targetsOf(source, imports)
      .filter((target) => !target.startsWith(`${folder}/`) && !isBeside(folder, source.path, target))
      .map((target) => `${source.path} imports ${target}, outside ${folder}/`),
  );
}
