import type { Figure, Trace } from "../figure.ts";
import { legendPlace } from "./scales.ts";
import { EYE } from "./svg/surface.ts";

/** A bundle of plotly.js: the smallest one that draws a figure. */
export type PlotlyBundle = "cartesian" | "gl2d" | "gl3d";

/** The bundle that a figure needs. */
export function bundleOf({ data }: Figure): PlotlyBundle {
  if (data.some((t) => t.type === "surface")) return "gl3d";
  return data.some((t) => t.type === "parcoords") ? "gl2d" : "cartesian";
}

/** The name of a bundle in its own first line. */
export function bundleName(bundle: PlotlyBundle): string {
  return `plotly.js (${bundle} - minified)`;
}

const loaded = new Map<PlotlyBundle, Promise<string>>();

/** The script that puts a bundle, which it carries compressed, into a page once, and then draws the figures that wait for it. */
export function loaderScript(bundle: PlotlyBundle): Promise<string> {
  const known = loaded.get(bundle) ?? makeLoader(bundle);
  loaded.set(bundle, known);
  known.catch(() => loaded.delete(bundle));
  return known;
}

async function makeLoader(bundle: PlotlyBundle): Promise<string> {
  const text = new Blob([await program(bundle)]);
  const packed = text.stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  return `/* ${bundleName(bundle)}, Copyright 2012-2026, Plotly, Inc., MIT license */
(async () => {
const page = globalThis.tomeCharts ??= { plotly: {}, waiting: [] };
if (page.plotly[${JSON.stringify(bundle)}]) return;
const bytes = Uint8Array.from(atob("${bytes.toBase64()}"), (c) => c.charCodeAt(0));
const packed = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const text = await new Response(packed).text();
const [before, module] = [globalThis.Plotly, { exports: {} }];
new Function("module", text)(module);
globalThis.Plotly = before ?? module.exports;
page.plotly[${JSON.stringify(bundle)}] = module.exports;
page.waiting = page.waiting.filter((draw) => !draw());
})().catch(() => {}); // the static pictures stay
`;
}

async function program(bundle: PlotlyBundle): Promise<string> {
  switch (bundle) {
    case "cartesian":
      return (await import("plotly.js/plotly-cartesian.min.js", { with: { type: "text" } }))
        .default;
    case "gl2d":
      return (await import("plotly.js-gl2d/plotly-gl2d.min.js", { with: { type: "text" } }))
        .default;
    case "gl3d":
      return (await import("plotly.js-gl3d/plotly-gl3d.min.js", { with: { type: "text" } }))
        .default;
  }
}

/**
 * The script that turns static pictures into a chart once the bundle is there; a chart that fails keeps its picture.
 *
 * @param figure The figure.
 * @param places What finds the elements that hold the picture.
 * @param height The height of the chart in pixels.
 */
export function drawScript(figure: Figure, places: string, height: number): string {
  const bundle = JSON.stringify(bundleOf(figure));
  return `(() => {
const { data, layout, config } = ${inScript(pageFigure(figure, height))};
const page = globalThis.tomeCharts ??= { plotly: {}, waiting: [] };
const draw = () => {
  const plotly = page.plotly[${bundle}];
  if (!plotly) return false;
  for (const place of document.querySelectorAll(${inScript(places)})) {
    place.dataset.drawn = "";
    const chart = document.createElement("div");
    const picture = [...place.children];
    const show = (yes) => { for (const part of picture) part.style.display = yes ? "" : "none"; };
    show(false);
    place.append(chart);
    const back = () => { chart.remove(); show(true); };
    try { plotly.newPlot(chart, structuredClone(data), structuredClone(layout), config).catch(back); } catch { back(); }
  }
  return true;
};
if (!draw()) page.waiting.push(draw);
})();
`;
}

/** JSON that cannot end a script early; numbers with a fraction have seven digits. */
export function inScript(value: unknown): string {
  const text = JSON.stringify(
    value,
    (_, v) => typeof v === "number" && !Number.isInteger(v) ? Number(v.toPrecision(7)) : v,
  );
  return text.replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll(
    "\u2029",
    "\\u2029",
  );
}

