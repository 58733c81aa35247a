/**
 * Notebooks as web pages that need nothing but themselves.
 *
 * @module
 */
import { escape } from "../view.ts";
import type { Cell, Notebook } from "./format.ts";
import { formula, highlight, renderMarkdown } from "./markdown.ts";
import type { MimeBundle, Output } from "./outputs.ts";

/** How {@link exportNotebook} makes a page. */
export interface ExportOptions {
  /** The page's title. @default {the first heading} */
  title?: string;
  /** The language of the page, for screen readers and hyphenation. @default {"en"} */
  language?: string;
  /** Gives the bytes of a picture that Markdown names by a relative path; without it, or for `undefined`, the path stays. */
  readPicture?: (path: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Whether the scripts in outputs run; without them, every output is a static picture or text. @default {true} */
  scripts?: boolean;
}

const STYLE = `
:root { color-scheme: light; }
body { font: 17px/1.6 system-ui, "Segoe UI", "Noto Sans CJK SC", "PingFang SC", Helvetica, Arial, sans-serif;
  color: #1f2328; background: #fff; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.25; } h1 { font-size: 1.9rem; } h2 { font-size: 1.45rem; margin-top: 2.4rem; }
a { color: #0550ae; } blockquote { margin: 1rem 0; padding: 0 1rem; border-left: 4px solid #d0d7de; color: #57606a; }
table { border-collapse: collapse; margin: 1rem 0; } th, td { padding: .3rem .8rem; border: 1px solid #d8dee4; }
th { background: #f6f8fa; } img, svg, video, canvas { max-width: 100%; } img { height: auto; }
pre { overflow-x: auto; margin: .5rem 0; padding: .7rem 1rem; border-radius: 6px; font: 14px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
pre.code { background: #f6f8fa; border: 1px solid #e4e7eb; } pre.stderr { background: #fff8e6; } pre.error { background: #ffebe9; }
:not(pre) > code { background: #f0f2f4; padding: .1em .3em; border-radius: 4px; font-size: .88em; }
section { margin: 1rem 0; } .outputs { margin: .4rem 0 1.2rem; padding-left: 1rem; border-left: 3px solid #d8dee4; overflow-x: auto; }
math[display="block"] { margin: .8rem 0; padding: .2rem 0; overflow: auto hidden; } math { font-size: 1.08em; }
.hljs-comment { color: #59636e; } .hljs-keyword, .hljs-literal { color: #cf222e; } .hljs-string, .hljs-regexp { color: #0a3069; }
.hljs-number, .hljs-attr, .hljs-built_in { color: #0550ae; } .hljs-title, .hljs-title.class_, .hljs-title.function_ { color: #6639ba; }
@media print { body { margin: 0; max-width: none; } pre { white-space: pre-wrap; } }
`;

/** What the page may load: nothing from anywhere but itself. */
function policy(scripts: boolean): string {
  return [
    "default-src 'none'",
    "img-src data: blob:",
    "media-src data: blob:",
    "font-src data:",
    "style-src 'unsafe-inline'",
    ...(scripts
      ? ["script-src 'unsafe-inline' 'unsafe-eval' blob: data:", "worker-src blob:"]
      : []),
    "frame-src data: blob:",
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; ");
}

/**
 * Makes a page of a notebook: prose, formulas, code in colour, and every output in its richest type. Pictures are inside, and
 * the page forbids itself the network.
 *
 * @param notebook The notebook, with its outputs.
 * @param options Its title, language and pictures.
 * @returns The HTML text.
 */
export async function exportNotebook(
  notebook: Notebook,
  options: ExportOptions = {},
): Promise<string> {
  const { language = "en", scripts = true } = options;
  const body: string[] = [];
  for (const cell of notebook.cells) body.push(await renderCell(cell, options, scripts));
  return [
    `<!doctype html>`,
    `<html lang="${escape(language)}">`,
    `<head>`,
    `<meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${policy(scripts)}">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>${escape(options.title ?? titleOf(notebook))}</title>`,
    `<style>${STYLE}</style>`,
    `</head>`,
    `<body>`,
    `<main>`,
    ...body,
    `</main>`,
    `</body>`,
    `</html>`,
    ``,
  ].join("\n");
}

function titleOf({ cells }: Notebook): string {
  for (const { cell_type, source } of cells) {
    const heading = cell_type === "markdown" && /^#{1,6}\s+(.+?)\s*#*$/m.exec(source);
    if (heading) return heading[1]!.replace(/[*_`$]/g, "");
  }
  return "Notebook";
}

async function renderCell(cell: Cell, options: ExportOptions, scripts: boolean): Promise<string> {
  const { cell_type: type, source, id } = cell;
  if (type === "raw") return "";
  if (type === "markdown") {
    const pictures = await readPictures(cell, options);
    const html = renderMarkdown(source, (address) => pictures.get(address) ?? address);
    return `<section class="prose" id="${escape(id)}">\n${
      scripts ? html : withoutScripts(html)
    }</section>`;
  }
  const code = source.trim() === ""
    ? ""
    : `<pre class="code"><code>${highlight(source, "typescript")}</code></pre>\n`;
  const outputs = (cell.outputs ?? []).map((output) => renderOutput(output, scripts)).join("\n");
  const shown = outputs && `<div class="outputs">\n${outputs}\n</div>\n`;
  return `<section class="cell" id="${escape(id)}">\n${code}${shown}</section>`;
}

/** The pictures that a Markdown cell names, as addresses that hold their data. */
async function readPictures(cell: Cell, options: ExportOptions): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [, address] of cell.source.matchAll(/!\[[^\]]*\]\(\s*<?([^\s)>]+)/g)) {
    const path = decodeURIComponent(address!);
    if (path.startsWith("attachment:")) {
      const [type, data] = Object.entries(cell.attachments?.[path.slice(11)] ?? {})[0] ?? [];
      if (type) found.set(address!, `data:${type};base64,${String(data).replace(/\s/g, "")}`);
    } else if (!/^[a-z]+:|^\/\//i.test(path)) {
      const bytes = await options.readPicture?.(path);
      if (bytes) found.set(address!, `data:${typeOf(path)};base64,${bytes.toBase64()}`);
    }
  }
  return found;
}

function typeOf(path: string): string {
  const ending = path.split(".").at(-1)!.toLowerCase();
  return { svg: "image/svg+xml", jpg: "image/jpeg" }[ending] ?? `image/${ending}`;
}

/** HTML without what runs: scripts, handlers and frames. */
function withoutScripts(html: string): string {
  return html
    .replace(/<(script|iframe|object|embed)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, "")
    .replace(/\s(?:on\w+|srcdoc)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, "")
    .replace(/javascript:/gi, "");
}

function renderOutput(output: Output, scripts: boolean): string {
  if (output.output_type === "stream") {
    return `<pre class="${output.name}">${escape(plain(output.text))}</pre>`;
  }
  if (output.output_type === "error") {
    const { ename, evalue, traceback } = output;
    const text = traceback.length ? traceback.join("\n") : `${ename}: ${evalue}`;
    return `<pre class="error">${escape(plain(text))}</pre>`;
  }
  return renderBundle(output.data, scripts);
}

/** The value in the richest type that the page can show by itself. */
function renderBundle(data: MimeBundle, scripts: boolean): string {
  const text = (type: string) => data[type] === undefined ? undefined : String(data[type]);
  const alt = escape(plain(text("text/plain") ?? "picture"));
  const html = text("text/html");
  if (html !== undefined && (scripts || withoutScripts(html).replace(/<[^i][^>]*>|\s/g, ""))) {
    return `<div>${scripts ? html : withoutScripts(html)}</div>`;
  }
  const markdown = text("text/markdown");
  if (markdown !== undefined) {
    const page = renderMarkdown(markdown);
    return scripts ? page : withoutScripts(page);
  }
  const latex = text("text/latex");
  if (latex !== undefined) return `<p>${formula(latex.trim().replace(/^\$+|\$+$/g, ""), true)}</p>`;
  const svg = text("image/svg+xml");
  if (svg !== undefined) {
    const bytes = new TextEncoder().encode(svg).toBase64();
    return `<img alt="${alt}" src="data:image/svg+xml;base64,${bytes}">`;
  }
  for (const type of ["image/png", "image/jpeg", "image/gif", "image/webp"]) {
    const picture = text(type)?.replace(/\s/g, "");
    if (picture) return `<img alt="${alt}" src="data:${type};base64,${escape(picture)}">`;
  }
  const words = text("text/plain") ?? JSON.stringify(data["application/json"], null, 2) ?? "";
  return `<pre class="result">${escape(plain(words))}</pre>`;
}

/** A text without the colours of a terminal. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}
