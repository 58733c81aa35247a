import assert from "node:assert/strict";
import { type BrowserContext, chromium } from "playwright-core";
import {
  compareOutputs,
  createNotebook,
  formatNotebook,
  type Notebook,
  readNotebook,
  stripNotebook,
} from "@tome/tome/notebook";
import { CHROMIUM_FLAGS, findChromium } from "./_support/chromium.ts";
import { findLab, type Lab, startLab } from "./_support/lab.ts";
import { LabPage } from "./_support/lab_page.ts";

const START = "00_start.ipynb";
const ATTENTION = "000_future/4.2.3_transformer.ipynb";
const MINUTE = 60_000;

/** A notebook whose second cell would train for hours. */
const ENDLESS = createNotebook([
  [
    "code",
    `import { data, nextToken, optim, seed, Trainer, useDevice } from "@tome/tome";
import { live } from "@tome/tome/display";
import { GPT } from "@tome/tome/models/gpt";
seed(1);
await useDevice("wasm");
const model = new GPT({ vocabSize: 8, contextLength: 16, numLayers: 1, numHeads: 2, embedDim: 16,
  dropout: 0 });
const ids = Int32Array.from({ length: 400 }, (_, i) => i % 8);
const windows = new data.TextWindows(ids, { contextLength: 16, batchSize: 4, seed: 1 });
const trainer = new Trainer(model, {
  optimizer: new optim.AdamW(model.namedParameters(), { lr: 0.01 }),
  loss: nextToken,
  callbacks: [live({ title: "without end" })],
});
console.log("process", Deno.pid);`,
  ],
  [
    "code",
    `const history = await trainer.fit(windows, { steps: 10_000_000 });
console.log("fit has returned");`,
  ],
  [
    "code",
    `console.log("process", Deno.pid, "steps", history.length, "next", trainer.step);`,
  ],
]);

const committed = new Map<string, Notebook>();
for (const name of [START, ATTENTION]) {
  committed.set(
    name,
    await readNotebook(new URL(`../notebooks/${name}`, import.meta.url).pathname),
  );
}
const [python, executablePath] = await Promise.all([findLab(), findChromium()]);

if (!python || !executablePath) {
  const missing = python
    ? "Chromium (TOME_CHROMIUM names one)"
    : "JupyterLab (TOME_PYTHON names a Python that has it)";
  // deno-lint-ignore no-console
  console.log(`Browser tests: not run, as there is no ${missing}`);
} else {
  Deno.test("JupyterLab with our kernel", async (t) => {
    const files: Record<string, string> = { "notebooks/endless.ipynb": formatNotebook(ENDLESS) };
    for (const [name, notebook] of committed) {
      files[`downloaded/${name}`] = formatNotebook(notebook);
      files[`notebooks/${name}`] = formatNotebook(stripNotebook(notebook));
    }
    await using lab = await startLab(python, files);
    await using browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
    await using context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const step = (name: string, run: (browser: BrowserContext, lab: Lab) => Promise<void>) =>
      t.step(name, () => run(context, lab));

    await step("runs all of 00_start: each output in its cell, a view that moves", runStart);
    await step("runs all of the attention notebook, whose view answers the mouse", runAttention);
    await step("stops a training, twice, and keeps its state", stopTraining);
    for (const name of committed.keys()) {
      await step(
        `opens ${name} with pictures, and once it is trusted with figures`,
        (b, l) => openDownloaded(b, l, name),
      );
    }
  });
}