/** A figure dressed as the static picture is: fonts, margins, grid, legend and camera. */
export function pageFigure(figure: Figure, height: number): Record<string, unknown> {
  const { layout } = figure;
  const first = figure.data[0]?.type;
  const titled = Boolean(layout.title.text);
  const place = legendPlace(figure);
  const legend = place.above
    ? { orientation: "h", x: 1, xanchor: "right", y: 1.01, yanchor: "bottom" }
    : {
      x: place.right ? 0.995 : 0.005,
      xanchor: place.right ? "right" : "left",
      y: place.top ? 0.99 : 0.01,
      yanchor: place.top ? "top" : "bottom",
      bgcolor: "rgba(255,255,255,0.9)",
      bordercolor: "#e4e7eb",
      borderwidth: 1,
    };
  const grid = first !== "heatmap";
  const axis = (key: "xaxis" | "yaxis") => ({
    ...layout[key],
    automargin: true,
    showgrid: grid && key === "yaxis",
    gridcolor: "#e4e7eb",
    zeroline: first === "bar" && key === "yaxis",
    zerolinecolor: "#57606a",
    showline: true,
    linecolor: "#57606a",
    tickfont: { color: "#57606a" },
    ticks: "outside",
    tickcolor: "#57606a",
    ...(layout[key].tickvals && { tickmode: "array" }),
    ...(layout[key].type === "log" && { exponentformat: "none" }),
    title: { text: layout[key].title.text, font: { size: 12 } },
    ...(layout.yaxis.scaleanchor && { constrain: "domain" }),
  });
  const side = (one: { title: { text: string } } | undefined) => ({
    title: { text: one?.title.text ?? "" },
    gridcolor: "#e4e7eb",
    showbackground: false,
    nticks: 6,
    zeroline: false,
  });
  const axes = first === "surface"
    ? {
      scene: {
        xaxis: side(layout.xaxis),
        yaxis: side(layout.yaxis),
        zaxis: side(layout.zaxis),
        aspectmode: "cube",
        camera: { eye: farther(EYE, 1.15), center: { x: 0, y: 0, z: -0.12 } },
      },
    }
    : first === "parcoords"
    ? {}
    : { xaxis: axis("xaxis"), yaxis: axis("yaxis") };
  return {
    data: figure.data.map(dressed),
    layout: {
      title: { text: layout.title.text, font: { size: 16 }, x: 0.5, xanchor: "center" },
      showlegend: layout.showlegend,
      ...(layout.barmode && { barmode: layout.barmode }),
      ...axes,
      legend,
      height,
      template: "none",
      font: {
        family: "system-ui, 'Segoe UI', Helvetica, Arial, sans-serif",
        size: 12,
        color: "#1f2328",
      },
      ...(place.above && { legend: { ...legend, traceorder: "normal" } }),
      margin: margins(first, titled, layout.showlegend && place.above),
      paper_bgcolor: "#fff",
      plot_bgcolor: "#fff",
    },
    config: { responsive: true, displaylogo: false },
  };
}

function margins(first: Trace["type"] | undefined, titled: boolean, above: boolean) {
  if (first === "surface") return { l: 0, r: 0, t: titled ? 44 : 8, b: 8 };
  if (first === "parcoords") return { l: 70, r: 50, t: titled ? 84 : 60, b: 28 };
  return { l: 60, r: 24, t: (titled ? 60 : 30) + (above ? 22 : 0), b: 52 };
}

/** A trace with those settings that only matter in a page. */
function dressed(trace: Trace): Record<string, unknown> {
  switch (trace.type) {
    case "bar": {
      const line = trace.width ? { color: "#fff", width: 0.5 } : { width: 0 };
      return { ...trace, marker: { ...trace.marker, line } };
    }
    case "box":
      // plotly draws no box at all where the list of points beyond the whiskers is empty
      return {
        ...trace,
        hoverinfo: "y+name",
        ...(trace.y.flat().length === 0 && { y: undefined }),
      };
    case "scatter":
      if (trace.mode === "lines") return { ...trace };
      return { ...trace, marker: { ...trace.marker, line: { color: "#fff", width: 1 } } };
    case "parcoords":
      return { ...trace, labelfont: { size: 13 }, tickfont: { size: 12 } };
    default:
      return { ...trace };
  }
}

function farther(eye: typeof EYE, factor: number): typeof EYE {
  return { x: eye.x * factor, y: eye.y * factor, z: eye.z * factor };
}
