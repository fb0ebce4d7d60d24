import { useState } from "react";
import { dtypeName } from "../../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../../core/tensor/shape.ts";
import type { ImageHint } from "../../data/card.ts";
import { rowsOf, scoresOf, type TensorBytes } from "./numbers.ts";
import { Picture } from "./picture.tsx";
import { isPlainlyPicture, pixelsOf } from "./pixels.ts";
import { Scores } from "./scores.tsx";
import "./tensor.css";

interface TensorViewProps {
  readonly tensor: TensorBytes;
  /** What the model's card says if it is a picture. */
  readonly image?: ImageHint;
  /** What its places stand for. */
  readonly labels?: readonly string[];
  readonly isOutput?: boolean;
}

/** A tensor: its type and shape, and its numbers as a picture, as scores or as a table. */
export function TensorView({ tensor, image, labels, isOutput = false }: TensorViewProps) {
  const { name, dtype, dims } = tensor.spec;
  const [wanted, setWanted] = useState<boolean>();
  const canBePicture = image !== undefined || isPlainlyPicture(tensor);
  const pixels = canBePicture && (wanted ?? image !== undefined) ? pixelsOf(tensor, image) : undefined;
  const scores = isOutput ? scoresOf(tensor, labels) : undefined;
  return (
    <section className="tensor" aria-label={name}>
      <div className="tensor-head">
        <h3>{name}</h3>
        <small>
          {dtypeName(dtype)} [{dims.join(", ")}]
        </small>
        {canBePicture && (
          <label className="switch">
            <input type="checkbox" checked={pixels !== undefined} onChange={(event) => setWanted(event.target.checked)} /> as a picture
          </label>
        )}
      </div>
      {pixels !== undefined ? <Picture of={pixels} name={name} /> : scores !== undefined ? <Scores of={scores} name={name} rest={sizeOf(dims) - scores.length} /> : <Numbers tensor={tensor} />}
    </section>
  );
}

function Numbers({ tensor }: { readonly tensor: TensorBytes }) {
  const { width, rows, rest } = rowsOf(tensor);
  const { name } = tensor.spec;
  if (rows.length === 0) return <p className="none">It has no numbers.</p>;
  if (rows.length === 1 && width === 1) return <p className="single">{rows[0].values[0]}</p>;
  return (
    <>
      <div className="numbers" tabIndex={0} role="region" aria-label={`numbers of ${name}`}>
        <table className="grid" aria-label={name}>
          <tbody>
            {rows.map(({ place, values }) => (
              <tr key={place}>
                <th scope="row">{place}</th>
                {values.map((value, i) => (
                  <td key={i} className="number">
                    {value}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 && <p className="none">… and {rest.toLocaleString("en")} more numbers</p>}
    </>
  );
}
