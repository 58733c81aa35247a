/** What a setting may be. */
export type SettingValue = number | string | boolean;

/** The settings of a trial by name; one whose condition does not hold is left out. */
export type Settings = Record<string, SettingValue>;

/** Numbers of a stretch. */
export interface NumberDomain {
  /** The kind. */
  kind: "number";
  /** The lowest number. */
  low: number;
  /** The highest number; it may occur where only whole numbers count. */
  high: number;
  /** Whether equal ratios are equally likely instead of equal differences. */
  log: boolean;
  /** Whether only whole numbers count. */
  whole: boolean;
  /** The setting, and its value, without which this one does not exist. */
  when?: { name: string; equals: SettingValue };
}

/** One of several values. */
export interface ChoiceDomain {
  /** The kind. */
  kind: "choice";
  /** The values. */
  values: readonly SettingValue[];
  /** The setting, and its value, without which this one does not exist. */
  when?: { name: string; equals: SettingValue };
}

/** What a setting is chosen from. */
export type Domain = NumberDomain | ChoiceDomain;

/** The settings that are searched, by name. A setting's condition names one that stands before it. */
export type Space = Readonly<Record<string, Domain>>;

function number(
  low: number,
  high: number,
  kind: Pick<NumberDomain, "log" | "whole">,
): NumberDomain {
  if (!(low < high) || (kind.log && low <= 0) || !Number.isFinite(high - low)) {
    throw new RangeError(
      `Cannot search from ${low} to ${high} as the ends must rise${
        kind.log ? ", and lie above 0 where ratios count" : ""
      }`,
    );
  }
  return { kind: "number", low, high, ...kind };
}

/** Any number from `low` to `high`, all equally likely. */
export function uniform(low: number, high: number): NumberDomain {
  return number(low, high, { log: false, whole: false });
}

/** Any number from `low` to `high`, all ratios equally likely: learning rates, weight decay. */
export function logUniform(low: number, high: number): NumberDomain {
  return number(low, high, { log: true, whole: false });
}

/** A whole number from `low` to `high`, both included; with `log`, all ratios equally likely. */
export function integer(
  low: number,
  high: number,
  { log = false }: { log?: boolean } = {},
): NumberDomain {
  if (!Number.isInteger(low) || !Number.isInteger(high)) {
    throw new RangeError(
      `Cannot search whole numbers from ${low} to ${high} as both must be whole`,
    );
  }
  return number(low, high, { log, whole: true });
}

/** One of several values. */
export function choice(values: readonly SettingValue[]): ChoiceDomain {
  if (values.length === 0 || new Set(values).size < values.length) {
    throw new RangeError(
      `Cannot choose as there must be values, each once: current values are ${values.join(", ")}`,
    );
  }
  return { kind: "choice", values };
}

/**
 * A setting that exists only if another has a value, such as the momentum of one optimizer.
 *
 * @param name The other setting, which stands before this one in the space.
 * @param equals The value it must have.
 * @param domain What this setting is chosen from.
 */
export function onlyWhen<D extends Domain>(name: string, equals: SettingValue, domain: D): D {
  return { ...domain, when: { name, equals } };
}

/** Whether a setting exists beside those that were chosen before it. */
export function exists({ when }: Domain, settings: Settings): boolean {
  return when === undefined || settings[when.name] === when.equals;
}

/**
 * Checks a space.
 *
 * @throws {RangeError} If it is empty, or a condition names a setting that does not stand before.
 */
export function checkSpace(space: Space): void {
  const names = Object.keys(space);
  if (names.length === 0) throw new RangeError("Cannot search as the space has no settings");
  names.forEach((name, i) => {
    const other = space[name]!.when?.name;
    if (other === undefined || names.slice(0, i).includes(other)) return;
    throw new RangeError(
      `Cannot search ${name} as its condition must name a setting before it: current name is ${other}`,
    );
  });
}

/** A number of a domain on a line where equal steps are equally likely. */
export function toLine({ log }: NumberDomain, value: number): number {
  return log ? Math.log(value) : value;
}

/** The ends of the line of a domain; those of whole numbers reach half a step further. */
export function lineOf(domain: NumberDomain): [low: number, high: number] {
  const half = domain.whole ? 0.5 : 0;
  return [
    toLine(domain, domain.low - (domain.log ? half * 0.999 : half)),
    toLine(domain, domain.high + half),
  ];
}

/** The number of a domain at a place of its line. */
export function fromLine({ log, whole, low, high }: NumberDomain, place: number): number {
  const value = log ? Math.exp(place) : place;
  return Math.min(Math.max(whole ? Math.round(value) : value, low), high);
}
