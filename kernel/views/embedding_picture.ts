import { escape } from "../view.ts";
import type { ColourScale } from "./colours.ts";
import { FAINT, label, round, short, SOFT, svg } from "./markup.ts";
import { columns, fit } from "./token_text.ts";

/** A point of a picture. */
export interface Dot {
  /** Where it lies across. */
  x: number;
  /** How high it lies. */
  y: number;
  /** What stands beside it. */
  label?: string | undefined;
  /** What the mouse shows. */
  hint: string;
  /** Its colour. */
  colour: string;
}

/** What surrounds the points. */
interface Frame {
  title: string;
  axes: readonly [string, string];
  legend: readonly (readonly [string, string])[];
  scale?: ColourScale;
}

const [WIDTH, HEIGHT, LEFT, TOP] = [560, 440, 34, 40];
/** More groups would not be told apart by their colours. */
const MOST_NAMED = 20;

/** Points in the plane, one unit as long across as upwards; a label stands where it covers nothing. */
export function scatterPicture(dots: readonly Dot[], frame: Frame): string {
  const [px, py] = places(dots);
  const size = dots.length > 2000 ? 1.6 : dots.length > 400 ? 2.5 : 4.5;
  const side = sideOf(frame);
  const edge = frame.scale ? FAINT : "#fff"; // the middle of a scale may be white
  const right = LEFT + WIDTH;
  const points = dots.map((dot) =>
    `<circle cx="${round(px(dot.x))}" cy="${
      round(py(dot.y))
    }" r="${size}" fill="${dot.colour}" fill-opacity="0.8" stroke="${edge}" stroke-width="0.6"><title>${
      escape(dot.hint)
    }</title></circle>`
  );
  const [across, upwards] = frame.axes;
  const middle = TOP + HEIGHT / 2;
  return svg(
    Math.max(right + side.width + 14, 30 + Math.ceil(frame.title.length * 6.9)),
    TOP + HEIGHT + 34,
    frame.title,
    [
      label(LEFT, 24, frame.title, { more: 'font-weight="600"' }),
      `<rect x="${LEFT}" y="${TOP}" width="${WIDTH}" height="${HEIGHT}" rx="4" fill="none" stroke="${FAINT}"/>`,
      ...points,
      ...labels(dots, px, py, size),
      label(LEFT + WIDTH / 2, TOP + HEIGHT + 20, across, { anchor: "middle", fill: SOFT }),
      label(20, middle, upwards, {
        anchor: "middle",
        fill: SOFT,
        more: `transform="rotate(-90 20 ${middle})"`,
      }),
      ...side.parts(right + 16),
    ],
  );
}

/** From the points' own places to those in the picture. */
function places(dots: readonly Dot[]): [(x: number) => number, (y: number) => number] {
  const range = (values: number[]): [number, number] => {
    let [low, high] = [Infinity, -Infinity];
    for (const v of values) [low, high] = [Math.min(low, v), Math.max(high, v)];
    return low <= high ? [low, high] : [0, 0];
  };
  const [x0, x1] = range(dots.map(({ x }) => x)), [y0, y1] = range(dots.map(({ y }) => y));
  const pad = 26;
  const unit = Math.min(
    (WIDTH - 2 * pad) / (x1 - x0 || 1e-9),
    (HEIGHT - 2 * pad) / (y1 - y0 || 1e-9),
  );
  const scale = x1 === x0 && y1 === y0 ? 1 : unit;
  return [
    (x) => LEFT + WIDTH / 2 + (x - (x0 + x1) / 2) * scale,
    (y) => TOP + HEIGHT / 2 - (y - (y0 + y1) / 2) * scale,
  ];
}

/** The labels for which there is room, each on the first side of its point where it covers nothing. */
function labels(
  dots: readonly Dot[],
  px: (x: number) => number,
  py: (y: number) => number,
  size: number,
): string[] {
  if (dots.length > 400) return [];
  const high = 11;
  const taken = dots.map(({ x, y }) => box(px(x) - size, py(y) - size, 2 * size, 2 * size));
  const parts: string[] = [];
  for (const [i, dot] of dots.entries()) {
    if (!dot.label) continue;
    const text = fit(dot.label, 20), width = columns(text) * 6.8;
    const [x, y] = [px(dot.x), py(dot.y)];
    const sides = [
      [x + size + 2, y - high / 2],
      [x - size - 2 - width, y - high / 2],
      [x - width / 2, y - size - 2 - high],
      [x - width / 2, y + size + 2],
    ];
    for (const [left, top] of sides) {
      const wanted = box(left!, top!, width, high);
      const inside = wanted.x0 > LEFT && wanted.x1 < LEFT + WIDTH && wanted.y0 > TOP &&
        wanted.y1 < TOP + HEIGHT;
      if (!inside || taken.some((other, j) => j !== i && overlap(wanted, other))) continue;
      taken.push(wanted);
      parts.push(label(left!, top! + high - 2, text, { size: 11 }));
      break;
    }
  }
  return parts;
}

function box(x: number, y: number, width: number, height: number) {
  return { x0: x, y0: y, x1: x + width, y1: y + height };
}

function overlap(a: ReturnType<typeof box>, b: ReturnType<typeof box>): boolean {
  return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

/** What the colours mean, beside the points. */
function sideOf({ legend, scale }: Frame): { width: number; parts: (x: number) => string[] } {
  if (scale) {
    const [steps, high] = [24, 160];
    const marks = [[0, scale.high], [0.5, (scale.low + scale.high) / 2], [1, scale.low]] as const;
    return {
      width: 30 + 7 * Math.max(...marks.map(([, v]) => short(v).length)),
      parts: (x) => [
        ...Array.from({ length: steps }, (_, i) => {
          const value = scale.high - (scale.high - scale.low) * (i + 0.5) / steps;
          return `<rect x="${x}" y="${round(TOP + i * high / steps)}" width="14" height="${
            round(high / steps + 0.3)
          }" fill="rgb(${scale.at(value).join(",")})"/>`;
        }),
        ...marks.map(([at, value]) =>
          label(x + 20, TOP + at * high + 4, short(value), { fill: SOFT, size: 11 })
        ),
      ],
    };
  }
  if (legend.length < 2) return { width: 0, parts: () => [] };
  const named = legend.slice(0, MOST_NAMED).map(([name, colour]) =>
    [fit(name, 22), colour] as const
  );
  return {
    width: 24 + 6.6 * Math.max(10, ...named.map(([name]) => columns(name))),
    parts: (x) => [
      ...named.flatMap(([name, colour], i) => [
        `<circle cx="${x + 5}" cy="${TOP + 10 + 19 * i}" r="5" fill="${colour}"/>`,
        label(x + 16, TOP + 14 + 19 * i, name),
      ]),
      ...(legend.length > named.length
        ? [
          label(x + 16, TOP + 14 + 19 * named.length, `… ${legend.length - named.length} more`, {
            fill: SOFT,
          }),
        ]
        : []),
    ],
  };
}
