import { escape } from "../../../view.ts";
import { rgbAt } from "../../colors.ts";
import type { Layout, SurfaceTrace } from "../../figure.ts";
import { type Scale, scale } from "../scale.ts";
import { type Box, FAINT, INK, n, SOFT } from "./plot.ts";

type Point = readonly [x: number, y: number, z: number];

/** Where the viewer stands, in half edges of the cube of the axes. */
export const EYE: { x: number; y: number; z: number } = { x: 1.35, y: -1.55, z: 0.95 };

/** More squares than this across or down are drawn as fewer, larger ones. */
const MOST = 32;

/** A surface in the cube of its axes, as seen from {@link EYE}. */
export function surface(trace: SurfaceTrace, layout: Layout, box: Box): string[] {
  const [columns, rows] = [thin(trace.x.length), thin(trace.y.length)];
  const x = scale(trace.x, { count: 5, snug: true });
  const y = scale(trace.y, { count: 5, snug: true });
  const z = scale(trace.z.flat(), { count: 5, snug: true });
  const camera = look(box);
  const corners = rows.map((r) =>
    columns.map((c): Point => [
      2 * x.at(trace.x[c]!) - 1,
      2 * y.at(trace.y[r]!) - 1,
      2 * z.at(trace.z[r]![c]!) - 1,
    ])
  );
  const squares: { depth: number; text: string }[] = [];
  for (let i = 0; i + 1 < rows.length; i++) {
    for (let j = 0; j + 1 < columns.length; j++) {
      const around = [
        corners[i]![j]!,
        corners[i]![j + 1]!,
        corners[i + 1]![j + 1]!,
        corners[i + 1]![j]!,
      ];
      const height = around.reduce((sum, p) => sum + (p[2] + 1) / 8, 0);
      const color = hex(shaded(trace, around, height));
      const path = around.map((p) => camera(p)).map(([a, b]) => `${a.toFixed(1)} ${b.toFixed(1)}`)
        .join("L");
      squares.push({
        // what stands farther back on the floor is hidden by what stands before it, however high
        depth: around.reduce((sum, p) => sum - p[0] * EYE.x - p[1] * EYE.y, 0),
        text: `<path d="M${path}Z" fill="${color}" stroke="${color}"/>`,
      });
    }
  }
  squares.sort((a, b) => b.depth - a.depth);
  return [
    ...walls(x, y, z, camera),
    `<g stroke-width="0.6" stroke-linejoin="round">`,
    ...squares.map((s) => s.text),
    `</g>`,
    ...edges(x, y, z, layout, camera),
  ];
}

function thin(length: number): number[] {
  const step = Math.max(1, Math.ceil((length - 1) / MOST));
  const all = [];
  for (let i = 0; i < length - 1; i += step) all.push(i);
  return [...all, length - 1];
}

/** The colour of a square: that of its height, lighter or darker by how the light falls on it. */
function shaded(trace: SurfaceTrace, [a, b, , d]: Point[], height: number): number[] {
  const [u, v] = [[0, 1, 2].map((i) => b![i]! - a![i]!), [0, 1, 2].map((i) => d![i]! - a![i]!)];
  const normal = [
    u[1]! * v[2]! - u[2]! * v[1]!,
    u[2]! * v[0]! - u[0]! * v[2]!,
    u[0]! * v[1]! - u[1]! * v[0]!,
  ];
  const length = Math.hypot(...normal) || 1;
  const light = (0.4 * normal[0]! - 0.3 * normal[1]! + 0.87 * Math.abs(normal[2]!)) / length;
  const strength = 0.82 + 0.2 * light;
  return rgbAt(trace.colorscale, height).map((c) =>
    Math.max(0, Math.min(255, Math.round(c * strength)))
  );
}

function hex(rgb: number[]): string {
  return "#" + rgb.map((c) => c.toString(16).padStart(2, "0")).join("");
}

