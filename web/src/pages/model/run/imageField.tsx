import { useState, type DragEvent } from "react";
import type { TensorSpec } from "../../../../../core/tensor/tensor.ts";
import { decodeTensor } from "../../../../../sdk/tensors/decode.ts";
import type { ImageHint } from "../../../data/card.ts";
import { Fault } from "../../../fault.ts";
import { Picture } from "../../../ui/tensor/picture.tsx";
import { pixelsOf } from "../../../ui/tensor/pixels.ts";
import { fromNumbers, type Draft } from "./draft.ts";
import { Pad } from "./pad.tsx";
import { inkOf, likeliestScale, numbersOf, numbersOfInk, SCALES, scalesFor, type ImageInput, type Scale } from "./pixels.ts";
import { blank } from "./strokes.ts";

/** Pixels on an edge of what can be drawn by hand. */
const LARGEST_PAD = 64;

interface ImageFieldProps {
  readonly spec: TensorSpec;
  readonly image: ImageInput;
  readonly hint: ImageHint | undefined;
  /** The input as it is, if it is one. */
  readonly bytes: Uint8Array | undefined;
  readonly onDraft: (draft: Draft) => void;
  readonly onFault: (fault: unknown) => void;
}

/** An input as a picture: chosen, dropped, or drawn. */
export function ImageField({ spec, image, hint, bytes, onDraft, onFault }: ImageFieldProps) {
  const [scale, setScale] = useState<Scale>(() => likeliestScale(image, hint));
  const [isInverted, setInverted] = useState(false);
  const canDraw = image.channels === 1 && Math.max(image.width, image.height) <= LARGEST_PAD;
  const pixels = bytes === undefined || canDraw ? undefined : pixelsOf({ spec, bytes }, hint);

  async function take(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    try {
      onDraft(fromNumbers(numbersOf(await fitted(file, image), image, scale, isInverted), file.name));
    } catch (fault) {
      onFault(fault);
    }
  }
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    void take(event.dataTransfer.files[0]);
  };

  return (
    <div className="image-field" onDragOver={(event) => event.preventDefault()} onDrop={onDrop}>
      {canDraw && (
        <Pad
          name={spec.name}
          drawing={bytes === undefined ? blank(image.width, image.height) : inkOf(decodeTensor(spec, bytes).data, image, scale, isInverted)}
          onDraw={(drawing) => onDraft(fromNumbers(numbersOfInk(drawing, image, scale, isInverted), "a drawing"))}
        />
      )}
      {pixels !== undefined && <Picture of={pixels} name={spec.name} />}
      <div className="image-controls">
        <p>
          {canDraw ? "Draw here, or choose" : "Choose"} or drop a picture: it becomes {image.width} × {image.height} pixels{image.channels === 1 ? " of grey" : ""}.
        </p>
        <label className="file">
          Picture <input type="file" accept="image/*" onChange={(event) => void take(event.target.files?.[0])} />
        </label>
        <label>
          Its numbers{" "}
          <select value={scale} onChange={(event) => setScale(event.target.value as Scale)}>
            {scalesFor(image).map((each) => (
              <option key={each} value={each}>
                {SCALES[each]}
              </option>
            ))}
          </select>
        </label>
        <label className="check">
          <input type="checkbox" checked={isInverted} onChange={(event) => setInverted(event.target.checked)} /> dark ink on white, inverted
        </label>
      </div>
    </div>
  );
}

/** A picture of any size as one of the input's, cut to its proportions from the middle. */
async function fitted(file: File, { width, height }: ImageInput): Promise<ImageData> {
  const bitmap = await createImageBitmap(file).catch((cause: unknown) => {
    throw new Fault(`"${file.name}" is no picture that this browser reads`, "choose a PNG, a JPEG or a WebP file", cause);
  });
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, (width - bitmap.width * scale) / 2, (height - bitmap.height * scale) / 2, bitmap.width * scale, bitmap.height * scale);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
