/** Set for a process that holds the end of a pipe, and ends when the other end is closed. */
export const LAUNCHED: string;
export function holdOnTo(env: Record<string, string | undefined>): void;
