import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { solidityImportsOf, sourcesOf, targetOf } from "../../../checks/boundaries/source.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const json = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8")) as Record<string, never>;
const manifest = (folder: string) => json(join(folder, "package.json")) as unknown as Manifest;

const PACKAGES = ["contracts", "core", "sdk", "oracle"] as const;
/** What people look at; it is files alone, and nobody imports it. */
const EXPLORER = "web";
/** What makes a project that uses these; nobody imports it. */
const MAKER = "create-opg-app";

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly version: string;
  readonly license: string;
  readonly engines?: { readonly node: string };
  readonly files?: readonly string[];
  readonly exports?: object;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Locked {
  readonly hasInstallScript?: boolean;
  readonly engines?: Record<string, string>;
  readonly link?: boolean;
}

describe("an installation", () => {
  const packages = Object.entries(json("package-lock.json").packages as Record<string, Locked>);

  it("runs no script of any package, whichever npm it is: npm run trim-lock keeps it so", () => {
    expect(packages.length).to.be.greaterThan(300);
    expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([name]) => name)).to.deep.equal([]);
  });

  it("has opg of its own among the commands, so that npx opg installs nothing and builds nothing", () => {
    expect(json("package.json")).to.deep.include({ private: true, workspaces: ["contracts", "core", "sdk", "oracle", "web", "create-opg-app"] }).and.not.have.property("bin");
    expect(json("oracle/package.json")).to.deep.include({ name: "opengradient-optimistic", bin: { opg: "opg.mjs" } });
    const links = packages.filter(([, { link }]) => link).map(([path]) => path);
    expect(links).to.have.members([...PACKAGES, EXPLORER, MAKER].map((folder) => `node_modules/${manifest(folder).name}`));
  });

  it("has packages that are published together: one version, one licence, exact dependencies in the root's versions, and no script but of packing", () => {
    const root = manifest(".");
    const versions = { ...root.devDependencies, ...Object.fromEntries([...PACKAGES, EXPLORER].map((folder) => [manifest(folder).name, root.version])) };
    expect(manifest(MAKER)).to.include({ version: root.version, license: root.license }).and.not.have.property("dependencies");
    for (const folder of PACKAGES) {
      const { private: hidden, version, license, engines, files, exports, scripts, dependencies, optionalDependencies = {} } = manifest(folder);
      expect({ hidden, version, license }, folder).to.deep.equal({ hidden: undefined, version: root.version, license: root.license });
      expect(engines?.node, folder).to.match(/^>=20/);
      expect(files, folder).to.include("dist");
      expect(exports, folder).to.have.property(".");
      expect(Object.keys(scripts!), folder).to.have.members(["prepack", "postpack"]);
      for (const [name, exact] of Object.entries({ ...dependencies, ...optionalDependencies })) {
        expect(exact, `${name} of ${folder}`).to.match(/^\d+\.\d+\.\d+$/);
        if (versions[name] !== undefined) expect(exact, `${name} of ${folder}`).to.equal(versions[name]);
      }
    }
    const { version, license, files, dependencies: none, devDependencies } = manifest(EXPLORER);
    expect({ version, license, files, none }).to.deep.equal({ version: root.version, license: root.license, files: ["dist"], none: undefined });
    for (const [name, exact] of Object.entries(devDependencies!)) expect(exact, `${name} of ${EXPLORER}`).to.equal(versions[name] ?? exact.match(/^\d+\.\d+\.\d+$/)?.[0]);
    // A range that the version tested with is the least of.
    const { peerDependencies } = manifest("sdk");
    for (const [name, range] of Object.entries(peerDependencies!)) expect(range, name).to.equal(`^${versions[name].replace(/\d+$/, "0")}`);
    const { dependencies } = manifest("oracle");
    expect(dependencies.zod).to.equal(manifest("core").dependencies.zod);
  });

  it("lets consumers compile what they import with a compiler of theirs, and pins everything else to the one that deploys it", () => {
    const sources = new Map(sourcesOf(ROOT, "contracts/**/*.sol").map((source) => [source.path, source]));
    const imported = new Set([...sources.keys()].filter((path) => /^contracts\/(consumer|interfaces|testing)\//.test(path)));
    // What is added while the set is gone through is gone through as well.
    for (const path of imported) {
      const source = sources.get(path)!;
      for (const target of solidityImportsOf(source)) if (target.startsWith(".")) imported.add(targetOf(source, target));
    }
    expect(imported.size).to.be.within(15, sources.size / 2);
    const { solc } = manifest(".").devDependencies!;
    const pragmaOf = (text: string): string => /^pragma solidity (.*);$/m.exec(text)![1];
    const patchOf = (pragma: string): number => Number(/^(?:\^|>=)0\.8\.(\d+)$/.exec(pragma)?.[1] ?? 0);
    // An interface's events can be emitted from 0.8.21 on, and without an error of the compiler from 0.8.22; CLZ is there from 0.8.31 on.
    const ownLeast = (text: string): number => (/\bclz\(/.test(text) ? 31 : /\bemit I\w+\./.test(text) ? 22 : 20);
    /** The least 0.8 that a file compiles with, and what it imports. */
    const least = (path: string, text: string): number => {
      const targets = solidityImportsOf({ path, text }).map((target) => (target.startsWith(".") ? targetOf({ path, text }, target) : join("node_modules", target)));
      const inner = targets.map((target) => least(target, readFileSync(join(ROOT, target), "utf8")));
      return Math.max(20, path.startsWith("node_modules") ? patchOf(pragmaOf(text)) : ownLeast(text), ...inner);
    };
    for (const { path, text } of sources.values()) expect(pragmaOf(text), path).to.equal(imported.has(path) ? `^0.8.${least(path, text)}` : solc);
  });

  it("is what the README types, and what the checks of a change run", () => {
    const [readme, run] = ["README.md", ".ci/run"].map((file) => readFileSync(join(ROOT, file), "utf8"));
    expect(readme).to.include("npm ci && npm test");
    expect(run.split("\n").filter((line) => line.startsWith("npm "))).to.deep.equal(["npm ci --no-audit --no-fund", "npm test"]);
  });

  it("sets nothing that npm 10 or 11 does not know", () => {
    const settings = readFileSync(join(ROOT, ".npmrc"), "utf8").split("\n").filter((line) => line !== "").map((line) => line.split("=")[0]);
    expect(settings).to.have.members(["fund", "audit"]);
  });
});
