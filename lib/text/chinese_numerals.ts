const DIGITS = [..."零一二三四五六七八九"];
const UNITS = ["", "十", "百", "千"];

/**
 * A whole number as one writes and says it in Chinese: `"二百三十七"`.
 *
 * Zeros between other digits are said once, `"一百零五"`, and at the end not at all; `十` to `十九` have no `一` in front.
 *
 * @example
 * ```ts
 * import { chineseNumeral } from "@tome/tome/text";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([0, 10, 37, 105, 2026].map(chineseNumeral), ["零", "十", "三十七", "一百零五", "二千零二十六"]);
 * ```
 * @param value The number, 0 to 9999.
 * @throws {RangeError} If it is no such number.
 */
export function chineseNumeral(value: number): string {
  if (!(Number.isInteger(value) && value >= 0 && value <= 9999)) {
    throw new RangeError(
      `Cannot write a number in Chinese as it must be a whole number from 0 to 9999: current value is ${value}`,
    );
  }
  if (value === 0) return DIGITS[0]!;
  let written = "";
  let skipped = false; // whether there were zeros since the last digit
  for (let place = 3; place >= 0; place--) {
    const digit = Math.floor(value / 10 ** place) % 10;
    if (digit === 0) {
      skipped = written !== "";
      continue;
    }
    const plainTen = place === 1 && digit === 1 && written === "";
    written += `${skipped ? DIGITS[0] : ""}${plainTen ? "" : DIGITS[digit]}${UNITS[place]}`;
    skipped = false;
  }
  return written;
}
