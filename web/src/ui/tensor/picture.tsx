import { useEffect, useRef } from "react";
import type { Pixels } from "./pixels.ts";

/** A tensor drawn pixel by pixel, and as large as its place is. */
export function Picture({ of, name }: { readonly of: Pixels; readonly name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, data } = of;
  useEffect(() => {
    canvas.current?.getContext("2d")?.putImageData(new ImageData(data, width, height), 0, 0);
  }, [data, width, height]);
  return <canvas ref={canvas} className="picture" role="img" aria-label={`${name} as a picture of ${width} × ${height} pixels`} width={width} height={height} />;
}
