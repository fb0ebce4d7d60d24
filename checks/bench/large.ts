/** What large models take: `opg model compile` and `opg model certify`, whole commands in processes of their own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onnxData, readLightModel } from "../../test/support/onnxData.ts";
import { measureCommand, type CommandUse } from "./commands.ts";
import { large } from "./networks/large.ts";
import type { Target } from "./target.ts";

interface Case {
  readonly name: string;
  readonly file: () => Uint8Array;
  readonly args: readonly string[];
  /** MiB of the largest process, MiB of all together, seconds. */
  readonly limits: { readonly largest?: number; readonly together?: number; readonly cpu?: number; readonly wall?: number };
}

export interface Measured extends CommandUse {
  readonly name: string;
  readonly limits: Case["limits"];
}

const COMPILE = ["model", "compile"];
const CERTIFY = ["model", "certify", "--elements"];

/** The light architectures of the ONNX project's test data, with seeded weights, against a fifth of the time and half of the memory that they took at 8b89735. */
const LIGHT: readonly Case[] =
  onnxData === undefined
    ? []
    : [
        { name: "compile ResNet-50", file: () => readLightModel(onnxData!, "resnet50"), args: COMPILE, limits: { wall: 10.3, largest: 474 } },
        { name: "compile VGG-19", file: () => readLightModel(onnxData!, "vgg19"), args: COMPILE, limits: { largest: 1_526 } },
        { name: "certify ResNet-50, 4 elements a node", file: () => readLightModel(onnxData!, "resnet50"), args: [...CERTIFY, "4"], limits: { wall: 60 } },
      ];

/** Certifying compiles, runs, commits to the trace, opens it, and convicts a wrong number in every node. */
const CASES: readonly Case[] = [...LIGHT, { name: "certify 552 MB of weights, 335 MB of trace", file: large, args: [...CERTIFY, "1"], limits: { together: 4_096 } }];

/** @param checkout whose commands are run */
export async function measureLarge(checkout: string, onCase: (name: string) => void): Promise<Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), "opg-bench-"));
  const path = join(folder, "model.onnx");
  try {
    const measured: Measured[] = [];
    for (const { name, file, args, limits } of CASES) {
      onCase(name);
      writeFileSync(path, file());
      measured.push({ name, limits, ...(await measureCommand(checkout, [...args, path])) });
    }
    return measured;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function showLarge(measured: readonly Measured[], say: (line: string) => void): void {
  say("\n| command | clock | processors | largest process | all processes | exit code |\n|---|--:|--:|--:|--:|--:|");
  for (const { name, wall, cpu, largest, together, exitCode } of measured) {
    say(`| ${name} | ${wall.toFixed(1)} s | ${cpu.toFixed(1)} s | ${largest.toFixed(0)} MiB | ${together.toFixed(0)} MiB | ${exitCode} |`);
  }
}

const UNITS = { wall: "s", cpu: "s of CPU", largest: "MiB", together: "MiB together" } as const;

export const largeTargets = (measured: readonly Measured[]): Target[] =>
  measured.flatMap(({ limits, ...use }) => [
    { name: `${use.name}, exit code`, measured: use.exitCode ?? -1, limit: 0, unit: "" },
    ...(Object.keys(UNITS) as (keyof typeof UNITS)[]).flatMap((key): Target[] => (limits[key] === undefined ? [] : [{ name: use.name, measured: use[key], limit: limits[key], unit: UNITS[key] }])),
  ]);
