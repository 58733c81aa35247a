/**
 * Trains models that foretell a series, and measures them beside forecasts that cost nothing, walking forward in time.
 *
 *     deno run -A scripts/train_forecaster.ts --series=co2
 *     deno run -A scripts/train_forecaster.ts --series=temperature --kind=transformer --context=28 --horizon=7 --folds=3
 *     deno run -A scripts/train_forecaster.ts --series=sp500 --context=20 --horizon=1
 *     deno run -A scripts/train_forecaster.ts --csv=sales.csv --column=sales --season=7
 *
 * --series is "sp500", prices of days, "temperature", Seattle's days, or "co2", months of carbon dioxide; or --csv names a file with a head,
 * and --column what to foretell. The end of the series, --share, is cut into --folds stretches: for each, models learn from all that
 * lies before, standardized by that part alone, and are measured on it, beside the naive forecast, the seasonal one and linear
 * autoregression. Of a tie in the end the simplest has won. With --out the last model stays as a folder, model, beside
 * forecast.svg. With --json the last line is an object with the errors.
 *
 * Least permissions: --allow-read --allow-write=runs --allow-env --allow-ffi (for BLAS).
 *
 * @module
 */
// deno-lint-ignore-file no-console
import {
  collateForecasts,
  DataLoader,
  type ForecastWindow,
  forecastWindows,
  readCsv,
  walkForward,
} from "@tome/tome/data";
import { type Series, vegaSeries } from "@tome/tome/data/vega-series";
import { lineFigure, saveFigure } from "@tome/tome/display";
import {
  evaluateForecasts,
  type ForecastMethod,
  linearForecast,
  modelForecast,
  naiveForecast,
  seasonalNaiveForecast,
  standardizedWindows,
} from "@tome/tome/evaluate";
import { Forecaster, saveForecaster } from "@tome/tome/models/forecaster";
import { AdamW, cosineWithMinLr } from "@tome/tome/optim";
import { seed, useDevice } from "@tome/tome/tensor";
import { regressionLoss, Trainer } from "@tome/tome/train";
import { DEVICE, readFlags, refuse, run } from "./_flags.ts";

const flags = readFlags(import.meta.url, {
  series: {
    type: "string",
    default: "co2",
    choices: ["sp500", "temperature", "co2"],
    help: "what to foretell",
  },
  csv: { type: "string", help: "a file of one's own in place of --series" },
  column: { type: "string", help: "its column to foretell" },
  season: { type: "integer", min: 1, help: "steps of a season (that of the series, 1)" },
  kind: {
    type: "string",
    default: "both",
    choices: ["lstm", "transformer", "both"],
    help: "the model",
  },
  context: { type: "integer", default: 36, min: 1, help: "values that are known" },
  horizon: { type: "integer", default: 12, min: 1, help: "values that are foretold" },
  share: {
    type: "number",
    default: 0.2,
    min: 0.01,
    max: 0.9,
    help: "share of the series held out",
  },
  folds: { type: "integer", default: 1, min: 1, help: "stretches that it is cut into" },
  width: { type: "integer", default: 32, min: 4, help: "units, or width" },
  layers: { type: "integer", default: 1, min: 1, help: "layers" },
  dropout: { type: "number", default: 0, min: 0, max: 0.9, help: "share dropped in training" },
  steps: { type: "integer", default: 300, min: 1, help: "steps for each stretch" },
  batch: { type: "integer", default: 64, min: 1, help: "windows in a step" },
  lr: { type: "number", default: 5e-3, min: 0, help: "peak learning rate" },
  seed: { type: "integer", default: 1, help: "fixes weights, order and intervals" },
  device: DEVICE,
  out: { type: "string", help: "folder for model and picture; none writes nothing" },
  json: { type: "boolean", help: "end with one line of JSON" },
});

async function readSeries(): Promise<Series> {
  const { csv, column } = flags;
  if (csv === undefined) return await vegaSeries(flags.series);
  if (column === undefined) refuse(import.meta.url, "--csv needs --column");
  const rows = await Array.fromAsync(readCsv(csv));
  const values = rows.map((row) => Number(row[column!]));
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new SyntaxError(
      `Cannot read ${csv} as ${column} must be a number in each row: current value in row ${
        wrong + 1
      } is ${JSON.stringify(rows[wrong]![column!] ?? null)}`,
    );
  }
  return { name: column!, dates: values.map((_, i) => String(i)), values, season: 1 };
}

