import { fontsFor } from "./fonts.ts";

/** Loaded at the first picture: the rasteriser, and the fonts. */
let tools:
  | Promise<{ Resvg: typeof import("@resvg/resvg-wasm").Resvg; fonts: Uint8Array[] }>
  | undefined;

/**
 * Turns a drawing into a PNG picture, without a browser. Its letters are those of DejaVu Sans wherever it runs; Chinese, Japanese
 * and Korean ones come from a font of the machine, if it has one.
 *
 * @param svg The drawing.
 * @param zoom How many pixels of the picture a pixel of the drawing is wide.
 * @param fonts Fonts for the letters that DejaVu Sans lacks, in place of the machine's.
 * @returns The bytes of the PNG file.
 */
export async function rasterise(
  svg: string,
  zoom: number,
  fonts: readonly Uint8Array[] = [],
): Promise<Uint8Array> {
  tools ??= load();
  const { Resvg, fonts: own } = await tools;
  // the rasteriser looks no further than the first of several families
  const picture = new Resvg(svg.replaceAll("ui-monospace, ", ""), {
    fitTo: { mode: "zoom", value: zoom },
    font: {
      fontBuffers: [...own, ...(fonts.length ? fonts : await fontsFor(svg))],
      defaultFontFamily: "DejaVu Sans",
      sansSerifFamily: "DejaVu Sans",
    },
  });
  const image = picture.render();
  const bytes = image.asPng();
  image.free();
  picture.free();
  return bytes;
}

async function load() {
  const [{ initWasm, Resvg }] = await Promise.all([
    import("@resvg/resvg-wasm"),
    import("dejavu-fonts-ttf/package.json", { with: { type: "json" } }), // brings its files along
  ]);
  const read = (file: string) => Deno.readFile(new URL(import.meta.resolve(file)));
  await initWasm(await read("npm:@resvg/resvg-wasm@2.6.2/index_bg.wasm")).catch(
    (error: unknown) => {
      // whoever else draws in this process may have made it ready before
      if (!/already initialized/i.test(String(error))) throw error;
    },
  );
  const fonts = await Promise.all([
    read("npm:dejavu-fonts-ttf@2.37.3/ttf/DejaVuSans.ttf"),
    read("npm:dejavu-fonts-ttf@2.37.3/ttf/DejaVuSansMono.ttf"),
  ]);
  return { Resvg, fonts };
}
