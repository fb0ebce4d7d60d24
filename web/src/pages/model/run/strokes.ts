/** A drawing of one channel: numbers from 0, nothing, to 1, ink; row by row. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly ink: Float32Array;
}

export const blank = (width: number, height: number): Drawing => ({ width, height, ink: new Float32Array(width * height) });

/** A place in a drawing, in pixels from its upper left corner; the middle of the first pixel is (0.5, 0.5). */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Pixels from the middle of a stroke to where its ink ends, for a drawing of that width: some 3 of 28, as handwriting in MNIST has. */
export const brushFor = (width: number): number => Math.max(0.9, width / 14);

/**
 * A line of ink from one place to another: full up to half the radius, and from there less until nothing at the radius. Where ink is
 * already, the darker of both stays.
 */
export function stroke({ width, height, ink }: Drawing, from: Place, to: Place, radius: number): Drawing {
  const drawn = ink.map((before, i) => {
    const away = distance({ x: (i % width) + 0.5, y: Math.floor(i / width) + 0.5 }, from, to);
    return Math.max(before, Math.min(1, Math.max(0, (2 * (radius - away)) / radius)));
  });
  return { width, height, ink: drawn };
}

/** From a place to the nearest one between two others. */
function distance(place: Place, from: Place, to: Place): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((place.x - from.x) * dx + (place.y - from.y) * dy) / length));
  return Math.hypot(place.x - from.x - along * dx, place.y - from.y - along * dy);
}

/** Sets one pixel. */
export const dot = ({ width, height, ink }: Drawing, column: number, row: number, value: number): Drawing => ({ width, height, ink: ink.with(row * width + column, value) });
