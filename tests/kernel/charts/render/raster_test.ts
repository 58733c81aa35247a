import assert from "node:assert/strict";
import { decode } from "fast-png";
import { fontsFor } from "../../../../kernel/charts/render/fonts.ts";
import { rasterise } from "../../../../kernel/charts/render/raster.ts";

/** How many pixels across a text is, in a picture of it. */
async function across(text: string, family: string): Promise<number> {
  const { width, height, channels, data } = decode(
    await rasterise(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 20" width="200" height="20">` +
        `<text x="0" y="15" font-size="12" font-family="${family}">${text}</text></svg>`,
      1,
    ),
  );
  let last = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[(y * width + x) * channels + 3]! > 0) last = Math.max(last, x);
    }
  }
  return last;
}

Deno.test("rasterise() writes letters of one width where a drawing asks for them", async () => {
  const mono = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";
  const [narrow, wide] = [await across("iiiiiiiim", mono), await across("mmmmmmmmm", mono)];
  assert.ok(Math.abs(narrow - wide) <= 1, `${narrow} and ${wide} pixels`);
  assert.ok(
    await across("iiiiiiiim", "sans-serif") < 0.7 * await across("mmmmmmmmm", "sans-serif"),
  );
});

Deno.test("fontsFor() reads the first font that is there, once, and only for letters that DejaVu Sans lacks", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const places = ["none.ttf", "second.ttc", "third.ttf"].map((name) => `${folder}/${name}`);
    await Deno.writeFile(places[1]!, new Uint8Array([2]));
    await Deno.writeFile(places[2]!, new Uint8Array([3]));
    for (const text of ["", "Attention αβ → ½ ·␣", "Привет, Ĉu?"]) {
      assert.deepEqual(await fontsFor(text, places), [], text);
    }
    for (const text of ["注意力", "こんにちは", "カナ", "안녕", "（）", "a，b", "、"]) {
      assert.deepEqual(await fontsFor(text, places), [new Uint8Array([2])], text);
    }
    await Deno.remove(places[1]!); // it is known already
    assert.deepEqual(await fontsFor("注", places), [new Uint8Array([2])]);
    assert.deepEqual(await fontsFor("注", [`${folder}/none.ttf`]), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("rasterise() draws Chinese letters with a font of the machine", async () => {
  const [font] = await fontsFor("注意力");
  const [chinese, unknown] = [
    await across("注意力", "sans-serif"),
    await across("\u{10fffd}", "sans-serif"),
  ];
  if (font) assert.ok(Math.abs(chinese - 36) < 6, `${chinese} pixels`);
  // deno-lint-ignore no-console
  else console.log("Chinese letters in PNG: not run, as this machine has no font for them");
  assert.ok(unknown < 20);
});
