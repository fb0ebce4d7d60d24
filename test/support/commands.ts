/** Commands as the parties of a scene type them, and what may not happen when they are refused. */
import { expect } from "chai";
import { opg } from "./commandLine.ts";
import type { PartyName, Scene } from "./scene.ts";

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly fix?: string;
  readonly modelId?: string;
  readonly contractError?: string;
}

/** Transactions that a party has sent. */
export const nonceOf = (scene: Scene, party: PartyName): Promise<number> =>
  scene.devnet.connection.ethers.provider.getTransactionCount(scene.addressOf(party));

/** Runs a command that goes through; what it answers. */
export async function done(scene: Scene, party: PartyName, ...argv: string[]): Promise<Record<string, never>> {
  const outcome = await scene.as(party, ...argv);
  expect(outcome.code, `${argv.join(" ")}: ${outcome.stderr}`).to.equal(0);
  return outcome.json!;
}

/** Runs a command that is refused, and nothing may have been sent by it. */
export async function refused(scene: Scene, party: PartyName, ...argv: string[]): Promise<Failure & { readonly exit: number }> {
  const before = await nonceOf(scene, party);
  const outcome = await scene.as(party, ...argv);
  expect(outcome.code, argv.join(" ")).to.not.equal(0);
  expect(await nonceOf(scene, party), `${argv.join(" ")} sent something`).to.equal(before);
  return { ...(outcome.json!.error as Failure), exit: outcome.code };
}

/** Every command, by its words, with its help. */
export async function commandsWithHelp(folder: string, words: readonly string[] = []): Promise<{ words: readonly string[]; help: string }[]> {
  const { stdout } = await opg([...words, "--help"], {}, folder);
  const [, list] = stdout.split("\nCommands:\n");
  if (list === undefined) return [{ words, help: stdout }];
  const names = [...list.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name).filter((name) => name !== "help");
  const found = [];
  for (const name of names) found.push(...(await commandsWithHelp(folder, [...words, name])));
  return found;
}