async function runStart(browser: BrowserContext, lab: Lab): Promise<void> {
  await using page = await LabPage.open(browser, lab, `notebooks/${START}`);
  const training = codeCells(committed.get(START)!)
    .findIndex(({ source }) => source.includes("trainer.fit("));
  const seen = await page.watch(training);
  await page.runAll();
  await assertAsCommitted(page, START);

  const during = (await seen()).filter(({ running }) => running);
  const steps = during.map(({ text }) => Number(/step (\d+) of 300/.exec(text)?.[1]));
  const inOrder = steps.filter((n) => !Number.isNaN(n));
  assert.ok(new Set(inOrder).size >= 8, `the view showed the steps ${inOrder}`);
  assert.deepEqual(inOrder, inOrder.toSorted((a, b) => a - b));
  const losses = new Set(during.map(({ text }) => /loss (\d+\.\d+)/.exec(text)?.[1]));
  assert.ok(losses.size >= 8, `the view showed the losses ${[...losses]}`);
  const curves = new Set(during.map(({ picture }) => picture));
  assert.ok(curves.size >= 8, `the view showed ${curves.size} curves`);
  assert.ok(during.every(({ outputs }) => outputs <= 1), "the view stays in its place");
  await assertFigures(page, START);
  page.assertNoErrors();
}

async function runAttention(browser: BrowserContext, lab: Lab): Promise<void> {
  await using page = await LabPage.open(browser, lab, `notebooks/${ATTENTION}`);
  await page.runAll();
  await assertAsCommitted(page, ATTENTION);
  await assertFigures(page, ATTENTION);

  const view = page.page.locator("[data-tome-attention]");
  const lines = () =>
    view.locator("canvas").evaluate((node) => (node as HTMLCanvasElement).toDataURL());
  const shares = async () =>
    (await view.locator("[data-key] > span:first-child").allTextContents()).map((text) =>
      text === "" ? undefined : Number(text)
    );
  await view.scrollIntoViewIfNeeded();
  const [linesBefore, sharesBefore] = [await lines(), await shares()];
  assert.deepEqual(sharesBefore, Array(5).fill(undefined));
  const others: string[] = [];
  for (const query of [0, 2]) {
    await view.locator(`[data-query="${query}"]`).hover();
    const weights = (await shares()).map((weight) => weight ?? NaN);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    assert.ok(Math.abs(total - 1) < 0.03, `the weights of token ${query} are ${weights}`);
    assert.ok(weights.every((weight, key) => (weight === 0) === (key > query)), `${weights}`);
    others.push(await lines());
  }
  assert.equal(new Set([linesBefore, ...others]).size, 3);
  await page.picture("attention_hover");
  await page.page.mouse.move(0, 0);
  assert.deepEqual([await lines(), await shares()], [linesBefore, sharesBefore]);
  await view.locator('[data-head="0"]').click();
  assert.notEqual(await lines(), linesBefore);
  page.assertNoErrors();
}

async function stopTraining(browser: BrowserContext, lab: Lab): Promise<void> {
  await using page = await LabPage.open(browser, lab, "notebooks/endless.ipynb");
  await page.runCell(0);
  await page.cellEnded(0, MINUTE);
  const started = await page.output(0);
  const [, process] = /^process (\d+)\s*$/.exec(started) ?? assert.fail(started);
  let before = 1;
  for (let press = 1; press <= 2; press++) {
    await page.runCell(1);
    const view = page.codeCells.nth(1).locator(".jp-OutputArea-output").first();
    await view.filter({ hasText: /loss \d/ }).waitFor();
    await page.press("notebook:interrupt-kernel");
    await page.cellEnded(1, 20_000); // it is a fraction of a second on an idle machine
    assert.match(await page.output(1), /interrupted[^]*fit has returned/);
    await page.runCell(2);
    await page.cellEnded(2, 20_000);
    const [, same, steps, next] = /^process (\d+) steps (\d+) next (\d+)$/
      .exec((await page.output(2)).trim())!;
    assert.equal(same, process, "the kernel is the same");
    assert.ok(Number(steps) > 0);
    assert.ok(Number(next) > before, `training went on from step ${before} to ${next}`);
    before = Number(next);
  }
  await page.picture("stop");
  page.assertNoErrors();
}

