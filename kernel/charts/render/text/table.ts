import { table } from "../../../../lib/tensor/mod.ts";
import type { BoxTrace, Layout, ParallelTrace } from "../../figure.ts";
import { short } from "../../values.ts";

/** The quartiles of groups as a table. */
export function boxText(traces: readonly BoxTrace[], layout: Layout): string {
  const rows = traces.map((t) =>
    t.x.length === 0 ? [t.name, "no values", "", "", "", "", ""] : [
      t.name,
      ...[t.lowerfence, t.q1, t.median, t.q3, t.upperfence].map(([v]) => short(v!)),
      String(t.y[0]!.length),
    ]
  );
  const head = [layout.yaxis.title.text, "whisker", "25 %", "median", "75 %", "whisker", "beyond"];
  return table(rows, { head, numbersFrom: 1 })["text/plain"];
}

/** Lines shown by {@link parallelText}. */
const MOST = 20;

/** The runs of parallel coordinates as a table, the least of the coloured values first. */
export function parallelText({ dimensions, line }: ParallelTrace): string {
  const order = line.color.map((_, i) => i).sort((a, b) => line.color[a]! - line.color[b]!);
  const rows = order.slice(0, MOST).map((i) =>
    dimensions.map((d) => {
      const exact = d.tickvals.indexOf(d.values[i]!);
      return exact >= 0 ? d.ticktext[exact]! : short(d.log ? 10 ** d.values[i]! : d.values[i]!);
    })
  );
  const text = table(rows, { head: dimensions.map((d) => d.label), numbersFrom: 0 })["text/plain"];
  return order.length > MOST ? `${text}\n… and ${order.length - MOST} more` : text;
}
