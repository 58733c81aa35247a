import { type CountedMetric, countedMetric } from "./metric.ts";

/**
 * A metric of forecasts: a row holds the values foretold at one moment and those that came. Intervals so draw whole stretches, as errors
 * within a stretch go together.
 */
export type ForecastMetric = CountedMetric<
  [forecast: ArrayLike<number>, actual: ArrayLike<number>]
>;

/** The sums of a function of errors, and their number. */
function errorSum(
  forecast: ArrayLike<number>,
  actual: ArrayLike<number>,
  size: (error: number) => number,
): [sum: number, count: number] {
  if (forecast.length !== actual.length) {
    throw new RangeError(
      `Cannot measure a forecast as it must have a value for each that came: current lengths are ${forecast.length} and ${actual.length}`,
    );
  }
  let sum = 0;
  for (let i = 0; i < actual.length; i++) sum += size(forecast[i]! - actual[i]!);
  return [sum, actual.length];
}

/** The mean absolute error of forecasts, in the unit of the values; `forecastMAE(forecasts, actuals)`. */
export const forecastMAE: ForecastMetric = countedMetric(
  "the mean absolute error of forecasts",
  (forecast, actual) => errorSum(forecast, actual, Math.abs),
  ([sum, count]) => sum! / count!,
);

/** The root of the mean squared error of forecasts, in the unit of the values. */
export const forecastRMSE: ForecastMetric = countedMetric(
  "the root mean squared error of forecasts",
  (forecast, actual) => errorSum(forecast, actual, (error) => error * error),
  ([sum, count]) => Math.sqrt(sum! / count!),
);

/**
 * Makes the mean absolute scaled error: how large errors are beside those of the seasonal naive forecast, one step ahead, on what was
 * learned from. Below 1 is better than that.
 *
 * `MASE = mean |ŷ − y| / mean_t |x_t − x_{t−m}|`
 *
 * @param known The series that was learned from.
 * @param season m, the steps of a season; 1 for the plain naive forecast. @default {1}
 * @throws {RangeError} If what was learned from is no longer than a season, or does not change.
 * @see Hyndman and Koehler, 2006, "Another look at measures of forecast accuracy", https://doi.org/10.1016/j.ijforecast.2006.03.001
 */
export function meanAbsoluteScaledError(known: ArrayLike<number>, season = 1): ForecastMetric {
  let sum = 0;
  for (let t = season; t < known.length; t++) sum += Math.abs(known[t]! - known[t - season]!);
  const scale = sum / (known.length - season);
  if (!(scale > 0)) {
    throw new RangeError(
      `Cannot scale errors as what was learned from must change from season to season: current change is ${scale}`,
    );
  }
  return countedMetric(
    "the mean absolute scaled error",
    forecastMAE.counts,
    (sums) => forecastMAE.from(sums) / scale,
  );
}
