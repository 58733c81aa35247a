/** Words that follow no rule. */
const IRREGULAR = new Map([
  ...["sky sky", "skies sky", "dying die", "lying lie", "tying tie", "news news"],
  ...["innings inning", "inning inning", "outings outing", "outing outing", "cannings canning"],
  ...["canning canning", "howe howe", "proceed proceed", "exceed exceed", "succeed succeed"],
].map((pair) => pair.split(" ") as [string, string]));

/** A rule: the ending, what replaces it, and the condition on what stands before it. */
type Rule = readonly [ending: string, replacement: string, condition?: (stem: string) => boolean];

/** Each letter as `c`, a consonant, or `v`, a vowel; y is a vowel after a consonant. */
function kinds(word: string): string {
  let found = "";
  for (const letter of word) {
    const vowel = "aeiou".includes(letter) || (letter === "y" && found.endsWith("c"));
    found += vowel ? "v" : "c";
  }
  return found;
}

/** How many times a vowel is followed by a consonant: Porter's m. */
const measure = (stem: string) => kinds(stem).split("vc").length - 1;
const some = (stem: string) => measure(stem) > 0;
const many = (stem: string) => measure(stem) > 1;
const hasVowel = (stem: string) => kinds(stem).includes("v");

/** Whether a word ends in consonant, vowel, consonant, the last neither w, x nor y; or is a vowel and a consonant. */
function endsShort(word: string): boolean {
  const shape = kinds(word);
  return (shape.endsWith("cvc") && !/[wxy]$/.test(word)) || shape === "vc";
}

/** Applies the first rule whose ending fits, if its condition holds. */
function apply(word: string, rules: readonly Rule[]): string {
  const rule = rules.find(([ending]) => word.endsWith(ending));
  if (!rule) return word;
  const stem = word.slice(0, word.length - rule[0].length);
  return rule[2] === undefined || rule[2](stem) ? stem + rule[1] : word;
}

/** Rules that all have one condition, from `ending>replacement` pairs. */
const table = (pairs: string, condition: (stem: string) => boolean): Rule[] =>
  pairs.split(" ").map((pair) => [...pair.split(">") as [string, string], condition] as const);

const STEP2 = table(
  "ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble alli>al entli>ent eli>e ousli>ous " +
    "ization>ize ation>ate ator>ate alism>al iveness>ive fulness>ful ousness>ous aliti>al iviti>ive biliti>ble fulli>ful",
  some,
);
const STEP3 = table("icate>ic ative> alize>al iciti>ic ical>ic ful> ness>", some);
const STEP4: Rule[] = [
  ...table("al> ance> ence> er> ic> able> ible> ant> ement> ment> ent>", many),
  ["ion", "", (stem) => many(stem) && /[st]$/.test(stem)],
  ...table("ou> ism> ate> iti> ous> ive> ize>", many),
];

/** Endings of the past and of the present participle. */
function step1b(word: string): string {
  if (word.endsWith("ied")) return word.slice(0, -3) + (word.length === 4 ? "ie" : "i");
  if (word.endsWith("eed")) return apply(word, [["eed", "ee", some]]);
  const ending = ["ed", "ing"].find((end) =>
    word.endsWith(end) && hasVowel(word.slice(0, -end.length))
  );
  if (!ending) return word;
  const stem = word.slice(0, -ending.length);
  if (/(at|bl|iz)$/.test(stem)) return stem + "e";
  if (stem.length >= 2 && stem.at(-1) === stem.at(-2) && kinds(stem).endsWith("c")) {
    return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  }
  return measure(stem) === 1 && endsShort(stem) ? stem + "e" : stem;
}

function step2(word: string): string {
  if (word.endsWith("alli") && some(word.slice(0, -4))) return step2(word.slice(0, -2));
  return apply(word, [...STEP2, ["logi", "log", () => some(word.slice(0, -3))]]);
}

/**
 * The stem of an English word: "relational" and "relate" give "relat". With the extensions of NLTK, which ROUGE's numbers stand on.
 *
 * @param word The word, in small letters.
 * @see Porter, 1980, "An algorithm for suffix stripping"
 */
export function porterStem(word: string): string {
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  if (word.length <= 2) return word;
  let stem = word.length === 4 && word.endsWith("ies")
    ? word.slice(0, -1)
    : apply(word, [["sses", "ss"], ["ies", "i"], ["ss", "ss"], ["s", ""]]);
  stem = step1b(stem);
  stem = apply(stem, [["y", "i", (rest) => rest.length > 1 && kinds(rest).endsWith("c")]]);
  stem = apply(apply(step2(stem), STEP3), STEP4);
  if (stem.endsWith("e")) {
    const rest = stem.slice(0, -1);
    if (many(rest) || (measure(rest) === 1 && !endsShort(rest))) stem = rest;
  }
  return stem.endsWith("ll") && many(stem.slice(0, -1)) ? stem.slice(0, -1) : stem;
}
