import { extname } from "node:path";
import { writeAtomic } from "../../lib/checkpoint/mod.ts";
import type { Figure } from "./figure.ts";
import { renderHtml } from "./render/html.ts";
import { inScript } from "./render/plotly.ts";
import { renderPng } from "./render/png.ts";
import { describe, renderSvg, type SvgOptions } from "./render/svg.ts";

/** How {@link saveFigure} draws. */
export interface SaveFigureOptions extends SvgOptions {
  /** How many pixels of a PNG a pixel of the figure is wide. @default {2} */
  zoom?: number;
  /**
   * Fonts, as TrueType or OpenType files, for the letters of a PNG that DejaVu Sans lacks, such as Chinese.
   *
   * @default {a font of the machine that has them, if there is one}
   */
  fonts?: readonly Uint8Array[];
}

/**
 * Saves a figure; the extension says how: `.html` is a page that needs nothing else, `.svg` and `.png` are pictures, and `.json`
 * is what plotly.js takes.
 *
 * @param path The file; its folder exists, and a file there is replaced in one step.
 * @param figure The figure.
 * @param options The size, and the fonts of a PNG.
 * @throws {TypeError} If the extension is another one.
 *
 * @example
 * ```ts
 * import { lineFigure, saveFigure } from "@tome/tome/display";
 *
 * const folder = await Deno.makeTempDir();
 * await saveFigure(`${folder}/loss.svg`, lineFigure({ loss: [[1, 4.2], [2, 3.9]] }));
 * ```
 */
export async function saveFigure(
  path: string,
  figure: Figure,
  options: SaveFigureOptions = {},
): Promise<void> {
  await writeAtomic(path, await content(extname(path).toLowerCase(), figure, options));
}

function content(
  extension: string,
  figure: Figure,
  options: SaveFigureOptions,
): string | Promise<string | Uint8Array> {
  switch (extension) {
    case ".html":
      return renderHtml(describe(figure), [figure]);
    case ".svg":
      return renderSvg(figure, options);
    case ".png":
      return renderPng(figure, options);
    case ".json":
      return inScript(figure) + "\n";
    default:
      throw new TypeError(
        `Cannot save a figure as its file must end with .html, .svg, .png or .json: current ending is ${
          extension ? JSON.stringify(extension) : "none"
        }`,
      );
  }
}
