import { rasterise } from "./charts/render/raster.ts";
import { type MediaBundle, View } from "./view.ts";

/** A view whose bundle holds a drawing; a notebook is sent a PNG picture of it too, for readers who see neither SVG nor HTML. */
export class DrawnView extends View {
  #png: Promise<string | undefined> | undefined;

  /** What a notebook is sent: the bundle, with its drawing as a picture. */
  override async display(): Promise<MediaBundle> {
    const { bundle } = this;
    const drawing = bundle["image/svg+xml"];
    if (typeof drawing !== "string" || "image/png" in bundle) return bundle;
    this.#png ??= rasterise(drawing, 1).then((bytes) => bytes.toBase64(), () => undefined);
    const png = await this.#png;
    return png ? { ...bundle, "image/png": png } : bundle; // without a rasteriser the drawing has to do
  }
}
