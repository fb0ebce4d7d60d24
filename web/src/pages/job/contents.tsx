import { fromHex } from "../../../../core/bytes.ts";
import type { Content, IndexedVersion, JobDetail } from "../../../../core/history/types.ts";
import type { TensorSpec } from "../../../../core/tensor/tensor.ts";
import { imageOf, labelsOf } from "../../data/card.ts";
import type { PublishedFiles } from "../../data/publishedFiles.ts";
import { explained } from "../../fault.ts";
import { Card } from "../../ui/facts.tsx";
import { tensorsIn } from "../../ui/tensor/numbers.ts";
import { RawBytes } from "./rawBytes.tsx";
import { Rooted } from "./rooted.tsx";
import { specsOf } from "../../data/specs.ts";
import { TensorView } from "../../ui/tensor/tensorView.tsx";
import type { Description } from "./useDescription.ts";

interface ContentsProps {
  readonly job: JobDetail;
  readonly version: IndexedVersion | undefined;
  readonly description: Description;
  readonly files: PublishedFiles;
}

/** What went in and what came out, by the version's header, and under the publisher's names if these were read. */
export function Contents({ job, version, description, files }: ContentsProps) {
  const { names, hints, isReading, faults, read } = description;
  const specs = version && specsOf(version.header, names);
  return (
    <>
      <div className="columns">
        <Card title="Input">
          <Side what="the input" content={job.input} specs={specs?.inputs} files={files} version={version}>
            {(spec, bytes, i) => <TensorView key={i} tensor={{ spec, bytes }} image={imageOf(hints, spec.name, specs!.inputs.length)} />}
          </Side>
        </Card>
        <Card title="Output">
          {job.submittedAt === null ? (
            <p className="none">Nobody has submitted one yet.</p>
          ) : (
            <Side what="the output" content={job.output} specs={specs?.outputs} files={files} version={version}>
              {(spec, bytes, i) => <TensorView key={i} tensor={{ spec, bytes }} labels={labelsOf(hints, spec.name, specs!.outputs.length)} isOutput />}
            </Side>
          )}
        </Card>
      </div>
      {version !== undefined && names === undefined && (
        <p className="publisher">
          <button type="button" disabled={isReading} onClick={read}>
            {isReading ? "Reading …" : "Read the publisher's names"}
          </button>
          <span>The chain has numbers and no names. The model's published file names the tensors, and its card may name the classes.</span>
        </p>
      )}
      {faults.map((fault, i) => (
        <p key={i} className="none">
          Not read: {explained(fault).message}.
        </p>
      ))}
    </>
  );
}

interface SideProps {
  readonly what: string;
  readonly content: Content;
  readonly specs: readonly TensorSpec[] | undefined;
  readonly files: PublishedFiles;
  readonly version: IndexedVersion | undefined;
  readonly children: (spec: TensorSpec, bytes: Uint8Array, place: number) => React.ReactNode;
}

function Side({ what, content: { bytes, roots, uri }, specs, files, version, children }: SideProps) {
  if (roots !== null) {
    return (
      <Rooted what={what} roots={roots} uri={uri ?? ""} specs={specs} files={files} version={version}>
        {children}
      </Rooted>
    );
  }
  const all = bytes === null ? undefined : fromHex(bytes as `0x${string}`);
  const tensors = all && specs && tensorsIn(specs, all);
  return (
    <>
      {tensors?.map(({ spec, bytes: part }, i) => children(spec, part, i))}
      {all !== undefined && specs !== undefined && tensors === undefined && (
        <p className="notice bad">
          These are {all.length} bytes, which the version's header does not describe: no honest run has them.
        </p>
      )}
      {bytes !== null && <RawBytes hex={bytes} />}
    </>
  );
}
