import { type CountedMetric, countedMetric } from "./metric.ts";

/** e to the mean loss of a token: among how many equally likely tokens the model seems to choose; `perplexity(losses, tokens)`. */
export const perplexity: CountedMetric<[loss: number, tokens: number]> = countedMetric(
  "perplexity",
  (loss, tokens) => [loss, tokens],
  ([loss, tokens]) => Math.exp(loss! / tokens!),
);

/**
 * Bits that the model needs for each byte of the text in UTF-8, by which models of different vocabularies can be compared;
 * `bitsPerByte(losses, bytes)` of summed losses in nats.
 */
export const bitsPerByte: CountedMetric<[loss: number, bytes: number]> = countedMetric(
  "bits per byte",
  (loss, bytes) => [loss, bytes],
  ([loss, bytes]) => loss! / bytes! / Math.LN2,
);
