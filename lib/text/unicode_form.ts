import type { AlignedText, Change } from "./aligned_text.ts";
import { laterDecompositions } from "./unicode_tables.ts";

/** One of Unicode's normalisation forms. */
export type UnicodeForm = "NFC" | "NFD" | "NFKC" | "NFKD";

/**
 * Brings a text into a normalisation form of Unicode, and keeps track of where each character comes from.
 *
 * @see Unicode Standard Annex #15, "Unicode Normalization Forms", https://unicode.org/reports/tr15/
 */
export function toUnicodeForm(text: AlignedText, form: UnicodeForm): AlignedText {
  if (text.text.normalize(form) === text.text) return text;
  const apart = decompose(text.text, form.includes("K") ? "NFKD" : "NFD");
  return text.change(form.endsWith("C") ? compose(apart) : apart);
}

function decompose(text: string, form: "NFD" | "NFKD"): Change[] {
  const made: Change[] = [];
  let marks: Change[] = []; // wait to be put into canonical order
  const flush = () => {
    made.push(...marks.sort(([a], [b]) => compareClasses(a, b)));
    marks = [];
  };
  for (const character of text) {
    const parts = laterDecompositions(character) ? character : character.normalize(form);
    let growth = 0;
    for (const part of parts) {
      if (isNonStarter(part)) marks.push([part, growth]);
      else {
        flush();
        made.push([part, growth]);
      }
      growth = 1;
    }
  }
  flush();
  return made;
}

/** The canonical composition algorithm; a composed character takes the places of its parts. */
function compose(parts: readonly Change[]): Change[] {
  const made: Change[] = [];
  let starter: Change | undefined;
  let between: Change[] = []; // marks that did not join the starter
  for (const part of parts) {
    const mark = isNonStarter(part[0]);
    if (!starter) {
      if (mark) made.push(part);
      else starter = part;
      continue;
    }
    const last = between.at(-1);
    const blocked = last && (!mark || compareClasses(last[0], part[0]) >= 0);
    const whole = blocked ? undefined : composed(starter[0], part[0]);
    if (whole !== undefined) starter = [whole, starter[1] + part[1] - 1];
    else if (mark) between.push(part);
    else {
      made.push(starter, ...between);
      [starter, between] = [part, []];
    }
  }
  if (starter) made.push(starter, ...between);
  return made;
}

function composed(a: string, b: string): string | undefined {
  const whole = (a + b).normalize("NFC");
  return [...whole].length === 1 && !laterDecompositions(whole) ? whole : undefined;
}

/** Whether a character's canonical combining class is not 0: U+0345, whose class is the highest, goes behind it. */
function isNonStarter(character: string): boolean {
  return /\p{M}/u.test(character) &&
    (character === "\u0345" || swaps("\u0345", character));
}

function compareClasses(a: string, b: string): number {
  return swaps(a, b) ? 1 : swaps(b, a) ? -1 : 0;
}

/** Whether canonical order puts the second mark before the first. */
function swaps(a: string, b: string): boolean {
  return a !== b && `a${a}${b}`.normalize("NFD") === `a${b}${a}`;
}
