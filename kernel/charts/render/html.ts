import { escape } from "../../view.ts";
import type { Figure } from "../figure.ts";
import { bundleOf, drawScript, loaderScript } from "./plotly.ts";
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

/** The height of a chart in a page, in pixels. */
const HEIGHT = 440;

/**
 * Makes a page that needs nothing but itself: what is needed of plotly.js is inside, once, and each chart is a static picture
 * until the scripts run, and for good where they do not.
 *
 * @param title The title of the page.
 * @param parts What the page shows, in order: HTML as it is, and figures.
 * @returns The HTML text.
 */
export async function renderHtml(
  title: string,
  parts: readonly (string | Figure)[],
): Promise<string> {
  const figures = parts.filter((part) => typeof part !== "string");
  const bundles = [...new Set(figures.map(bundleOf))];
  const body = parts.map((part) =>
    typeof part === "string" ? part : place(part, figures.indexOf(part))
  );
  const scripts = [
    ...figures.map((f, i) => drawScript(f, `[data-figure="${i}"]:not([data-drawn])`, HEIGHT)),
    ...await Promise.all(bundles.map(loaderScript)),
  ];
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
    ...scripts.map((script) => `<script>${script}</script>`),
    `</body>`,
    `</html>`,
    ``,
  ].join("\n");
}

function place(figure: Figure, number: number): string {
  return `<figure data-figure="${number}">\n${unique(renderSvg(figure), number)}</figure>`;
}

/** Gives the colours of a picture a name of their own, as a page holds several pictures. */
function unique(svg: string, number: number): string {
  return svg.replace('id="colors"', `id="colors${number}"`).replace(
    "url(#colors)",
    `url(#colors${number})`,
  );
}
