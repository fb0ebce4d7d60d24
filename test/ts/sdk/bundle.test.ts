import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { build, type Metafile } from "esbuild";

const root = join(import.meta.dirname, "..", "..", "..");
/** Bytes, gzipped, that a page loads of an entry before it does anything; what it loads on demand comes on top. */
const MOST = 60_000;

/** An entry as bundlers make it for browsers, without ethers or viem, which the page has: sizes by file, and what each holds. */
async function bundle(entry: string): Promise<{ readonly first: number; readonly inputs: readonly string[]; readonly onDemand: number }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, "sdk", entry)],
    outdir: "/out",
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    external: ["ethers", "viem"],
    absWorkingDir: root,
  });
  const main = Object.keys(metafile.outputs).find((path) => metafile.outputs[path].entryPoint === `sdk/${entry}`)!;
  const eager = staticallyLoaded(metafile, main);
  const sizes = new Map(outputFiles.map(({ path, contents }) => [path.split("/").at(-1)!, gzipSync(contents, { level: 9 }).length]));
  const sum = (paths: readonly string[]) => paths.reduce((total, path) => total + sizes.get(path.split("/").at(-1)!)!, 0);
  const all = Object.keys(metafile.outputs);
  return { first: sum([...eager]), inputs: [...eager].flatMap((path) => Object.keys(metafile.outputs[path].inputs)), onDemand: sum(all.filter((path) => !eager.has(path))) };
}

function staticallyLoaded({ outputs }: Metafile, main: string): ReadonlySet<string> {
  const loaded = new Set([main]);
  for (const path of loaded) for (const { path: other, kind, external } of outputs[path].imports) if (kind === "import-statement" && external !== true) loaded.add(other);
  return loaded;
}

describe("the kit in a page", function () {
  this.timeout(60_000);
  for (const entry of ["index.ts", "viem.ts", "history/index.ts"]) {
    it(`${entry} is at most ${MOST / 1000} kB, gzipped, with no compiler and no runtime in it`, async () => {
      const { first, inputs, onDemand } = await bundle(entry);
      if (process.env.OPG_FIGURES === "1") console.log({ entry, first, onDemand });
      expect(first).to.be.within(10_000, MOST);
      expect(inputs.filter((path) => /onnx|node_modules|\/(compile|exact|operators)\//.test(path))).to.deep.equal([]);
    });
  }

  it("the client of the API of an index is small, and brings no ABI", async () => {
    const { first, inputs } = await bundle("history/http.ts");
    if (process.env.OPG_FIGURES === "1") console.log({ entry: "history/http.ts", first });
    expect(first).to.be.lessThan(10_000);
    expect(inputs.filter((path) => /contracts\//.test(path))).to.deep.equal([]);
  });
});
