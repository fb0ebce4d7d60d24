import { useMemo } from "react";
import { copyWords, useCopy } from "../../../ui/useCopy.ts";
import { commandFor, INPUT_FILE, snippetFor, takesFile, type Wish } from "./equivalents.ts";

interface AsCodeProps {
  readonly wish: Wish;
  /** All inputs, once they are there. */
  readonly input: Uint8Array | undefined;
}

/** The same request as a command and as code, to copy. */
export function AsCode({ wish, input }: AsCodeProps) {
  return (
    <details className="as-code">
      <summary>The same as a command, or in TypeScript</summary>
      <Code name="command" text={commandFor(wish)} />
      {takesFile(wish) && input !== undefined && <Download input={input} />}
      <Code name="TypeScript" text={snippetFor(wish)} />
    </details>
  );
}

function Code({ name, text }: { readonly name: string; readonly text: string }) {
  const [copied, copy] = useCopy(text);
  return (
    <div className="code">
      <button type="button" onClick={copy} aria-label={`copy the ${name}`}>
        {copyWords(copied, "Copy")}
      </button>
      <pre tabIndex={0} aria-label={name}>
        {text}
      </pre>
    </div>
  );
}

function Download({ input }: { readonly input: Uint8Array }) {
  const url = useMemo(() => URL.createObjectURL(new Blob([new Uint8Array(input)])), [input]);
  return (
    <a href={url} download={INPUT_FILE}>
      Save {INPUT_FILE}
    </a>
  );
}
