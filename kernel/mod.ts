/**
 * What a notebook or a terminal sees: charts and reports.
 *
 * A chart is plain data, a {@link Figure}, made by a pure function and drawn by another: {@link renderSvg} for a picture,
 * {@link renderText} for a terminal, {@link renderHtml} for a page whose charts can be zoomed.
 *
 * Imported inside Deno's Jupyter kernel, it also makes the kernel trustworthy; see {@link trust}.
 *
 * @module
 */
import { trust } from "./trust/mod.ts";
export { escape, type MediaBundle, View } from "./view.ts";
export { DrawnView } from "./drawn_view.ts";
export * from "./charts/mod.ts";
export { type Sample, type TrainingReport, trainingReport } from "./report.ts";
export { show, Shown, type ShowOptions } from "./show.ts";
export { live, type LiveOptions } from "./live/mod.ts";
export { type LiveRow, LiveTable } from "./live/table.ts";
export {
  installKernel,
  type InstallOptions,
  type KernelFile,
  kernelFiles,
  kernelFolder,
  type KernelSpec,
  kernelSpec,
  removeKernel,
} from "./install/mod.ts";
export { trust, type TrustedHost } from "./trust/mod.ts";
export type { Host, Internals } from "./trust/host.ts";

trust(); // does nothing outside of a kernel
export { type AudioOptions, audioPlayer, type Sound } from "./views/audio.ts";
export { deviceView } from "./views/device.ts";
export { historyView, type HistoryViewOptions } from "./views/history.ts";
export { imageGrid, type ImageGridOptions, type ImagePixels } from "./views/images.ts";
export {
  type MarkedBox,
  type MarkedImage,
  markedImages,
  type MarkedImagesOptions,
} from "./views/marked_images.ts";
export { type MemoryCount, memoryView } from "./views/memory.ts";
export { moduleView, type ModuleViewOptions } from "./views/module.ts";
export {
  liveSearch,
  type LiveSearchOptions,
  searchView,
  type SearchViewOptions,
} from "./views/search.ts";
export { type PixelRange } from "./views/pixels.ts";
export { type Spectrogram, spectrogram, type SpectrogramOptions } from "./views/spectrogram.ts";
export { type Columns, dataTable, type DataTableOptions, type Records } from "./views/table.ts";
export { tensorView, type TensorViewOptions } from "./views/tensor.ts";
export { type AttentionViewOptions, headView, modelView } from "./views/attention.ts";
export { type AttentionGroup } from "./views/attention_data.ts";
export { spansOfWords, spanView, type SpanViewOptions, type TextSpan } from "./views/spans.ts";
export { tokenView, type TokenViewOptions } from "./views/tokens.ts";
export { embeddingView, type EmbeddingViewOptions } from "./views/embedding.ts";
export { project, type Projection, type ProjectOptions } from "./views/projection.ts";
