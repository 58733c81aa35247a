/**
 * Real series: prices of the S&P 500, Seattle's weather, carbon dioxide on Mauna Loa.
 *
 * This is a module of its own, as it brings npm's `vega-datasets`.
 *
 * @module
 */
import { parseCsv } from "./csv.ts";
import { DownloadError } from "./download.ts";
import { sha256Of } from "./folder.ts";

/** A series of numbers in even steps of time. */
export interface Series {
  /** What is measured, and its unit. */
  name: string;
  /** The days, such as `"2012-01-01"`. */
  dates: string[];
  /** The values. */
  values: number[];
  /** Steps after which a season comes again; 1 if there are no seasons. */
  season: number;
}

/** The names of the series. */
export type SeriesName = "sp500" | "temperature" | "co2";

/** The file of each series, its columns, and the SHA-256 of the file. */
const SOURCES: Readonly<
  Record<
    SeriesName,
    { name: string; date: string; value: string; season: number; sha256: string }
  >
> = {
  sp500: {
    name: "S&P 500, close of the day",
    date: "date",
    value: "close",
    season: 1,
    sha256: "9409e9342d0657c747324e4cfabce8a8c7f663bc485b95a3378f36b0a160f8c8",
  },
  temperature: {
    name: "Seattle, highest temperature of the day in °C",
    date: "date",
    value: "temp_max",
    season: 365,
    sha256: "0845078a290b48e3149ab8639966824110a251db4e06fc144c06ebb534af23be",
  },
  co2: {
    name: "Mauna Loa, carbon dioxide of the month in ppm",
    date: "Date",
    value: "CO2",
    season: 12,
    sha256: "c1a4a970864145940a28225cae288618b156cb32f9a2a1b6606ba7124134febb",
  },
};

/**
 * A real series: 5,105 days of the S&P 500 from 2000 on, 1,461 days of Seattle's weather from 2012 on, or months of
 * carbon dioxide in the air from 1958 on.
 *
 * They come from npm's `vega-datasets` 2.2.0, which Deno fetches once (BSD 3-Clause), and are checked by their SHA-256.
 *
 * @param name Which.
 * @throws {DownloadError} If they cannot be had, or are not the expected file.
 * @see https://github.com/vega/vega-datasets/blob/main/SOURCES.md: where they are from
 */
export async function vegaSeries(name: SeriesName): Promise<Series> {
  const source = SOURCES[name];
  const csv = await fromPackage(name);
  const found = await sha256Of(new TextEncoder().encode(csv));
  if (found !== source.sha256) {
    throw new DownloadError(
      `Cannot use the series ${name} of npm's vega-datasets as its SHA-256 must be ${source.sha256}: current SHA-256 is ${found}`,
    );
  }
  const rows = [...parseCsv(csv)];
  return {
    name: source.name,
    dates: rows.map((row) => row[source.date]!),
    values: rows.map((row) => Number(row[source.value])),
    season: source.season,
  };
}

async function fromPackage(name: SeriesName): Promise<string> {
  try {
    // the specifiers are literals, so that deno.lock and `deno cache` know of them
    switch (name) {
      case "sp500":
        return (await import("npm:vega-datasets@2.2.0/data/sp500-2000.csv", {
          with: { type: "text" },
        })).default;
      case "temperature":
        return (await import("npm:vega-datasets@2.2.0/data/seattle-weather.csv", {
          with: { type: "text" },
        })).default;
      case "co2":
        return (await import("npm:vega-datasets@2.2.0/data/co2-concentration.csv", {
          with: { type: "text" },
        })).default;
    }
  } catch (cause) {
    throw new DownloadError(
      "Cannot load the series as npm's vega-datasets is not at hand; run once where npm can be reached",
      { cause },
    );
  }
}
