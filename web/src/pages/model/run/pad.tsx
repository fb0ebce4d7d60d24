import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { brushFor, dot, stroke, type Drawing, type Place } from "./strokes.ts";

interface PadProps {
  readonly name: string;
  readonly drawing: Drawing;
  readonly onDraw: (drawing: Drawing) => void;
}

const STEPS: Readonly<Record<string, readonly [columns: number, rows: number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** A field to draw in, pixel by pixel as the model sees it: with mouse, pen, finger or keys. */
export function Pad({ name, drawing, onDraw }: PadProps) {
  const { width, height, ink } = drawing;
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<Place>(undefined);
  // A pointer moves more often than the page is drawn: each stroke goes on from the one before.
  const newest = useRef(drawing);
  const [cursor, setCursor] = useState<readonly [column: number, row: number]>([Math.floor(width / 2), Math.floor(height / 2)]);
  const [column, row] = cursor;
  const here = ink[row * width + column];

  useEffect(() => {
    newest.current = drawing;
  }, [drawing]);
  useEffect(() => {
    const data = new Uint8ClampedArray(4 * width * height);
    ink.forEach((value, i) => data.set([255 * value, 255 * value, 255 * value, 255], 4 * i));
    canvas.current?.getContext("2d")?.putImageData(new ImageData(data, width, height), 0, 0);
  }, [ink, width, height]);

  const placeOf = ({ clientX, clientY }: PointerEvent): Place => {
    const { left, top, width: wide, height: high } = canvas.current!.getBoundingClientRect();
    return { x: ((clientX - left) / wide) * width, y: ((clientY - top) / high) * height };
  };
  const draw = (to: Place): void => {
    newest.current = stroke(newest.current, last.current ?? to, to, brushFor(width));
    last.current = to;
    onDraw(newest.current);
  };

  function onKeyDown(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    const isInk = event.key === " " || event.key === "Enter";
    if (step === undefined && !isInk && event.key !== "Backspace" && event.key !== "Delete") return;
    event.preventDefault();
    if (step === undefined) return onDraw(dot(drawing, column, row, isInk && here < 1 ? 1 : 0));
    const next = [clamp(column + step[0], width), clamp(row + step[1], height)] as const;
    setCursor(next);
    if (event.shiftKey) onDraw(dot(drawing, ...next, 1));
  }

  return (
    <div className="pad">
      <canvas
        ref={canvas}
        width={width}
        height={height}
        tabIndex={0}
        role="application"
        aria-label={`draw ${name}: ${width} by ${height} pixels; arrow keys move, space inks and wipes, with shift a line is drawn`}
        style={{ aspectRatio: `${width} / ${height}` }}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          last.current = undefined;
          draw(placeOf(event));
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) draw(placeOf(event));
        }}
      />
      <span className="pad-cursor" style={{ left: `${(100 * column) / width}%`, top: `${(100 * row) / height}%`, width: `${100 / width}%`, height: `${100 / height}%` }} />
      <span className="unseen" role="status">
        row {row + 1}, column {column + 1}: {Math.round(100 * here)} % ink
      </span>
    </div>
  );
}

const clamp = (place: number, size: number): number => Math.min(size - 1, Math.max(0, place));
