import type { Figure } from "../figure.ts";
import { rasterise } from "./raster.ts";
import { renderSvg, type SvgOptions } from "./svg.ts";

/** How {@link renderPng} draws. */
export interface PngOptions extends SvgOptions {
  /** How many pixels of the PNG a pixel of the figure is wide. @default {2} */
  zoom?: number;
  /**
   * Fonts, as TrueType or OpenType files, for the letters that DejaVu Sans lacks, such as Chinese.
   *
   * @default {a font of the machine that has them, if there is one}
   */
  fonts?: readonly Uint8Array[];
}

/**
 * Draws a figure as a PNG picture, without a browser; its letters are those of DejaVu Sans wherever it has them.
 *
 * @param figure The figure.
 * @param options The size and more fonts.
 * @returns The bytes of the PNG file.
 */
export function renderPng(figure: Figure, options: PngOptions = {}): Promise<Uint8Array> {
  const { zoom = 2, fonts = [] } = options;
  return rasterise(renderSvg(figure, options), zoom, fonts);
}
