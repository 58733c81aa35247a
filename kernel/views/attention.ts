import { DrawnView } from "../drawn_view.ts";
import { escape, type View } from "../view.ts";
import { type AttentionGroup, packWeights, type ReadGroup, readGroups } from "./attention_data.ts";
import page from "./attention_page.js" with { type: "text" };
import { headPicture, modelPicture } from "./attention_picture.ts";
import { image, svgSource, textTable } from "./markup.ts";

/** How {@link headView} and {@link modelView} draw. */
export interface AttentionViewOptions {
  /** What stands above. @default {what the first group is called} */
  title?: string;
  /** Which example of the batch. @default {0} */
  example?: number;
  /** The layer that is shown first. @default {0} */
  layer?: number;
  /** The only head that is shown first. @default {all; in the static picture, their mean} */
  head?: number;
}

/**
 * Shows what the heads of a layer of attention look at: two columns of tokens, and lines as strong as the weights.
 *
 * Where scripts run, layer and heads can be chosen, and the mouse over a token leaves its lines only; elsewhere there is
 * a picture of one layer.
 *
 * @param attention The weights and the tokens; several groups, such as an encoder's, a decoder's and those between, can
 * be chosen from.
 * @param options What is shown first.
 * @throws {RangeError} If weights and tokens do not fit together.
 *
 * @example
 * ```ts
 * import { headView } from "@tome/tome/display";
 * import { captureAttention, SelfAttention } from "@tome/tome/nn";
 * import { randomNormal, useDevice } from "@tome/tome/tensor";
 * import assert from "node:assert/strict";
 *
 * await useDevice("cpu");
 * using layer = new SelfAttention({ embedDim: 8, numHeads: 2 });
 * const weights = await captureAttention(layer, () => layer.forward(randomNormal([1, 3, 8])));
 * const view = headView({ weights, queries: ["The", " cat", " sat"] });
 * assert.match(view.bundle["text/plain"], /The +The 1\.00/);
 * ```
 * @see Vig, 2019, "A Multiscale Visualization of Attention in the Transformer Model", https://arxiv.org/abs/1906.05714
 */
export function headView(
  attention: AttentionGroup | readonly AttentionGroup[],
  options: AttentionViewOptions = {},
): View {
  const { layer = 0, head, title } = options;
  const groups = readGroups(attention, options.example ?? 0);
  const first = groups[0]!;
  checkChoice("layer", layer, first.layers.length);
  if (head !== undefined) checkChoice("head", head, first.heads);
  const name = title ?? first.name;
  const text = [`${name}: ${describe(first)}`, strongest(first, layer, head)].join("\n");
  return view("head", groups, options, text, headPicture(first, layer, head, name));
}

/**
 * Shows every head of every layer of attention at once: a small picture each, layers down and heads across.
 *
 * Where scripts run, a click enlarges a head, with the mouse over a token as in {@link headView}.
 *
 * @param attention The weights and the tokens; several groups can be chosen from.
 * @param options What is shown; `layer` and `head` are not read.
 * @throws {RangeError} If weights and tokens do not fit together.
 */
export function modelView(
  attention: AttentionGroup | readonly AttentionGroup[],
  options: AttentionViewOptions = {},
): View {
  const groups = readGroups(attention, options.example ?? 0);
  const first = groups[0]!;
  const name = options.title ?? first.name;
  const text = [`${name}: ${describe(first)}`, spread(first)].join("\n");
  return view("model", groups, options, text, modelPicture(first, name));
}

function view(
  mode: "head" | "model",
  groups: readonly ReadGroup[],
  { title, layer = 0, head }: AttentionViewOptions,
  text: string,
  picture: string,
): View {
  const data = {
    mode,
    title: title ?? (groups.length === 1 ? groups[0]!.name : ""),
    layer,
    head,
    groups: groups.map((group) => {
      const { at: _at, ...rest } = group;
      return { ...rest, data: packWeights(group) };
    }),
  };
  return new DrawnView({
    "text/plain": text,
    "text/html": [
      `<div data-tome-attention="${escape(JSON.stringify(data))}">`,
      image(svgSource(picture), text.split("\n", 1)[0]!),
      `</div>`,
      `<script>${page}</script>`,
    ].join("\n"),
    "image/svg+xml": picture,
  });
}

function checkChoice(what: string, value: number, count: number): void {
  if (!(Number.isInteger(value) && value >= 0 && value < count)) {
    throw new RangeError(
      `Cannot show attention as ${what} must be in 0…${count - 1}: current ${what} is ${value}`,
    );
  }
}

function describe({ layers, heads, T, S }: ReadGroup): string {
  const many = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;
  return `${many(layers.length, "layer")} of ${many(heads, "head")}, ${T} → ${many(S, "token")}`;
}

/** What each token looks at most, as text. */
function strongest(group: ReadGroup, layer: number, head: number | undefined): string {
  const { T, S, queries, keys } = group;
  const rows = Array.from({ length: Math.min(T, 40) }, (_, t) => {
    const weights = keys.map((key, s) => [key, group.at(layer, head, t, s)] as const);
    const most = weights.filter(([, w]) => w >= 0.005).sort(([, a], [, b]) => b - a).slice(0, 4);
    return [queries[t]!, most.map(([key, w]) => `${key} ${w.toFixed(2)}`).join("  ")];
  });
  const who = head === undefined ? `mean of ${group.heads} heads` : `head ${head}`;
  const table = textTable(rows, { head: ["token", `looks at (${group.layers[layer]}, ${who})`] });
  return T > rows.length ? `${table}\n… ${T - rows.length} more of ${T} × ${S}` : table;
}

/** How widely each head looks, as text: the mean entropy of its rows. */
function spread(group: ReadGroup): string {
  const { T, S, heads, layers } = group;
  const entropy = (layer: number, head: number) => {
    let sum = 0;
    for (let t = 0; t < T; t++) {
      for (let s = 0; s < S; s++) {
        const w = group.at(layer, head, t, s);
        if (w > 0) sum -= w * Math.log(w);
      }
    }
    return sum / T;
  };
  const every = Array.from({ length: heads }, (_, head) => head);
  const rows = layers.map((
    path,
    layer,
  ) => [path, ...every.map((h) => entropy(layer, h).toFixed(2))]);
  const head = ["entropy (nats)", ...every.map((h) => `head ${h}`)];
  return textTable(rows, { head, align: ["left", ...every.map(() => "right" as const)] });
}
