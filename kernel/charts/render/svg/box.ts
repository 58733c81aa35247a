import { escape } from "../../../view.ts";
import type { BoxTrace } from "../../figure.ts";
import { n, type Plot } from "./plot.ts";

/** A box with whiskers, and the points beyond them. */
export function boxes({ x, width, marker, ...box }: BoxTrace, { px, py }: Plot): string[] {
  const color = escape(marker.color);
  return x.flatMap((middle, i) => {
    const [left, right] = [px(middle - width / 2), px(middle + width / 2)];
    const [center, foot] = [px(middle), (right - left) / 4];
    const [q1, median, q3] = [box.q1[i]!, box.median[i]!, box.q3[i]!].map(py) as [
      number,
      number,
      number,
    ];
    const [lower, upper] = [py(box.lowerfence[i]!), py(box.upperfence[i]!)];
    return [
      `<path d="M${n(center)} ${n(q1)}V${n(lower)}m${n(-foot)} 0h${n(2 * foot)}M${n(center)} ${
        n(q3)
      }V${n(upper)}m${n(-foot)} 0h${
        n(2 * foot)
      }" fill="none" stroke="${color}" stroke-width="1.5"/>`,
      `<rect x="${n(left)}" y="${n(q3)}" width="${n(right - left)}" height="${
        n(Math.max(0, q1 - q3))
      }" fill="${color}" fill-opacity="0.5" stroke="${color}" stroke-width="1.5"/>`,
      `<path d="M${n(left)} ${n(median)}H${n(right)}" stroke="${color}" stroke-width="2"/>`,
      ...box.y[i]!.map((v) => `<circle cx="${n(center)}" cy="${n(py(v))}" r="3" fill="${color}"/>`),
    ];
  });
}
