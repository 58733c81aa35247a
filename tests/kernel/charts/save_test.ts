import assert from "node:assert/strict";
import { decode } from "fast-png";
import { heatmapFigure, lineFigure, saveFigure, surfaceFigure } from "@tome/tome/display";

const FIGURE = lineFigure({ loss: [[1, 4], [2, 3]] }, { title: "Loss </script>", y: "nats" });

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("saveFigure() writes a page, a picture and plotly's figure by extension", () =>
  inFolder(async (folder) => {
    for (const name of ["a.html", "a.svg", "a.json"]) await saveFigure(`${folder}/${name}`, FIGURE);
    const html = await Deno.readTextFile(`${folder}/a.html`);
    assert.match(html, /plotly\.js \(cartesian - minified\)/);
    assert.doesNotMatch(html, /<script[^>]* src=|<link|@import/);
    assert.ok(html.length < 700_000, `the page has ${html.length} bytes`);
    assert.match(await Deno.readTextFile(`${folder}/a.svg`), /^<svg .*Loss &lt;\/script&gt;/s);
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${folder}/a.json`)), FIGURE);
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map((e) => e.name).sort(),
      ["a.html", "a.json", "a.svg"],
    );
  }));

Deno.test("saveFigure() gives a page the bundle of plotly.js that its figure needs", () =>
  inFolder(async (folder) => {
    await saveFigure(`${folder}/a.HTML`, surfaceFigure([[1, 2], [3, 4]]));
    const html = await Deno.readTextFile(`${folder}/a.HTML`);
    assert.match(html, /plotly\.js \(gl3d - minified\)/);
    assert.doesNotMatch(html, /cartesian/);
  }));

Deno.test("saveFigure() writes a PNG whose letters are there", () =>
  inFolder(async (folder) => {
    const dark = async (title: string) => {
      const path = `${folder}/a.png`;
      await saveFigure(path, lineFigure({ loss: [[1, 4], [2, 3]] }, { title }), {
        width: 400,
        height: 300,
      });
      const { width, height, data, channels } = decode(await Deno.readFile(path));
      assert.deepEqual([width, height], [800, 600]);
      let count = 0; // of dark pixels where the title stands
      for (let i = 0; i < 70 * width; i++) if (data[i * channels]! < 100) count++;
      return count;
    };
    const [none, some, more] = [
      await dark(" "),
      await dark("loss"),
      await dark("loss of a long run"),
    ];
    assert.ok(none === 0 && some > 100 && more > 2 * some, `${none}, ${some}, ${more}`);
  }));

Deno.test("saveFigure() writes a PNG of a matrix of many cells in its colours", () =>
  inFolder(async (folder) => {
    const matrix = Array.from({ length: 40 }, (_, r) => Array.from({ length: 40 }, () => r));
    await saveFigure(`${folder}/a.png`, heatmapFigure(matrix), { zoom: 1 });
    const { width, data, channels } = decode(await Deno.readFile(`${folder}/a.png`));
    const at = (x: number, y: number) =>
      Array.from(data.slice(channels * (y * width + x)).slice(0, 3));
    assert.deepEqual([at(300, 23), at(300, 365)], [[68, 1, 84], [253, 231, 37]]); // #440154, #fde725
  }));

Deno.test("saveFigure() throws if it does not know the extension, and writes nothing", () =>
  inFolder(async (folder) => {
    await assert.rejects(saveFigure(`${folder}/a.gif`, FIGURE), {
      name: "TypeError",
      message: /current ending is "\.gif"/,
    });
    await assert.rejects(saveFigure(`${folder}/a`, FIGURE), /current ending is none/);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));
