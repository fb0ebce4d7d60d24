/** The processors that a run can be had on: this one, and those of emulators. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

/** How a process is started on a processor. */
export interface Start {
  readonly command: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Host {
  readonly name: string;
  readonly instructions: string;
  /** Undefined where it is not to be had here, for the reason that stands beside. */
  readonly start: Start | undefined;
  readonly lacking: string;
  /** Without FMA: the self-test must refuse it. */
  readonly isRefused: boolean;
}

/** Programs for another processor: Node, and the folder whose `lib` has the C and C++ libraries that it loads. */
export interface Arm64 {
  readonly node: string;
  readonly root: string;
}

const emulator = (name: string): boolean => spawnSync(name, ["--version"]).status === 0;

/**
 * What an arm64 Linux says of its processor. Without it the runtime's library reads what this machine says, finds no core of its
 * kind and ends by a segmentation fault.
 */
const CORE = {
  "Features": "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp",
  "CPU implementer": "0x41",
  "CPU architecture": "8",
  "CPU variant": "0x3",
  "CPU part": "0xd0c",
  "CPU revision": "1",
};

/** A root for the emulator, in which it looks for libraries and finds such a processor. */
function arm64Root(root: string, folder: string): string {
  const made = join(folder, "arm64");
  mkdirSync(join(made, "proc"), { recursive: true });
  symlinkSync(join(root, "lib"), join(made, "lib"));
  const core = Object.entries(CORE).map(([key, value]) => `${key}\t: ${value}\n`).join("");
  writeFileSync(join(made, "proc", "cpuinfo"), cpus().map((_, i) => `processor\t: ${i}\nBogoMIPS\t: 50.00\n${core}\n`).join(""));
  return made;
}

function armStart(arm64: Arm64 | undefined, folder: string): Pick<Host, "start" | "lacking"> {
  const lacks = (lacking: string) => ({ start: undefined, lacking });
  if (arm64 === undefined) return lacks("needs an arm64 Node and its libraries: --arm64-node and --arm64-root, see docs/hardware.md");
  if (!emulator("qemu-aarch64")) return lacks("there is no qemu-aarch64");
  for (const path of [arm64.node, join(arm64.root, "lib")]) if (!existsSync(path)) return lacks(`there is no ${path}`);
  return { start: { command: "qemu-aarch64", argv: ["-cpu", "neoverse-n1", "-L", arm64Root(arm64.root, folder), arm64.node], env: {} }, lacking: "" };
}

/** All hosts, this one first. @param folder for files that an emulator needs */
export function hosts(folder: string, arm64?: Arm64): Host[] {
  const native: Host = {
    name: cpus()[0]?.model.trim() ?? "this processor",
    instructions: `${process.arch}, native`,
    start: { command: process.execPath, argv: [], env: {} },
    lacking: "",
    isRefused: false,
  };
  const hasX64 = process.arch === "x64" && emulator("qemu-x86_64");
  const emulated = (cpu: string, instructions: string, isRefused: boolean): Host => ({
    name: `${cpu}, emulated`,
    instructions,
    start: hasX64 ? { command: "qemu-x86_64", argv: ["-cpu", cpu, process.execPath], env: {} } : undefined,
    lacking: hasX64 ? "" : "there is no qemu-x86_64",
    isRefused,
  });
  return [
    native,
    emulated("Haswell", "x64, AVX2 and FMA", false),
    emulated("SandyBridge", "x64, AVX without FMA", true),
    { name: "Neoverse N1, emulated", instructions: "arm64, NEON", ...armStart(arm64, folder), isRefused: false },
  ];
}
