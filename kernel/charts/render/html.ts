import { escape } from "../../view.ts";
import type { Figure } from "../figure.ts";
import { renderSvg } from "./svg.ts";

const STYLE = `
body { font: 16px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #1f2328; background: #fff;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: .2rem 1.2rem .2rem 0; }
th { font-weight: 500; color: #57606a; } tr + tr > * { border-top: 1px solid #e4e7eb; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f8fa; padding: .8rem 1rem; border-radius: 6px; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
`;

/** Turns each static picture into a chart that can be zoomed; a chart that fails keeps its picture. */
const UPGRADE = `
for (const place of document.querySelectorAll("figure[data-figure]")) {
  const picture = [...place.childNodes];
  try {
    const figure = JSON.parse(place.dataset.figure);
    place.replaceChildren();
    Plotly.newPlot(place, figure.data, { ...figure.layout, height: 440, template: "none", margin: { t: figure.layout.title.text ? 60 : 24, r: 24 },
      paper_bgcolor: "#fff", plot_bgcolor: "#fff", legend: { x: 1, xanchor: "right", y: 1 } },
      { responsive: true, displaylogo: false }).catch(() => place.replaceChildren(...picture));
  } catch { place.replaceChildren(...picture); }
}
`;

/**
 * Makes a page that needs nothing but itself: plotly.js is inside, once, and each chart is a static picture until the
 * scripts run, and for good where they do not.
 *
 * @param title The title of the page.
 * @param parts What the page shows, in order: HTML as it is, and figures.
 * @returns The HTML text.
 */
export async function renderHtml(
  title: string,
  parts: readonly (string | Figure)[],
): Promise<string> {
  const body = parts.map((part) => typeof part === "string" ? part : chart(part));
  const scripts = parts.some((part) => typeof part !== "string");
  return [
    `<!doctype html>`,
    `<html lang="en">`,
    `<head>`,
    `<meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}</style>`,
    `</head>`,
    `<body>`,
    `<h1>${escape(title)}</h1>`,
    ...body,
    ...(scripts ? [script(await plotly()), script(UPGRADE)] : []),
    `</body>`,
    `</html>`,
    ``,
  ].join("\n");
}

function chart(figure: Figure): string {
  return `<figure data-figure="${escape(JSON.stringify(figure))}">\n${renderSvg(figure)}</figure>`;
}

/** The program of plotly.js, from its package. */
async function plotly(): Promise<string> {
  const { default: text } = await import("plotly.js/plotly-basic.min.js", {
    with: { type: "text" },
  });
  return text;
}

/** A script whose text cannot end it early. */
function script(text: string): string {
  return `<script>${text.replace(/<\/script/gi, "<\\/script").replace(/<!--/g, "<\\!--")}</script>`;
}
