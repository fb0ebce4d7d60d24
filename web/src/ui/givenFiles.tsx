import { useState, type ChangeEvent } from "react";
import type { IndexedVersion } from "../../../core/history/types.ts";
import { visible } from "../data/published.ts";
import type { PublishedFiles } from "../data/publishedFiles.ts";
import "./givenFiles.css";

interface GivenFilesProps {
  readonly version: IndexedVersion;
  readonly files: PublishedFiles;
}

/** Lets the person at the page give the version's files, where a browser cannot fetch them. */
export function GivenFiles({ version, files }: GivenFilesProps) {
  const [strangers, setStrangers] = useState<readonly string[]>([]);
  const [, setGiven] = useState(0);
  const wanted = [
    ["the canonical file", version.fileDigest, version.fileURI],
    ["the program file", version.programDigest, version.programURI],
  ] as const;

  async function take({ target }: ChangeEvent<HTMLInputElement>): Promise<void> {
    const given = await Promise.all(Array.from(target.files ?? [], async (file) => ({ name: file.name, digest: files.keep(new Uint8Array(await file.arrayBuffer())) })));
    setStrangers(given.filter(({ digest }) => !wanted.some(([, expected]) => expected === digest)).map(({ name }) => name));
    setGiven((count) => count + given.length);
  }

  return (
    <div className="given">
      <p>If your browser cannot fetch the files from where they are published, give them yourself. They are recognised by their SHA-256, and never leave this page.</p>
      <ul>
        {wanted.map(([what, digest, uri]) => (
          <li key={what}>
            {files.has(digest) ? "✓" : "○"} {what}: <code>{visible(uri, 400)}</code>
          </li>
        ))}
      </ul>
      <label>
        Both files <input type="file" multiple onChange={(event) => void take(event)} />
      </label>
      <p role="status">{strangers.length > 0 && `neither of the two: ${strangers.join(", ")}`}</p>
    </div>
  );
}
