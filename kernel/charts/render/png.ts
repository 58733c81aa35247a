import type { Figure } from "../figure.ts";
import { renderSvg, type SvgOptions } from "./svg.ts";

/** How {@link renderPng} draws. */
export interface PngOptions extends SvgOptions {
  /** How many pixels of the PNG a pixel of the figure is wide. @default {2} */
  zoom?: number;
  /** Fonts, as TrueType or OpenType files, for the letters that DejaVu Sans lacks, such as Chinese. @default {[]} */
  fonts?: readonly Uint8Array[];
}

/** Loaded at the first picture: the rasteriser, and the font. */
let tools:
  | Promise<{ Resvg: typeof import("@resvg/resvg-wasm").Resvg; font: Uint8Array }>
  | undefined;

/**
 * Draws a figure as a PNG picture, without a browser; its letters are those of DejaVu Sans wherever it runs.
 *
 * @param figure The figure.
 * @param options The size and more fonts.
 * @returns The bytes of the PNG file.
 */
export async function renderPng(figure: Figure, options: PngOptions = {}): Promise<Uint8Array> {
  const { zoom = 2, fonts = [] } = options;
  tools ??= load();
  const { Resvg, font } = await tools;
  const picture = new Resvg(renderSvg(figure, options), {
    fitTo: { mode: "zoom", value: zoom },
    font: {
      fontBuffers: [font, ...fonts],
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
  await initWasm(await read("npm:@resvg/resvg-wasm@2.6.2/index_bg.wasm"));
  return { Resvg, font: await read("npm:dejavu-fonts-ttf@2.37.3/ttf/DejaVuSans.ttf") };
}
