import { Rng } from "@tome/tome/tensor";

/** Pieces that tokenizers trip over: joined emoji, combining marks, line ends, controls, odd spaces, lone surrogates. */
const PIECES = [
  ..."abcXYZ0123456789 .,'\"\\{}<>|",
  ..."éßſİKﬁ中文한국हिन्दी",
  ..."\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
  "👨‍👩‍👧‍👦",
  "🇫🇷",
  "👍🏽",
  "e\u0301",
  "\u0301",
  "\r\n",
  "\n\n",
  "\r",
  "\t",
  "   ",
  "\0",
  "\x07",
  "\x1c",
  "\x7f",
  "\u0085",
  "\u00a0",
  "\u00ad",
  "\u200b",
  "\u2028",
  "\u202e",
  "\u3000",
  "\ufeff",
  "\ufffd",
  "\ufffe",
  "\u{10ffff}",
  "\ud800",
  "\udc00",
  "'s",
  "'LL",
  "<|endoftext|>",
  "__proto__",
];

/** Texts put together at random; equal numbers give equal texts. The first is empty. */
export function randomTexts(count: number, seed = 1): string[] {
  const random = new Rng(seed);
  return Array.from({ length: count }, (_, n) => {
    let text = "";
    const length = n === 0 ? 0 : 1 + random.int(40);
    for (let i = 0; i < length; i++) {
      text += random.int(4) > 0
        ? PIECES[random.int(PIECES.length)]!
        : String.fromCodePoint(random.int(0x110000));
    }
    return text;
  });
}
