import { encode } from "fast-png";

type Point = readonly [x: number, y: number];

/** A shape of the logo on a square of 64 by 64. */
interface Shape {
  color: string;
  points: readonly Point[];
}

/** An open book, whose pages are joined by the threads of a network. */
const SHAPES: readonly Shape[] = [
  { color: "#0072b2", points: [[4, 9], [32, 15], [60, 9], [60, 54], [32, 60], [4, 54]] },
  { color: "#ffffff", points: [[9, 15], [30, 19.5], [30, 54], [9, 49]] },
  { color: "#ffffff", points: [[55, 15], [34, 19.5], [34, 54], [55, 49]] },
  ...lines([[15, 24], [25, 34], [15, 42]], "#56b4e9"),
  ...lines([[49, 24], [39, 34], [49, 42]], "#56b4e9"),
  ...lines([[25, 34], [39, 34]], "#56b4e9"),
  ...[[15, 24], [25, 34], [15, 42], [49, 24], [39, 34], [49, 42]].map(([x, y]) =>
    dot(x!, y!, "#d55e00")
  ),
];

function lines(points: readonly Point[], color: string): Shape[] {
  return points.slice(1).map(([x1, y1], i) => {
    const [x0, y0] = points[i]!;
    const length = Math.hypot(x1 - x0, y1 - y0);
    const [dx, dy] = [(y1 - y0) / length, (x0 - x1) / length];
    const corners: Point[] = [
      [x0 + dx, y0 + dy],
      [x1 + dx, y1 + dy],
      [x1 - dx, y1 - dy],
      [x0 - dx, y0 - dy],
    ];
    return { color, points: corners };
  });
}

function dot(x: number, y: number, color: string): Shape {
  const points = Array.from({ length: 12 }, (_, i): Point => {
    const angle = i * Math.PI / 6;
    return [x + 3.5 * Math.cos(angle), y + 3.5 * Math.sin(angle)];
  });
  return { color, points };
}

/** The logo as an SVG picture. */
export function logoSvg(): string {
  const round = (n: number) => Number(n.toFixed(2));
  const shapes = SHAPES.map(({ color, points }) =>
    `<polygon fill="${color}" points="${points.map((p) => p.map(round).join(",")).join(" ")}"/>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">\n${
    shapes.join("\n")
  }\n</svg>\n`;
}

/**
 * The logo as a PNG picture.
 *
 * @param size Its width and height in pixels.
 */
export function logoPng(size: number): Uint8Array {
  const samples = 4; // along each side of a pixel
  const data = new Uint8Array(4 * size * size);
  for (let pixel = 0; pixel < size * size; pixel++) {
    let [alpha, sum] = [0, [0, 0, 0]];
    for (let i = 0; i < samples ** 2; i++) {
      const x = (pixel % size + (i % samples + 0.5) / samples) * 64 / size;
      const y = (Math.floor(pixel / size) + (Math.floor(i / samples) + 0.5) / samples) * 64 / size;
      const top = SHAPES.findLast(({ points }) => inside(points, x, y));
      if (!top) continue;
      alpha++;
      sum = sum.map((v, c) => v + parseInt(top.color.slice(1 + 2 * c, 3 + 2 * c), 16));
    }
    if (alpha === 0) continue;
    data.set(
      [...sum.map((v) => Math.round(v / alpha)), Math.round(255 * alpha / samples ** 2)],
      4 * pixel,
    );
  }
  return encode({ width: size, height: size, data, channels: 4 });
}

/** Whether a point lies in a polygon: a ray from it crosses the edge an odd number of times. */
function inside(points: readonly Point[], x: number, y: number): boolean {
  let odd = false;
  for (const [i, [x1, y1]] of points.entries()) {
    const [x0, y0] = points.at(i - 1)!;
    if ((y0 > y) !== (y1 > y) && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)) odd = !odd;
  }
  return odd;
}
