/**
 * The 10,000 lines on which tokenizers are compared with Python's. `deno run -A tests/lib/text/ten_thousand_lines.ts FILE`
 * writes them as JSON, for `scripts/dev/golden/text_ids.py`.
 *
 * @module
 */
import { mobyDick } from "@tome/tome/data/moby-dick";
import { Rng } from "@tome/tome/tensor";

/** Poems of the Tang dynasty, and sentences as one writes them today. */
const CHINESE = [
  "床前明月光，疑是地上霜。举头望明月，低头思故乡。",
  "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。",
  "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
  "千山鸟飞绝，万径人踪灭。孤舟蓑笠翁，独钓寒江雪。",
  "红豆生南国，春来发几枝。愿君多采撷，此物最相思。",
  "国破山河在，城春草木深。感时花溅泪，恨别鸟惊心。",
  "我们今天去北京大学参观了人工智能实验室，觉得非常有意思！",
  "这本书的价格是128.50元，比上个月便宜了20%。",
  "請問圖書館在哪裡？謝謝您的幫助；後會有期。",
  "深度学习（Deep Learning）使用GPU进行训练，batch_size=32。",
  "《红楼梦》第一回：甄士隐梦幻识通灵，贾雨村风尘怀闺秀。",
];

const EMOJI = ["😀", "👍🏽", "👨‍👩‍👧‍👦", "🇨🇳", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "❤️", "1️⃣", "🫨", "🤌🏿", "☎", "✌️‍", "🧑🏾‍🚀"];

/** What trips tokenizers: marks on marks, halves of characters, controls, odd spaces and digits. */
const ODD = [
  ..."éßſİΣσςŁøﬁ½²Ⅷ①㋿｡｢Ａ１～￥",
  ..."\0\x07\x1b\x1c\x7f\u0085\u00a0\u00ad\u061c\u180e\u200b\u200d\u2028\u202e\u2060\u3000\ufeff\ufffc\ufffd\ufffe\uffff",
  "e\u0301",
  "a\u0323\u0307",
  "\u0307\u0323q",
  "ệ",
  "한국어",
  "각",
  "हिन्दी",
  "العربية",
  "עברית",
  "ไทย",
  "\u{1d4d0}\u{1d7d8}",
  "\u{20000}\u{2a6df}\u{2b740}\u{2f800}",
  "\u{e000}\u{10ffff}\u{e0001}",
  "\ud83d",
  "\udc00",
  "[MASK]",
  "[UNK]",
  "<|endoftext|>",
  "<unk>",
  "##ing",
  "▁",
  "Ġ",
  "don't",
  "I'LL",
  "__init__",
  "https://a.b/c?d=e&f=%20#g",
  "1,234,567.89",
  "\t\t",
  "   ",
  "\r\n",
];

/** The lines, always the same. They are well-formed: halves of characters have become U+FFFD. */
export async function tenThousandLines(): Promise<string[]> {
  const random = new Rng(20_000);
  const pick = <T>(list: readonly T[]) => list[random.int(list.length)]!;
  const book = (await mobyDick()).split("\n").filter((line) => line.trim() !== "");
  const chinese = () => {
    const characters = [...pick(CHINESE)];
    const start = random.int(characters.length);
    let part = characters.slice(start, start + 2 + random.int(14)).join("");
    if (random.int(3) === 0) part += String.fromCodePoint(0x4e00 + random.int(0x5200));
    return part;
  };
  const anything = () => {
    for (;;) {
      const plane = random.int(3) > 0 ? 0x10000 : 0x110000;
      const code = random.int(random.int(2) > 0 ? 0x3000 : plane);
      if (code < 0xd800 || code > 0xdfff) return String.fromCodePoint(code);
    }
  };
  const english = () => {
    const line = pick(book);
    const start = random.int(line.length);
    return line.slice(start, start + 4 + random.int(90));
  };
  const lines = Array.from({ length: 10_000 }, (_, i) => {
    if (i < 3) return ["", " ", "\u0301"][i]!;
    if (i % 5 === 0) return english();
    if (i % 5 === 1) return chinese() + pick(["", " ", "\u3000"]) + chinese();
    let line = "";
    for (let n = 1 + random.int(8); n > 0; n--) {
      const make = [
        english,
        chinese,
        () => pick(EMOJI),
        () => pick(ODD),
        () => pick(ODD),
        anything,
      ];
      const part = pick(make)();
      line += (random.int(2) ? " " : "") + (part.length > 30 ? part.slice(0, 30) : part);
    }
    return line;
  });
  return lines.map((line) => line.toWellFormed());
}

if (import.meta.main) {
  await Deno.writeTextFile(Deno.args[0]!, JSON.stringify(await tenThousandLines()));
}
