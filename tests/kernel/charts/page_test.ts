import assert from "node:assert/strict";
import {
  barChart,
  barFigure,
  parallelCoordinatesFigure,
  renderHtml,
  surfaceChart,
  surfaceFigure,
} from "@tome/tome/display";

const text = async (view: { display(): unknown }) =>
  (await view.display() as Record<string, string>)["text/html"]!;

const session = await (async () => {
  const first = await text(barChart(["a", "b"], { x: [1, 2] }));
  const second = await text(barChart(["a", "b"], { x: [2, 1] }));
  const third = await text(surfaceChart([[1, 2], [3, 4]]));
  return { first, second, third };
})();

Deno.test("Chart.display() brings plotly.js along once a session, and not in the view's own bundle", async () => {
  const { first, second, third } = session;
  assert.match(first, /plotly\.js \(cartesian/);
  assert.doesNotMatch(second, /plotly\.js \(/);
  assert.match(third, /plotly\.js \(gl3d/);
  assert.ok(first.length < 680_000, `the first chart has ${first.length} bytes`);
  assert.ok(second.length < 20_000, `the second chart has ${second.length} bytes`);
  const view = barChart(["a"], { x: [1] });
  assert.doesNotMatch(view.bundle["text/html"] as string, /plotly\.js \(/);
  assert.equal(await text(view), view.bundle["text/html"]);
});

/** What a browser makes of a page, or nothing where there is no browser. */
async function open(html: string): Promise<string | undefined> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/page.html`, html);
    for (const command of [Deno.env.get("TOME_CHROMIUM"), "chromium", "google-chrome"]) {
      if (!command) continue;
      try {
        const { stdout } = await new Deno.Command(command, {
          args: [
            ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
            ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
            ...["--virtual-time-budget=8000", `--user-data-dir=${folder}/profile`, "--dump-dom"],
            `file://${folder}/page.html`,
          ],
          stderr: "null",
        }).output();
        return new TextDecoder().decode(stdout).replace(/<script[\s\S]*?<\/script>/g, "");
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    // deno-lint-ignore no-console
    console.log("charts in a browser: not run, as there is no Chromium");
    return undefined;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const count = (page: string, pattern: RegExp) => page.match(pattern)?.length ?? 0;
const page = (...parts: string[]) => `<!doctype html><meta charset="utf-8">${parts.join("\n")}`;

Deno.test("charts in a browser become interactive, before and after the one that brings plotly.js", async () => {
  const { first, second } = session;
  const dom = await open(
    page(second, first, second.replaceAll("data-tome-chart", "data-tome-other")),
  );
  if (dom === undefined) return;
  assert.equal(count(dom, /class="plot-container/g), 3);
  assert.equal(count(dom, /<img [^>]*style="[^"]*display: none/g), 3);
});

Deno.test("charts in a browser stay pictures where plotly.js is missing", async () => {
  const dom = await open(page(session.second));
  if (dom === undefined) return;
  assert.equal(count(dom, /class="plot-container/g), 0);
  assert.equal(count(dom, /<img [^>]*src="data:image\/svg\+xml/g), 1);
  assert.doesNotMatch(dom, /display: none/);
});

Deno.test("renderHtml() makes a page whose charts a browser draws with several bundles", async () => {
  const html = await renderHtml("All", [
    barFigure(["a"], { x: [1] }),
    "<p>between</p>",
    parallelCoordinatesFigure([{ a: 1, b: 2 }, { a: 2, b: 1 }]),
    surfaceFigure([[1, 2], [3, 4]]),
    barFigure(["b"], { x: [1] }),
  ]);
  assert.equal(count(html, /plotly\.js \(/g), 3);
  const dom = await open(html);
  if (dom === undefined) return;
  assert.ok(count(dom, /class="plot-container/g) >= 2); // those in 3D need WebGL
  assert.equal(count(dom, /<figure data-figure="\d"/g), 4);
});
