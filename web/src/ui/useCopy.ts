import { useState } from "react";

/** Milliseconds for which it is said what became of a copy. */
const SAID = 1_500;

export type Copied = "no" | "yes" | "refused";

/** Puts a text onto the clipboard, and tells for a moment what became of it. Browsers refuse pages that came over plain http from another machine. */
export function useCopy(text: string): readonly [copied: Copied, copy: () => void] {
  const [copied, setCopied] = useState<Copied>("no");
  async function copy(): Promise<void> {
    // Typed as always there, which it is only for pages that the browser takes for safe.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    const done = clipboard === undefined ? false : await clipboard.writeText(text).then(() => true, () => false);
    setCopied(done ? "yes" : "refused");
    setTimeout(() => setCopied("no"), SAID);
  }
  return [copied, () => void copy()];
}

/** What became of it in a word, on the button. */
export const copyWords = (copied: Copied, otherwise: string): string => ({ no: otherwise, yes: "Copied", refused: "Not allowed here: select it" })[copied];
