import { copyWords, useCopy } from "../../ui/useCopy.ts";

/** Digits that are shown. */
const SHOWN = 4_096;

/** Bytes in hex, for the clipboard. */
export function RawBytes({ hex }: { readonly hex: string }) {
  const [copied, copy] = useCopy(hex);
  const length = (hex.length - 2) / 2;
  return (
    <details className="raw">
      <summary>{length.toLocaleString("en")} bytes in hex</summary>
      <button type="button" onClick={copy}>
        {copyWords(copied, "Copy all of them")}
      </button>
      <pre tabIndex={0} aria-label="bytes in hex">
        {hex.slice(0, SHOWN)}
        {hex.length > SHOWN && "…"}
      </pre>
    </details>
  );
}
