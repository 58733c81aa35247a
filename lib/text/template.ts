import type { TemplatePiece, TokenTemplate } from "./encoding.ts";
import type { TokenizerPartJSON } from "./tokenizer.ts";

type PieceJSON =
  | { SpecialToken: { id: string; type_id: number } }
  | { Sequence: { id: "A" | "B"; type_id: number } };

/**
 * The tokens that a `tokenizer.json` puts around texts.
 *
 * @param part Its part `post_processor`.
 * @returns The template; undefined if nothing is put around them.
 * @throws {TypeError} If its kind is not known.
 */
export function templateOf(part: TokenizerPartJSON | null): TokenTemplate | undefined {
  switch (part?.type) {
    case undefined:
    case "ByteLevel":
      return undefined;
    case "Sequence": {
      const all = (part!.processors as TokenizerPartJSON[]).flatMap((inner) =>
        templateOf(inner) ?? []
      );
      if (all.length < 2) return all[0];
      throw new TypeError(
        `Cannot read tokenizer.json as one post_processor may put tokens around texts: current number of them is ${all.length}`,
      );
    }
    case "BertProcessing":
    case "RobertaProcessing":
      return framed(part!);
    case "TemplateProcessing": {
      const special = part!.special_tokens as Record<string, { ids: number[] }>;
      const pieces = (list: PieceJSON[]) =>
        list.flatMap((piece): TemplatePiece[] => {
          if ("Sequence" in piece) {
            const { id, type_id } = piece.Sequence;
            return [{ text: id === "A" ? 0 : 1, segment: type_id }];
          }
          const { id, type_id } = piece.SpecialToken;
          return special[id]!.ids.map((id) => ({ id, segment: type_id }));
        });
      return {
        single: pieces(part!.single as PieceJSON[]),
        pair: pieces(part!.pair as PieceJSON[]),
      };
    }
    default:
      throw new TypeError(
        `Cannot read tokenizer.json as the post_processor ${
          JSON.stringify(part!.type)
        } is not supported`,
      );
  }
}

/** `[CLS] A [SEP] B [SEP]`; RoBERTa's has two separators between the texts, and one segment. */
function framed(part: TokenizerPartJSON): TokenTemplate {
  const [cls, sep] = [part.cls, part.sep].map((token) => (token as [string, number])[1]) as [
    number,
    number,
  ];
  const single: TemplatePiece[] = [
    { id: cls, segment: 0 },
    { text: 0, segment: 0 },
    { id: sep, segment: 0 },
  ];
  const roberta = part.type === "RobertaProcessing";
  const segment = roberta ? 0 : 1;
  return {
    single,
    pair: [
      ...single,
      ...(roberta ? [{ id: sep, segment }] : []),
      { text: 1, segment },
      { id: sep, segment },
    ],
  };
}

/** Whether a `tokenizer.json` leaves the spaces around a token out of its offsets; and whether it put one there itself. */
export function trimsOffsets(
  part: TokenizerPartJSON | null,
): { prefix: boolean } | undefined {
  if (part?.type === "Sequence") {
    for (const inner of part.processors as TokenizerPartJSON[]) {
      const trims = trimsOffsets(inner);
      if (trims) return trims;
    }
  }
  const may = part?.type === "ByteLevel" || part?.type === "RobertaProcessing";
  return may && part!.trim_offsets !== false
    ? { prefix: part!.add_prefix_space !== false }
    : undefined;
}