async function openDownloaded(browser: BrowserContext, lab: Lab, name: string): Promise<void> {
  const title = name.replaceAll(/\/|\.ipynb$/g, "_");
  {
    await using page = await LabPage.open(browser, lab, `downloaded/${name}`);
    await page.saysTrusted(false);
    await assertPictures(page, name);
    await page.picture(`${title}untrusted`);
    await page.trust();
    await page.save();
    page.assertNoErrors();
  }
  await using page = await LabPage.open(browser, lab, `downloaded/${name}`);
  await page.saysTrusted(true);
  await assertFigures(page, name);
  await page.picture(`${title}trusted`);
  page.assertNoErrors();
}

/** Waits for the end of "Run All" and compares the page, and the file that it saves, with what is committed. */
async function assertAsCommitted(page: LabPage, name: string): Promise<void> {
  const notebook = committed.get(name)!;
  const cells = codeCells(notebook);
  await page.cellEnded(cells.length - 1, 5 * MINUTE);
  assert.deepEqual(
    await page.cells(),
    cells.map(({ outputs }, i) => ({ prompt: `[${i + 1}]:`, outputs: outputs?.length })),
  );
  const after = codeCells(await page.save());
  for (const [i, cell] of cells.entries()) {
    assert.equal(after[i]!.execution_count, i + 1);
    const own = { ...notebook.metadata.tome, ...cell.metadata.tome };
    const { rtol = 1e-3, atol = 1e-6, compare } = own;
    const found = compareOutputs(
      cell.outputs ?? [],
      after[i]!.outputs ?? [],
      { rtol, atol },
      compare,
    );
    assert.deepEqual(found, [], `code cell ${i + 1} of ${name}`);
  }
}

/** Fails unless each figure is interactive: scripts ran. */
async function assertFigures(page: LabPage, name: string): Promise<void> {
  for (const { kind, cell } of figures(name)) {
    const output = page.codeCells.nth(cell);
    if (kind === "plotly") await output.locator(".js-plotly-plot .main-svg").first().waitFor();
    if (kind === "attention") await output.locator("[data-query] ~ [data-query]").first().waitFor();
    if (kind === "picture") await output.locator("img").first().waitFor();
  }
}

/** Fails unless a picture stands for each figure, and no script ran or left its text. */
async function assertPictures(page: LabPage, name: string): Promise<void> {
  for (const { cell } of figures(name)) {
    const output = page.codeCells.nth(cell).locator(".jp-OutputArea-output");
    const picture = output.locator("img").first();
    await picture.scrollIntoViewIfNeeded();
    await picture.waitFor();
    const [width, drawn] = await picture.evaluate(async (node) => {
      const image = node as HTMLImageElement;
      await image.decode();
      return [image.naturalWidth, image.getBoundingClientRect().width];
    });
    assert.ok(width! > 0 && drawn! >= 40, `code cell ${cell + 1} of ${name}: ${drawn} pixels`);
    assert.equal(await output.locator(".js-plotly-plot, [data-query], script").count(), 0);
    assert.doesNotMatch(await page.output(cell), /function|=>/);
  }
}

/** An output that is a figure. */
interface FigureCell {
  /** The number of its code cell, from 0. */
  cell: number;
  /** What it becomes where scripts run. */
  kind: "plotly" | "attention" | "picture";
}

/** The outputs that are figures. */
function figures(name: string): FigureCell[] {
  const found: FigureCell[] = [];
  for (const [cell, { outputs = [] }] of codeCells(committed.get(name)!).entries()) {
    for (const output of outputs) {
      const data = "data" in output ? output.data : {};
      const html = String(data["text/html"] ?? "");
      if ("application/vnd.plotly.v1+json" in data) found.push({ cell, kind: "plotly" });
      else if (html.includes("data-tome-attention")) found.push({ cell, kind: "attention" });
      else if (html.includes("<img")) found.push({ cell, kind: "picture" });
    }
  }
  assert.ok(found.length > 0);
  return found;
}

function codeCells(notebook: Notebook): Notebook["cells"] {
  return notebook.cells.filter(({ cell_type }) => cell_type === "code");
}
