import {
  CollectStackTraces,
  EdrContext,
  L1_CHAIN_TYPE,
  l1GenesisState,
  l1HardforkFromString,
  l1SolidityTestRunnerFactory,
  type Artifact,
  type ArtifactId,
  type SuiteResult,
} from "@nomicfoundation/edr";
import type { CompiledContract } from "./compile.ts";
import { root } from "./compile.ts";

/** One test function of a suite. */
export interface Test {
  readonly suite: string;
  readonly name: string;
  readonly fuzz: boolean;
}
export interface Outcome {
  readonly test: Test;
  readonly passed: boolean;
  readonly reason: string;
  /** Of an invariant: runs that broke nothing. */
  readonly runs: number;
}
/** How long invariants are tried, and with which dice. */
export interface Effort {
  readonly runs: number;
  readonly depth: number;
  readonly seed: number;
}

const HARDFORK = "Osaka";
/** In place of a mutant's number: tell which places are reached (Probe.sol). */
export const RECORD = (1n << 160n) - 1n;
/** A mutant whose test takes more gas loops. */
const GAS_LIMIT = 1n << 28n;
const FUZZ_RUNS = 24;
const LITTLE: Effort = { runs: 1, depth: 1, seed: 0x0475 };

const bytes = (value: bigint, length: number): Uint8Array => Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * length, "0"), "hex"));
const plain = (signature: string): string => signature.replace(/\(.*$/, "");

let shared: Promise<EdrContext> | undefined;
/** EDR wants to be started once. */
const context = (): Promise<EdrContext> =>
  (shared ??= (async () => {
    const edr = new EdrContext();
    await edr.registerSolidityTestRunnerFactory(L1_CHAIN_TYPE, l1SolidityTestRunnerFactory());
    return edr;
  })());

/** Runs Solidity tests on contracts given in memory. */
export class Runner {
  readonly tests: readonly Test[];
  readonly #artifacts: Artifact[];
  readonly #suites: ReadonlyMap<string, ArtifactId>;
  readonly #context: EdrContext;

  private constructor(context: EdrContext, artifacts: Artifact[], suites: ReadonlyMap<string, ArtifactId>, tests: readonly Test[]) {
    this.#context = context;
    this.#artifacts = artifacts;
    this.#suites = suites;
    this.tests = tests;
  }

  static async create(contracts: Record<string, Record<string, CompiledContract>>): Promise<Runner> {
    const artifacts: Artifact[] = [];
    const suites = new Map<string, ArtifactId>();
    const tests: Test[] = [];
    for (const [source, named] of Object.entries(contracts))
      for (const [name, { abi, evm }] of Object.entries(named)) {
        const id = { name, solcVersion: "0.8.37", source };
        const code = { bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}` };
        artifacts.push({ id, contract: { abi: JSON.stringify(abi), ...code, linkReferences: {}, deployedLinkReferences: {} } });
        if (!source.endsWith(".t.sol") || evm.bytecode.object === "") continue;
        const own = abi.filter((f) => f.type === "function" && /^(test|invariant)/.test(f.name ?? ""));
        if (own.length === 0) continue;
        const suite = `${source}:${name}`;
        suites.set(suite, id);
        tests.push(...own.map((f) => ({ suite, name: f.name!, fuzz: (f.inputs ?? []).length > 0 })));
      }
    return new Runner(await context(), artifacts, suites, tests);
  }

  /** Runs these tests with the block's beneficiary at `beneficiary`; also tells the places that were reached. */
  async run(tests: readonly Test[], beneficiary: bigint, { runs, depth, seed } = LITTLE): Promise<{ outcomes: Outcome[]; reached: Set<number> }> {
    const reached = new Set<number>();
    const outcomes: Outcome[] = [];
    if (tests.length === 0) return { outcomes, reached };
    const wanted = new Map<string, Map<string, Test>>();
    for (const test of tests) wanted.set(test.suite, (wanted.get(test.suite) ?? new Map<string, Test>()).set(test.name, test));
    const suites = new Set([...wanted.keys()].map((suite) => this.#suites.get(suite)!));
    // What is handed over is read anew every time: of the tests only those that are to run.
    const artifacts = this.#artifacts.filter(({ id }) => !id.source.endsWith(".t.sol") || suites.has(id));
    const pattern = `^(${[...new Set(tests.map((t) => t.name))].join("|")})\\(`;
    await new Promise<void>((resolve, reject) => {
      let left = wanted.size;
      const done = (result: SuiteResult): void => {
        const suite = wanted.get(`${result.id.source}:${result.id.name}`)!;
        const seen = result.testResults.flatMap((r) => {
          // A failing setUp stands for every test of its suite.
          const own = r.name === "setUp()" ? [...suite.values()] : [suite.get(plain(r.name))].filter((t) => t !== undefined);
          return own.map((test) => ({ test, passed: r.status === "Success", reason: r.reason ?? "", runs: "runs" in r.kind ? Number(r.kind.runs) : 0 }));
        });
        outcomes.push(...seen);
        if (--left === 0) resolve();
      };
      this.#context
        .runSolidityTests(
          L1_CHAIN_TYPE,
          artifacts,
          [...suites],
          {
            projectRoot: root,
            hardfork: HARDFORK,
            localPredeploys: l1GenesisState(l1HardforkFromString(HARDFORK)),
            blockCoinbase: bytes(beneficiary, 20),
            testPattern: pattern,
            gasLimit: GAS_LIMIT,
            disableBlockGasLimit: true,
            disableTransactionGasCap: true,
            fuzz: { runs: FUZZ_RUNS, seed: `0x${seed.toString(16)}` },
            // With what it has seen in storage, EDR draws other moves each time.
            invariant: { runs, depth, shrinkRunLimit: 0, dictionaryWeight: 0, includeStorage: false, includePushBytes: false },
            collectStackTraces: CollectStackTraces.OnFailure,
            observability: {
              codeCoverage: {
                onCollectedCoverageCallback: (hits) => {
                  for (const hit of hits) reached.add(Number(BigInt(`0x${Buffer.from(hit).toString("hex")}`)));
                  return Promise.resolve();
                },
              },
            },
          },
          { buildInfos: [], ignoreContracts: false },
          done,
        )
        .catch(reject);
    });
    return { outcomes, reached };
  }
}
