import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { lockDirectory } from "../../../oracle/store/lock.ts";

const HOLDER = join(import.meta.dirname, "..", "..", "support", "lockHolder.ts");

describe("lock of a data directory", () => {
  let directory: string;
  const started: ChildProcess[] = [];
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "opg-lock-"))));
  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
    rmSync(directory, { recursive: true });
  });

  /** Another process that takes the lock; what it says first. */
  const holder = async (): Promise<{ child: ChildProcess; said: string }> => {
    const child = spawn(process.execPath, [HOLDER, directory], { stdio: ["ignore", "pipe", "inherit"] });
    started.push(child);
    const said = await new Promise<string>((resolve) => child.stdout.once("data", (part: Buffer) => resolve(part.toString().trim())));
    return { child, said };
  };
  const dead = async (child: ChildProcess) => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  };
  const failure = () => {
    try {
      lockDirectory(directory)();
      return undefined;
    } catch (error) {
      return error as Error & { code: string };
    }
  };

  it("is refused while another process lives, names it, and is free when that is killed", async () => {
    const { child, said } = await holder();
    expect(said).to.equal("held");
    expect(failure()).to.include({ kind: "input", code: "DATA_DIR_IN_USE" });
    expect(failure()!.message).to.include(`process ${child.pid}`);
    await dead(child);
    expect(existsSync(join(directory, "lock")), "the note is left over").to.equal(true);
    expect(failure()).to.equal(undefined);
  });

  it("is refused to a second daemon of the same process", () => {
    const release = lockDirectory(directory);
    expect(failure()).to.include({ code: "DATA_DIR_IN_USE" });
    release();
    expect(failure()).to.equal(undefined);
  });

  for (const [whose, number] of [
    ["a foreign process that lives", process.ppid],
    ["this process itself, as in a restarted container", process.pid],
    ["the first process of the system", 1],
  ] as const) {
    it(`is not kept by a number in a file, which is that of ${whose}`, () => {
      writeFileSync(join(directory, "lock"), String(number));
      expect(failure()).to.equal(undefined);
      writeFileSync(join(directory, "lock"), `${number} on a-host\n`);
      expect(failure()).to.equal(undefined);
    });
  }

  it("goes to one of several that start at once", async () => {
    const all = await Promise.all([holder(), holder(), holder(), holder()]);
    expect(all.map(({ said }) => said).sort()).to.deep.equal(["DATA_DIR_IN_USE", "DATA_DIR_IN_USE", "DATA_DIR_IN_USE", "held"]);
  });

  it("is taken although the file was overwritten with noise, but not from one who holds it", async () => {
    const noise = Buffer.alloc(5000, 7);
    writeFileSync(join(directory, "daemon.lock"), noise);
    const { child, said } = await holder();
    expect(said).to.equal("held");
    writeFileSync(join(directory, "daemon.lock"), noise);
    expect(failure()).to.include({ code: "DATA_DIR_IN_USE" });
    await dead(child);
    expect(failure()).to.equal(undefined);
  });

  it("leaves a path as long as it is, with spaces and other letters", () => {
    directory = join(directory, "a folder of a model, größer".repeat(3), "b".repeat(200));
    mkdirSync(directory, { recursive: true });
    const release = lockDirectory(directory);
    expect(failure()).to.include({ code: "DATA_DIR_IN_USE" });
    release();
    directory = directory.slice(0, directory.indexOf("a folder") - 1);
  });

  it("says where a directory cannot be locked, and why", () => {
    writeFileSync(join(directory, "file"), "");
    const root = directory;
    directory = join(root, "file");
    expect(failure()).to.include({ kind: "input", code: "DATA_DIR_UNUSABLE" });
    directory = root;
    mkdirSync(join(directory, "daemon.lock"));
    expect(failure()).to.include({ kind: "input", code: "DATA_DIR_UNUSABLE" });
  });

  it("notes who holds it, and takes the note back", () => {
    const release = lockDirectory(directory);
    expect(readFileSync(join(directory, "lock"), "utf8")).to.match(new RegExp(`^${process.pid} on `));
    release();
    expect(existsSync(join(directory, "lock"))).to.equal(false);
  });
});
