import type { Command } from "commander";

export interface CommandOutline {
  readonly name: string;
  readonly usage: string;
  readonly about: string;
}

export const COMMANDS: readonly CommandOutline[];
export function emptyProgram(): Command;
export function outline(program: Command, command: CommandOutline): Command;
export function answer(argv: readonly string[]): void;