async function learn(kind: "lstm" | "transformer", windows: readonly ForecastWindow[]) {
  seed(flags.seed);
  const model = new Forecaster({
    kind,
    contextLength: flags.context,
    horizon: flags.horizon,
    hiddenSize: flags.width,
    numLayers: flags.layers,
    dropout: flags.dropout,
  });
  const { steps } = flags;
  const lr = cosineWithMinLr({ peak: flags.lr, warmup: 20, total: steps, minLr: flags.lr / 50 });
  using optimizer = new AdamW(model.namedParameters(), { lr, weightDecay: 0.01 });
  const batches = new DataLoader(windows, {
    batchSize: Math.min(flags.batch, windows.length),
    shuffle: true,
    seed: flags.seed,
    dropLast: true,
    collate: collateForecasts,
  });
  const trainer = new Trainer(model, {
    optimizer,
    loss: regressionLoss,
    maxGradNorm: 1,
    logEvery: 20,
    stopOnInterrupt: true,
  });
  const history = await trainer.fit(batches, { steps });
  return { model, losses: [history[0]!.loss, history.at(-1)!.loss] };
}

/** What each way foretold of all stretches, window by window. */
interface Collected {
  windows: ForecastWindow[];
  forecasts: Map<string, number[][]>;
}

async function train(): Promise<void> {
  const series = await readSeries();
  const { values } = series;
  const season = flags.season ?? series.season;
  const device = await useDevice(flags.device);
  console.log(String(device));
  const lengths = { contextLength: flags.context, horizon: flags.horizon };
  const folds = walkForward(values.length, flags);
  console.log(
    `\n${series.name}: ${values.length} values, the last ${folds.length} stretches of ` +
      `${folds[0]!.to - folds[0]!.from} held out\n`,
  );
  const kinds = flags.kind === "both" ? ["lstm", "transformer"] as const : [flags.kind];
  const all: Collected = { windows: [], forecasts: new Map() };
  const losses: Record<string, number[]> = {};
  for (const [f, { from, to }] of folds.entries()) {
    const known = values.slice(0, from);
    const test = forecastWindows(values, { ...lengths, from, to, stride: flags.horizon });
    const { scaler, train } = standardizedWindows(values, { before: from, ...lengths });
    const methods: ForecastMethod[] = [naiveForecast()];
    if (season > 1) methods.push(seasonalNaiveForecast(values, season));
    methods.push(linearForecast(forecastWindows(known, lengths)));
    const models: Forecaster[] = [];
    for (const kind of kinds) {
      const learned = await learn(kind, train);
      models.push(learned.model);
      losses[kind] = learned.losses;
      methods.push(modelForecast(kind, learned.model, scaler));
      console.log(
        `stretch ${f + 1}, ${kind}: loss ${learned.losses.map((x) => x.toFixed(4)).join(" → ")}`,
      );
    }
    for (const method of methods) {
      const found = await method.forecast(test);
      all.forecasts.set(method.name, [...all.forecasts.get(method.name) ?? [], ...found]);
    }
    all.windows.push(...test);
    if (f === folds.length - 1 && flags.out) {
      await saveForecaster(models.at(-1)!, `${flags.out}/model`);
    }
    for (const model of models) model[Symbol.dispose]();
  }
  const collected = [...all.forecasts].map(([name, found]): ForecastMethod => ({
    name,
    forecast: () => found,
  }));
  const known = values.slice(0, folds[0]!.from);
  const report = await evaluateForecasts(collected, all.windows, {
    known,
    season,
    seed: flags.seed,
  });
  console.log(`\n${report}`);
  if (flags.out) await draw(series, all);
  if (!flags.json) return;
  const results = report.scores.map(({ name, rmse, mae, mase }) => ({
    name,
    rmse: rmse.value,
    mae: mae.value,
    mase: mase.value,
    low: mase.low,
    high: mase.high,
  }));
  console.log(
    JSON.stringify({ device: device.name, windows: all.windows.length, losses, results }),
  );
}

async function draw({ name }: Series, { windows, forecasts }: Collected): Promise<void> {
  const line = (rows: readonly (readonly number[])[]) =>
    rows.flatMap((row, i) => row.map((v, k): [number, number] => [windows[i]!.at + k, v]));
  const [last, found] = [...forecasts].at(-1)!;
  const figure = lineFigure(
    { measured: line(windows.map(({ future }) => future)), [last]: line(found) },
    { title: name, x: "step", y: "value" },
  );
  await saveFigure(`${flags.out}/forecast.svg`, figure);
}

await run(train);
