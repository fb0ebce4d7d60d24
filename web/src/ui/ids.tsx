import { Link } from "wouter";
import { copyWords, useCopy } from "./useCopy.ts";

/** Both ends of something in hex. */
export const short = (hex: string): string => (hex.length <= 15 ? hex : `${hex.slice(0, 8)}…${hex.slice(-6)}`);

interface IdProps {
  readonly of: string;
  /** Where it leads. */
  readonly href?: string;
  /** Shown in full. */
  readonly whole?: boolean;
}

/** An id, an address or a hash: shortened, with the whole of it for the clipboard. */
export function Id({ of, href, whole = false }: IdProps) {
  const [copied, copy] = useCopy(of);
  const text = <code title={of}>{whole || copied === "refused" ? of : short(of)}</code>;
  return (
    <span className="id">
      {href === undefined ? text : <Link href={href}>{text}</Link>}
      <button type="button" className="copy" aria-label={copyWords(copied, `copy ${short(of)}`)} title="copy" onClick={copy}>
        {copied === "yes" ? "✓" : copied === "refused" ? "✗" : <CopyIcon />}
      </button>
    </span>
  );
}

/** Two sheets. Rationale: not every system's font has the character. */
const CopyIcon = () => (
  <svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
    <path d="M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3" />
  </svg>
);

/** An id within a sentence. */
export const InlineId = ({ of, href }: Pick<IdProps, "of" | "href">) => {
  const text = <code title={of}>{short(of)}</code>;
  return href === undefined ? text : <Link href={href}>{text}</Link>;
};

export const JobId = ({ of }: { readonly of: string }) => <Id of={of} href={`/jobs/${of}`} />;
export const OperatorId = ({ of }: { readonly of: string }) => <Id of={of} href={`/operators/${of}`} />;
