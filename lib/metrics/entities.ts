import { table, type TableBundle } from "../tensor/mod.ts";
import { type PrecisionRecallF1, precisionRecallF1 } from "./f1.ts";
import { type CountedMetric, countedMetric, lengthOf } from "./metric.ts";

/** A named stretch of a sentence. */
export interface Entity {
  /** What it is, such as `PER`. */
  type: string;
  /** Its first token. */
  start: number;
  /** The token after its last. */
  end: number;
}

/**
 * How tags are read. `"lenient"`, as CoNLL's evaluation: an entity also starts where a tag only continues one of another type or none, so
 * that IOB1, IOB2 and BIOES are all read. `"IOB2"`: only `B-` starts one. `"BIOES"`: `S-`, or `B-` … `E-`; one that is not ended
 * does not count.
 */
export type TagScheme = "lenient" | "IOB2" | "BIOES";

/** A tag's prefix and type. */
function partsOf(tag: string): [prefix: string, type: string] {
  const at = tag.indexOf("-");
  return at < 0
    ? [tag[0] ?? "O", tag.slice(1) || "_"]
    : [tag.slice(0, at), tag.slice(at + 1) || "_"];
}

function startsHere(
  scheme: TagScheme,
  [before, type]: [string, string],
  [tag, own]: [string, string],
) {
  if (tag === "O") return false;
  if (tag === "B" || tag === "S") return true;
  return scheme === "lenient" && ("OES".includes(before) || type !== own);
}

function goesOn(scheme: TagScheme, [before, type]: [string, string], [tag, own]: [string, string]) {
  if (type !== own || before === "E" || before === "S") return false;
  return tag === "I" || (tag === "E" && scheme !== "IOB2");
}

/**
 * The entities of a sentence's tags, such as `B-PER`, `I-PER`, `O`.
 *
 * @param tags One a token.
 * @param scheme How they are read. @default {"lenient"}
 */
export function entitiesOf(tags: readonly string[], scheme: TagScheme = "lenient"): Entity[] {
  const found: Entity[] = [];
  let open: Entity | undefined;
  let before = partsOf("O");
  const close = (end: number) => {
    const whole = scheme !== "BIOES" || before[0] === "E" || before[0] === "S";
    if (open && whole) found.push({ ...open, end });
    open = undefined;
  };
  tags.forEach((tag, i) => {
    const now = partsOf(tag);
    const starts = startsHere(scheme, before, now);
    if (starts || !open || !goesOn(scheme, before, now)) close(i);
    if (starts) open = { type: now[1], start: i, end: i + 1 };
    before = now;
  });
  close(tags.length);
  return found;
}

/** Predicted and true tags of a sentence. */
export type TagRow = [prediction: readonly string[], label: readonly string[]];

const keyOf = ({ type, start, end }: Entity) => `${start} ${end} ${type}`;

/** How many entities of a sentence are right, predicted and true. */
function count(predicted: readonly Entity[], wanted: readonly Entity[]): [number, number, number] {
  const keys = new Set(wanted.map(keyOf));
  return [predicted.filter((one) => keys.has(keyOf(one))).length, predicted.length, wanted.length];
}

/**
 * Makes F1 of entities, all types together: one counts as right if its type, start and end are; equal to seqeval's.
 *
 * @param scheme How tags are read. @default {"lenient"}
 * @see Tjong Kim Sang and De Meulder, 2003, "Introduction to the CoNLL-2003 Shared Task", section 2.4
 */
export function entityF1With(scheme: TagScheme): CountedMetric<TagRow> {
  return countedMetric<TagRow>("F1 of entities", (prediction, label) => {
    lengthOf("a sentence's tags", [prediction, label]);
    return count(entitiesOf(prediction, scheme), entitiesOf(label, scheme));
  }, ([right, predicted, wanted]) => precisionRecallF1(right!, predicted!, wanted!).f1);
}

/** F1 of entities by CoNLL's reading of tags; `entityF1(predictions, labels)`, each a column of sentences. */
export const entityF1: CountedMetric<TagRow> = entityF1With("lenient");

/** The share of words whose tag is right; `tagAccuracy(predictions, labels)`, each a column of sentences. */
export const tagAccuracy: CountedMetric<TagRow> = countedMetric<TagRow>(
  "accuracy of tags",
  (prediction, label) => {
    lengthOf("a sentence's tags", [prediction, label]);
    return [prediction.filter((tag, i) => tag === label[i]).length, label.length];
  },
  ([right, all]) => right! / all!,
);

/** Precision, recall and F1 of entities by type; prints itself. */
export class EntityReport {
  /** Each type, in alphabetical order. */
  readonly types: readonly (PrecisionRecallF1 & { name: string })[];
  /** All types together. */
  readonly micro: PrecisionRecallF1;
  /** The mean of the types. */
  readonly macro: PrecisionRecallF1;

  /**
   * Counts entities.
   *
   * @param predictions The predicted tags of sentences.
   * @param labels The true tags.
   * @param scheme How tags are read. @default {"lenient"}
   * @throws {RangeError} If a sentence has other numbers of both, or there are none.
   */
  constructor(
    predictions: readonly (readonly string[])[],
    labels: readonly (readonly string[])[],
    scheme: TagScheme = "lenient",
  ) {
    lengthOf("entities", [predictions, labels]);
    const sums = new Map<string, [number, number, number]>();
    predictions.forEach((tags, i) => {
      lengthOf(`the tags of sentence ${i}`, [tags, labels[i]!]);
      const [own, theirs] = [entitiesOf(tags, scheme), entitiesOf(labels[i]!, scheme)];
      for (const type of new Set([...own, ...theirs].map(({ type }) => type))) {
        const of = (list: Entity[]) => list.filter((one) => one.type === type);
        const added = count(of(own), of(theirs));
        const sum = sums.get(type) ?? [0, 0, 0];
        sums.set(type, [sum[0] + added[0], sum[1] + added[1], sum[2] + added[2]]);
      }
    });
    this.types = [...sums].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([name, sum]) => ({ name, ...precisionRecallF1(...sum) }));
    const all = [0, 1, 2].map((at) => [...sums.values()].reduce((sum, one) => sum + one[at]!, 0));
    this.micro = precisionRecallF1(all[0]!, all[1]!, all[2]!);
    const mean = (of: (one: PrecisionRecallF1) => number) =>
      this.types.reduce((sum, one) => sum + of(one), 0) / Math.max(1, this.types.length);
    this.macro = {
      precision: mean(({ precision }) => precision),
      recall: mean(({ recall }) => recall),
      f1: mean(({ f1 }) => f1),
      support: all[2]!,
    };
  }

  /** As a table. */
  table(): TableBundle {
    const row = (name: string, { precision, recall, f1, support }: PrecisionRecallF1) => [
      name,
      ...[precision, recall, f1].map((value) => value.toFixed(3)),
      String(support),
    ];
    const rows = [
      ...this.types.map((one) => row(one.name, one)),
      row("micro average", this.micro),
      row("macro average", this.macro),
    ];
    const head = ["", "precision", "recall", "F1", "entities"];
    return table(rows, { head, numbersFrom: 1 });
  }

  /** The table as text. */
  toString(): string {
    return this.table()["text/plain"];
  }

  /** What a notebook shows. */
  [Symbol.for("Jupyter.display")](): TableBundle {
    return this.table();
  }
}