/** A perspective view of the cube from -1 to 1: pixel across, pixel down, distance. */
function look(box: Box): (p: Point) => [number, number, number] {
  const far = Math.hypot(EYE.x, EYE.y, EYE.z);
  const [ex, ey, ez] = [EYE.x / far, EYE.y / far, EYE.z / far];
  const flat = Math.hypot(ex, ey);
  const right = [-ey / flat, ex / flat, 0];
  const up = [-ez * ex / flat, -ez * ey / flat, flat];
  const distance = 2 * far;
  const raw = ([x, y, z]: Point): [number, number, number] => {
    const depth = distance - (x * ex + y * ey + z * ez);
    return [
      (x * right[0]! + y * right[1]!) / depth,
      -(x * up[0]! + y * up[1]! + z * up[2]!) / depth,
      depth,
    ];
  };
  const all = [-1, 1].flatMap((x) => [-1, 1].flatMap((y) => [-1, 1].map((z) => raw([x, y, z]))));
  const [xs, ys] = [all.map((p) => p[0]), all.map((p) => p[1])];
  const [left, wide] = [Math.min(...xs), Math.max(...xs) - Math.min(...xs)];
  const [top, high] = [Math.min(...ys), Math.max(...ys) - Math.min(...ys)];
  const zoom = Math.min((box.right - box.left) / wide, (box.bottom - box.top) / high);
  const shift = [
    (box.left + box.right - zoom * wide) / 2 - zoom * left,
    (box.top + box.bottom - zoom * high) / 2 - zoom * top,
  ];
  return (p) => {
    const [a, b, depth] = raw(p);
    return [a * zoom + shift[0]!, b * zoom + shift[1]!, depth];
  };
}

type Camera = (p: Point) => [number, number, number];

/** The grid on the three walls behind the surface. */
function walls(x: Scale, y: Scale, z: Scale, camera: Camera): string[] {
  const stroke = (from: Point, to: Point, color = FAINT) => {
    const [[a, b], [c, d]] = [camera(from), camera(to)];
    return `<path d="M${n(a)} ${n(b)}L${n(c)} ${n(d)}" stroke="${color}"/>`;
  };
  const at = (axis: Scale) => axis.ticks.map((t) => 2 * axis.at(t) - 1);
  return [
    ...at(x).flatMap((v) => [stroke([v, -1, -1], [v, 1, -1]), stroke([v, 1, -1], [v, 1, 1])]),
    ...at(y).flatMap((v) => [stroke([-1, v, -1], [1, v, -1]), stroke([-1, v, -1], [-1, v, 1])]),
    ...at(z).flatMap((v) => [stroke([-1, 1, v], [1, 1, v]), stroke([-1, -1, v], [-1, 1, v])]),
    stroke([-1, -1, -1], [1, -1, -1], SOFT),
    stroke([1, -1, -1], [1, 1, -1], SOFT),
    stroke([-1, -1, -1], [-1, -1, 1], SOFT),
  ];
}

/** The labels and names of the three axes, along the edges in front. */
function edges(x: Scale, y: Scale, z: Scale, layout: Layout, camera: Camera): string[] {
  const label = (
    p: Point,
    text: string,
    color: string,
    [dx, dy]: [number, number],
    anchor: string,
  ) => {
    const [a, b] = camera(p);
    return `<text x="${n(a + dx)}" y="${n(b + dy)}" text-anchor="${anchor}" fill="${color}">${
      escape(text)
    }</text>`;
  };
  const ticks = (axis: Scale) =>
    axis.ticks.map((t): [number, string] => [2 * axis.at(t) - 1, axis.label(t)]);
  return [
    ...ticks(x).map(([v, text]) => label([v, -1, -1], text, SOFT, [-6, 15], "end")),
    ...ticks(y).map(([v, text]) => label([1, v, -1], text, SOFT, [8, 13], "start")),
    ...ticks(z).map(([v, text]) => label([-1, -1, v], text, SOFT, [-8, 4], "end")),
    label([0, -1, -1], layout.xaxis.title.text, INK, [-26, 42], "end"),
    label([1, 0, -1], layout.yaxis.title.text, INK, [42, 34], "start"),
    label([-1, -1, 1], layout.zaxis?.title.text ?? "z", INK, [-8, -12], "middle"),
  ];
}
