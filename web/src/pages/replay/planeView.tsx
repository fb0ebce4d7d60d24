import { useState } from "react";
import { dtypeName } from "../../../../core/tensor/dtype.ts";
import { decimalOf, numberIn } from "../../replay/figures.ts";
import type { InputShown, Plane } from "../../replay/planes.ts";
import { shadesOf } from "../../replay/shading.ts";

/** Cells across in which there is room for the numbers, and those of a list, which is laid out in lines. */
const ROOM = 9;
const LINE = { short: 8, long: 28 } as const;

interface PlanesProps {
  readonly input: InputShown;
  /** What it is called in the model, where it has a name. */
  readonly name: string | undefined;
  /** The element that the arithmetic is at. */
  readonly current?: readonly number[];
}

/** An input of the element as a grid of numbers, in which those that it reads are framed. */
export function PlaneView({ input, name, current }: PlanesProps) {
  const [chosen, choose] = useState(0);
  const { planes, role, dims, dtype, reads, count } = input;
  if (planes.length === 0) return null;
  const found = current === undefined ? -1 : planes.findIndex(({ at }) => String(at) === String(current.slice(0, -2)));
  const place = found < 0 ? Math.min(chosen, planes.length - 1) : found;
  return (
    <figure className="plane">
      <figcaption>
        <strong>{role}</strong> {name !== undefined && <code>{name}</code>}
        <small>
          {dtypeName(dtype)} {dims.length > 0 && `[${dims.join(", ")}]`}, {reads === 1 ? "one number" : `${reads.toLocaleString("en")} numbers`} read
        </small>
      </figcaption>
      <Grid input={input} plane={planes[place]} current={found < 0 ? undefined : current} />
      {count > 1 && (
        <div className="plane-moves">
          <button type="button" aria-label={`${role}: the part before`} disabled={place === 0} onClick={() => choose(place - 1)}>
            ←
          </button>
          <span>
            [{planes[place].at.join(", ")}] · {place + 1} of {count}
          </span>
          <button type="button" aria-label={`${role}: the part after`} disabled={place === planes.length - 1} onClick={() => choose(place + 1)}>
            →
          </button>
        </div>
      )}
    </figure>
  );
}

function Grid({ input: { role, dtype }, plane, current }: { readonly input: InputShown; readonly plane: Plane; readonly current: readonly number[] | undefined }) {
  const { bits, isRead, columns, top, left } = plane;
  const shades = shadesOf(dtype, bits);
  const at = current === undefined ? -1 : ((current.at(-2) ?? 0) - top) * columns + (current.at(-1) ?? 0) - left;
  const isList = columns === 1 || columns === bits.length;
  const across = isList ? Math.min(bits.length, bits.length <= LINE.short * LINE.short ? LINE.short : LINE.long) : columns;
  const isRoomy = across <= ROOM;
  const inside = isRead.flatMap((read, i) => (read ? [i] : []));
  const label = `${role}, ${bits.length / columns} by ${columns} numbers; the element reads ${inside.length} of them${bits[inside[0]] === undefined ? "" : `, the first is ${decimalOf({ type: dtype, bits: bits[inside[0]]! })}`}`;
  return (
    <div className={`plane-grid ${isRoomy ? "roomy" : ""}`} style={{ gridTemplateColumns: `repeat(${across}, 1fr)`, maxWidth: `${across * (isRoomy ? 3.1 : 1.05)}rem` }} role="img" aria-label={label}>
      {bits.map((each, i) => (
        <span
          key={i}
          className={[isRead[i] ? "read" : "", i === at ? "current" : "", each === undefined ? "unknown" : ""].filter(Boolean).join(" ")}
          style={{ background: colourOf(shades[i]) }}
          title={each === undefined ? "not shown" : decimalOf({ type: dtype, bits: each })}
        >
          {isRoomy && each !== undefined && brief(numberIn({ type: dtype, bits: each }))}
        </span>
      ))}
    </div>
  );
}

/** Percent of colour at most, over which the numbers can still be read. */
const STRONGEST = 40;

/** Positive numbers in the accent's colour, negative ones in another; the larger, the stronger. */
function colourOf(shade: number | undefined): string | undefined {
  if (shade === undefined) return undefined;
  return `color-mix(in srgb, var(${shade < 0 ? "--open" : "--accent"}) ${Math.round(STRONGEST * Math.abs(shade))}%, var(--surface))`;
}

/** Two digits of a number, as much as fits a cell. */
const brief = (number: number): string => (Number.isInteger(number) && Math.abs(number) < 10_000 ? String(number) : Number(number.toPrecision(2)).toString().replace(/^(-?)0\./, "$1."));
