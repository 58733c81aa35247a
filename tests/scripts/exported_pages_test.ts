import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { type Notebook, readNotebook } from "@tome/tome/notebook";
import { CHROMIUM_FLAGS, findChromium } from "../_support/chromium.ts";
import { runScript } from "./_run.ts";

const NOTEBOOKS = fileURLToPath(new URL("../../notebooks", import.meta.url));

/** What a page shows of what the notebook has. */
interface Seen {
  /** For each chart: how many marks its figure has, or `"picture"` where it stayed a picture. */
  charts: (number | "picture")[];
  /** For each view of attention: how many of its tokens stand in the page. */
  attention: number[];
  /** Pictures that are shown, and those of them without pixels. */
  pictures: number;
  broken: string[];
  /** Formulas that have a size. */
  formulas: number;
  /** What KaTeX could not read. */
  misread: string[];
}

/** Looks at a page, in the page. */
function look(): Seen {
  const all = (
    selector: string,
    within: ParentNode = document,
  ) => [...within.querySelectorAll<HTMLElement>(selector)];
  const visible = (element: Element) => {
    const { width, height } = element.getBoundingClientRect();
    return width + height > 0;
  };
  const marks = [".trace path", ".trace image", ".hm image"].map((mark) =>
    `.cartesianlayer ${mark}`
  )
    .concat(".gl-container canvas").join();
  const pictures = all("img").filter((image) => image.checkVisibility()) as HTMLImageElement[];
  return {
    charts: all("[data-tome-chart]").map((place) =>
      place.querySelector(".plot-container")
        ? all(marks, place).filter((mark) => mark.checkVisibility() && visible(mark)).length
        : "picture"
    ),
    attention: all("[data-tome-attention]").map((place) => {
      const { groups } = JSON.parse(place.dataset.tomeAttention!);
      const { queries, keys } = groups[0] as { queries: string[]; keys: string[] };
      const text = place.textContent!;
      return [...queries, ...keys].filter((token) => text.includes(token)).length;
    }),
    pictures: pictures.length,
    broken: pictures.filter((image) => image.naturalWidth === 0).map((image) => image.alt),
    formulas: all("math").filter(visible).length,
    misread: all(".katex-error").map((element) => element.textContent!),
  };
}

/** How often an attribute stands in what the cells of a notebook show. */
function countOutputs({ cells }: Notebook, pattern: RegExp): number {
  return cells.flatMap(({ outputs = [] }) => outputs).reduce((sum, output) => {
    const html = "data" in output ? String(output.data["text/html"] ?? "") : "";
    return sum + (html.match(pattern)?.length ?? 0);
  }, 0);
}

/** How many formulas the prose of a notebook has at the least: those that stand alone. */
function countFormulas({ cells }: Notebook): number {
  const prose = cells.filter((cell) => cell.cell_type === "markdown").map(({ source }) => source);
  return prose.join("\n\n").match(/^\$\$[\s\S]+?\$\$$/gm)?.length ?? 0;
}

async function checkPage(page: Page, file: string, notebook: Notebook): Promise<Seen> {
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(`uncaught: ${error.stack ?? error}`));
  page.on("requestfailed", (request) => errors.push(`not loaded: ${request.url().slice(0, 200)}`));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) errors.push(`asked for ${request.url()}`);
  });
  await page.goto(`file://${file}`, { waitUntil: "load", timeout: 120_000 });
  const charts = countOutputs(notebook, /<div data-tome-chart=/g);
  await page.waitForFunction( // the program of the charts is unpacked after the page is there
    (count) => document.querySelectorAll(".plot-container .infolayer").length >= count,
    charts,
    { timeout: 30_000 },
  ).catch(() => {}); // what is missing is told below
  const seen = await page.evaluate(look);
  assert.deepEqual(errors, []);
  assert.deepEqual(seen.misread, []);
  assert.deepEqual(seen.broken, []);
  assert.equal(seen.charts.length, charts);
  for (const [i, marks] of seen.charts.entries()) {
    assert.ok(marks !== "picture", `chart ${i + 1} stays a picture`);
    assert.ok(marks > 0, `chart ${i + 1} is empty`);
  }
  assert.equal(seen.attention.length, countOutputs(notebook, /<div data-tome-attention=/g));
  for (const tokens of seen.attention) assert.ok(tokens >= 2, "a view of attention has no tokens");
  assert.ok(seen.formulas >= countFormulas(notebook), `${seen.formulas} formulas`);
  return seen;
}

/** Copies the notebooks of a folder, and what lies beside them. */
async function copyNotebooks(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyNotebooks(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("notebooks.ts export makes pages that open without a network and show their figures", async (t) => {
  const executablePath = await findChromium();
  if (!executablePath) {
    // deno-lint-ignore no-console
    console.log("exported pages: not run, as there is no Chromium (TOME_CHROMIUM names one)");
    return;
  }
  const { chromium } = await import("playwright-core");
  const folder = await Deno.makeTempDir();
  const pictures = Deno.env.get("TOME_SCREENSHOTS"); // a folder, to look at the pages
  try {
    const notebooks = `${folder}/notebooks`;
    await copyNotebooks(NOTEBOOKS, notebooks);
    const exported = await runScript("notebooks", [
      "export",
      notebooks,
      `--out=${folder}/pages`,
      "--json",
    ]);
    assert.equal(exported.code, 0, exported.stderr);
    const files = exported.stdout.trim().split("\n").map((line) => JSON.parse(line))
      .map(({ path, note }) => ({
        path: path as string,
        file: /→ (.*\.html),/.exec(note as string)![1]!,
      }));
    assert.ok(files.length > 10);
    await using browser: Browser = await chromium.launch({
      executablePath,
      args: [...CHROMIUM_FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND"],
    });
    const sums = { charts: 0, pictures: 0, formulas: 0, attention: 0 };
    for (const { path, file } of files) {
      const name = path.slice(notebooks.length + 1);
      await t.step(name, async () => {
        const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
        const seen = await checkPage(page, file, await readNotebook(path));
        sums.charts += seen.charts.length;
        sums.attention += seen.attention.length;
        sums.pictures += seen.pictures;
        sums.formulas += seen.formulas;
        if (pictures) {
          const picture = `${pictures}/${name.replaceAll("/", "_")}.png`;
          await page.screenshot({ path: picture, fullPage: true });
        }
        await page.close();
      });
    }
    assert.ok(Math.min(...Object.values(sums)) > 0, JSON.stringify(sums));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
