import { useState, type ReactNode } from "react";
import type { IndexedVersion } from "../../../../core/history/types.ts";
import type { TensorSpec } from "../../../../core/tensor/tensor.ts";
import type { PublishedFiles } from "../../data/publishedFiles.ts";
import { Fault } from "../../fault.ts";
import { Id } from "../../ui/ids.tsx";
import { Failure } from "../../ui/states.tsx";
import { tensorsIn, type TensorBytes } from "../../ui/tensor/numbers.ts";

interface RootedProps {
  readonly what: string;
  readonly roots: readonly string[];
  /** Where the values are served. */
  readonly uri: string;
  readonly specs: readonly TensorSpec[] | undefined;
  readonly files: PublishedFiles;
  readonly version: IndexedVersion | undefined;
  readonly children: (spec: TensorSpec, bytes: Uint8Array, place: number) => ReactNode;
}

type Fetched = { readonly kind: "not asked" | "asked" } | { readonly kind: "there"; readonly tensors: readonly TensorBytes[] } | { readonly kind: "failed"; readonly fault: unknown };

/** Tensors of which the chain has the roots: their values are fetched when somebody asks for them, and must have these roots. */
export function Rooted({ what, roots, uri, specs, files, version, children }: RootedProps) {
  const [fetched, setFetched] = useState<Fetched>({ kind: "not asked" });

  async function ask(): Promise<void> {
    setFetched({ kind: "asked" });
    try {
      if (specs === undefined || version === undefined) throw new Fault("the version's header cannot be read", "use another version");
      const { rootedValues } = await import("../../../../sdk/jobs/values.ts");
      const bytes = await rootedValues(what, specs, roots, uri, files.fetcher(version));
      setFetched({ kind: "there", tensors: tensorsIn(specs, bytes)! });
    } catch (fault) {
      setFetched({ kind: "failed", fault });
    }
  }

  return (
    <>
      <p>It is too large for the chain, which has the roots of its tensors.</p>
      <ul className="roots">
        {roots.map((root, i) => (
          <li key={i}>
            {specs?.[i]?.name ?? `tensor ${i}`} <Id of={root} />
          </li>
        ))}
      </ul>
      {fetched.kind === "there" ? (
        fetched.tensors.map(({ spec, bytes }, i) => children(spec, bytes, i))
      ) : (
        <button type="button" disabled={fetched.kind === "asked"} onClick={() => void ask()}>
          {fetched.kind === "asked" ? "Fetching …" : "Fetch the values and check them"}
        </button>
      )}
      {fetched.kind === "failed" && <Failure of={fetched.fault} />}
    </>
  );
}
