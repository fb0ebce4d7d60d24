import type { ReactNode } from "react";
import type { Hex } from "../../../../core/hex.ts";
import type { IndexedVersion } from "../../../../core/history/types.ts";
import { dtypeName } from "../../../../core/tensor/dtype.ts";
import { byteLength } from "../../../../core/tensor/shape.ts";
import type { TensorSpec } from "../../../../core/tensor/tensor.ts";
import { MAX_ADDRESSES, splitUris } from "../../../../core/uris.ts";
import type { NamedSpecs } from "../../../../sdk/index.ts";
import { visible } from "../../data/published.ts";
import { useChainVersion } from "../../data/useChainVersion.ts";
import { Amount } from "../../ui/amount.tsx";
import { Card, Facts } from "../../ui/facts.tsx";
import { Id } from "../../ui/ids.tsx";
import { Table, type Column } from "../../ui/table.tsx";
import { lengthOf } from "../../ui/seconds.ts";
import { When } from "../../ui/time.tsx";
import { specsOf } from "../../data/specs.ts";
import { percent } from "./revenue.ts";

/** Everything that the chain has of a version. */
export function VersionView({ version, names }: { readonly version: IndexedVersion; readonly names: NamedSpecs | undefined }) {
  const { id, publishedAt, price, minBond, minWindow, shareBps, verifier, programRoot, fileDigest, programDigest, fileURI, programURI, header } = version;
  const specs = specsOf(header, names);
  return (
    <div className="columns">
      <Card title="What the version takes and gives">
        {specs === undefined ? (
          <p className="notice bad">Its header cannot be read: none of its jobs can be asked for or judged.</p>
        ) : (
          <>
            <Specs title="Inputs" of={specs.inputs} />
            <Specs title="Outputs" of={specs.outputs} />
            {names === undefined && <p className="none">The chain knows no names: the published files have them.</p>}
          </>
        )}
      </Card>
      <Card title="The version">
        <Facts
          of={[
            ["Id", <Id of={id} />],
            ["Published", <When at={publishedAt} />],
            ["Price", <Amount of={price} />],
            ["Least bond of an operator", <Amount of={minBond} />],
            ["Least challenge window", lengthOf(minWindow)],
            ["Publisher's share of fees", percent(shareBps)],
            ["Judge", <Judge version={id as Hex} verifier={verifier} />],
            ["Program root", <Id of={programRoot} />],
            ["Canonical file (SHA-256)", <File digest={fileDigest} uris={fileURI} />],
            ["Program file (SHA-256)", <File digest={programDigest} uris={programURI} />],
          ]}
        />
      </Card>
    </div>
  );
}

const COLUMNS: readonly Column<TensorSpec>[] = [
  { name: "Name", of: ({ name }) => <code>{name}</code> },
  { name: "Type", of: ({ dtype }) => dtypeName(dtype) },
  { name: "Shape", of: ({ dims }) => (dims.length === 0 ? "one number" : dims.join(" × ")) },
  { name: "Bytes", of: (spec) => byteLength(spec).toLocaleString("en"), isNumber: true },
];

const Specs = ({ title, of }: { readonly title: string; readonly of: readonly TensorSpec[] }) => (
  <>
    <h3>{title}</h3>
    <Table title={title} columns={COLUMNS} items={of} keyOf={({ name }) => name} none="None." />
  </>
);

function Judge({ version, verifier }: { readonly version: Hex; readonly verifier: string }) {
  const chain = useChainVersion(version);
  const known = chain.data?.verifierKnown;
  return (
    <span>
      <Id of={verifier} /> {known !== undefined && <span className={known ? "badge good" : "badge bad"}>{known ? "code of a release" : "unknown code: do not rely on it"}</span>}
    </span>
  );
}

/** A file by its hash, and where it is served: an address is text, as nobody knows what is there. */
const File = ({ digest, uris }: { readonly digest: string; readonly uris: string }): ReactNode => (
  <>
    <Id of={digest} />
    {splitUris(uris)
      .slice(0, MAX_ADDRESSES)
      .map((uri, i) => (
        <code key={i} className="place">
          {visible(uri, 200)}
        </code>
      ))}
  </>
);
