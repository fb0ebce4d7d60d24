import { useId, useState } from "react";
import { dtypeName } from "../../../../../core/tensor/dtype.ts";
import { byteLength, sizeOf } from "../../../../../core/tensor/shape.ts";
import type { TensorSpec } from "../../../../../core/tensor/tensor.ts";
import type { ImageHint } from "../../../data/card.ts";
import { explained } from "../../../fault.ts";
import { EMPTY, example, fromBytes, isEmpty, type Draft } from "./draft.ts";
import { takenFrom } from "./fileInput.ts";
import type { Given } from "./given.ts";
import { ImageField } from "./imageField.tsx";
import { imageInput } from "./pixels.ts";

interface InputFieldProps {
  readonly spec: TensorSpec;
  readonly hint: ImageHint | undefined;
  readonly draft: Draft;
  readonly given: Given;
  readonly onDraft: (draft: Draft) => void;
}

/** One input of a model: its numbers as text, from a file, drawn, or as an example; with what is wrong with them. */
export function InputField({ spec, hint, draft, given, onDraft }: InputFieldProps) {
  const id = useId();
  const [fault, setFault] = useState<unknown>();
  const image = imageInput(spec, hint);
  const problem = fault ?? (isEmpty(draft) ? undefined : given.fault);
  const change = (next: Draft): void => {
    setFault(undefined);
    onDraft(next);
  };

  function fillIn(): void {
    try {
      change(example(spec));
    } catch (error) {
      setFault(error);
    }
  }

  async function read(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    try {
      if (/\.(json|txt|csv)$/i.test(file.name)) change({ kind: "text", text: await file.text() });
      else change(fromBytes(spec, new Uint8Array(await file.arrayBuffer()), file.name));
    } catch (error) {
      setFault(error);
    }
  }

  return (
    <fieldset className="input-field">
      <legend>
        {spec.name}{" "}
        <small>
          {dtypeName(spec.dtype)} {spec.dims.length > 0 && `[${spec.dims.join(", ")}]`}
        </small>
      </legend>
      {image !== undefined && <ImageField {...{ spec, image, hint, bytes: given.bytes, onDraft: change, onFault: setFault }} />}
      {draft.kind === "text" ? (
        <textarea
          id={id}
          aria-label={`numbers of ${spec.name}`}
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-problem`}
          rows={image === undefined ? 4 : 3}
          spellCheck={false}
          placeholder={`${sizeOf(spec.dims).toLocaleString("en")} numbers: 0.5, 1, 2 or [[0.5, 1], …]`}
          value={draft.text}
          onChange={(event) => change({ kind: "text", text: event.target.value })}
        />
      ) : (
        <p className="from-file">
          {draft.data.length.toLocaleString("en")} numbers from {draft.from}.
        </p>
      )}
      <p id={`${id}-problem`} role="status" className="problem">
        {problem !== undefined && `${explained(problem).message}: ${explained(problem).remedy}`}
      </p>
      <div className="input-actions">
        <button type="button" onClick={fillIn}>
          Example
        </button>
        <button type="button" disabled={isEmpty(draft)} onClick={() => change(EMPTY)}>
          Clear
        </button>
        <label className="file">
          File <input type="file" accept=".bin,.json,.txt,.csv" onChange={({ target }) => void read(takenFrom(target))} />
          <small>{byteLength(spec).toLocaleString("en")} raw bytes, or JSON</small>
        </label>
      </div>
    </fieldset>
  );
}
