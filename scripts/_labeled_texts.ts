/**
 * The texts of train_bert.ts: where they come from, and how they are divided.
 *
 * @module
 */
import {
  findLeaks,
  type LabeledText,
  type LabeledTexts,
  readLabeledTexts,
  splitExamples,
} from "@tome/tome/data";

/** The sets that have names. */
export const TEXT_SETS = ["sentiment", "spam", "chinese"] as const;

/** The texts that were asked for. */
export async function findTexts(
  flags: {
    set: typeof TEXT_SETS[number] | undefined;
    data: string | undefined;
    text: string;
    label: string;
  },
): Promise<LabeledTexts> {
  if (flags.data !== undefined) {
    return await readLabeledTexts(flags.data, { text: flags.text, label: flags.label });
  }
  if (flags.set === "spam") {
    const { SPAM_CLASSES, spamAssassin } = await import("@tome/tome/data/spam-assassin");
    const examples = (await spamAssassin()).map(({ subject, body, label }) => ({
      text: `${subject}\n${body}`,
      label,
    }));
    return { names: [...SPAM_CLASSES], examples };
  }
  if (flags.set === "chinese") {
    const { chineseReviews } = await import("@tome/tome/data/chinese-reviews");
    return { names: ["negative", "positive"], examples: await chineseReviews() };
  }
  const { SENTIMENT_CLASSES, sentimentSentences } = await import(
    "@tome/tome/data/sentiment-sentences"
  );
  return { names: [...SENTIMENT_CLASSES], examples: await sentimentSentences() };
}

/** Labelled texts by what they are for; nearly nothing stands in two parts. */
export interface TextParts {
  /** Texts that are learnt. */
  train: LabeledText[];
  /** Texts by which the best weights are chosen. */
  validation: LabeledText[];
  /** Texts that are measured, once, at the end. */
  held: LabeledText[];
  /** How many texts were left out, as they nearly stand among the held-out ones. */
  leaks: number;
}

/** Divides texts, or as many of them as are asked for. */
export function divideTexts(
  { examples }: LabeledTexts,
  flags: { maxTexts: number | undefined; maxCharacters: number; held: number; seed: number },
): TextParts {
  const label = ({ label }: LabeledText) => label;
  const { maxTexts, maxCharacters } = flags;
  const share = Math.min(1, (maxTexts ?? Infinity) / examples.length);
  const used = share < 1
    ? splitExamples(examples, { validation: share, seed: flags.seed, label }).validation
    : examples;
  const cut = used.map(({ text, label }) => ({ text: text.slice(0, maxCharacters), label }));
  const { train: rest, validation: held } = splitExamples(cut, {
    validation: flags.held,
    seed: flags.seed,
    label,
  });
  const texts = (some: LabeledText[]) => some.map(({ text }) => text);
  const seen = new Set(findLeaks(texts(held), texts(rest)).map((leak) => leak.held));
  const clean = rest.filter((_, i) => !seen.has(i));
  const parts = splitExamples(clean, { validation: 0.1, seed: flags.seed, label });
  return { ...parts, held, leaks: seen.size };
}
