/**
 * Markdown with formulas and highlighted code, as HTML that needs neither network nor style sheets of others.
 *
 * @module
 */
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import katex from "katex";
import { Marked, type TokenizerAndRendererExtension, type Tokens } from "marked";
import { escape } from "../view.ts";

for (const [name, language] of Object.entries({ bash, json, python, typescript, xml })) {
  hljs.registerLanguage(name, language);
}

/**
 * Colours code.
 *
 * @param code The code.
 * @param language Its language; one that is not known is not coloured.
 * @returns HTML: spans whose classes begin with `hljs-`.
 */
export function highlight(code: string, language: string): string {
  return hljs.getLanguage(language) ? hljs.highlight(code, { language }).value : escape(code);
}

/**
 * Sets a formula as MathML, which browsers draw by themselves.
 *
 * @param source The formula in LaTeX; one that cannot be read is shown in red as it is.
 * @param display Whether it stands on a line of its own.
 */
export function formula(source: string, display: boolean): string {
  return katex.renderToString(source, {
    output: "mathml",
    displayMode: display,
    throwOnError: false,
    strict: "ignore",
  });
}

interface MathToken extends Tokens.Generic {
  source: string;
  display: boolean;
}

/** What starts, holds and ends a formula: a line of its own, or a part of a line. */
function mathExtension(
  name: string,
  level: "block" | "inline",
  pattern: RegExp,
): TokenizerAndRendererExtension {
  return {
    name,
    level,
    start: (text) => text.search(level === "block" ? /^\s*\$\$|\\\[|\\begin\{/m : /\$|\\[(]/),
    tokenizer(text) {
      const match = pattern.exec(text);
      if (!match) return;
      const source = match.slice(1).find((part) => part !== undefined)!;
      const display = level === "block" || match[0].startsWith("$$");
      return { type: name, raw: match[0], source: source.trim(), display };
    },
    renderer: (token) => {
      const { source, display } = token as MathToken;
      return level === "block" ? `<p>${formula(source, true)}</p>\n` : formula(source, display);
    },
  };
}

const MATH = [
  mathExtension(
    "mathBlock",
    "block",
    /^ {0,3}(?:\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\]|(\\begin\{(?:equation|align|gather)\*?\}[\s\S]+?\\end\{\w+\*?\})) *(?:\n+|$)/,
  ),
  mathExtension(
    "mathInline",
    "inline",
    /^(?:\$\$([^$]+?)\$\$|\$(?!\s)((?:\\.|[^$\\\n`]|\n(?!\n))+?)(?<!\s)\$(?!\d)|\\\((.+?)\\\))/,
  ),
];

/**
 * Turns Markdown into HTML: tables, formulas between `$` or `$$`, and fenced code in colour. HTML inside stays as it is.
 *
 * @param text The Markdown.
 * @param resolve Gives the address of a picture or link from the one written.
 */
export function renderMarkdown(
  text: string,
  resolve: (address: string) => string = (address) => address,
): string {
  const marked = new Marked({ gfm: true, async: false });
  marked.use({
    extensions: MATH,
    walkTokens(token) {
      if (token.type === "image") token.href = resolve(token.href);
    },
    renderer: {
      code({ text, lang }) {
        const language = /^\w+/.exec(lang ?? "")?.[0]?.replace(/^ts$/, "typescript") ?? "";
        return `<pre class="code"><code>${highlight(text, language)}</code></pre>\n`;
      },
    },
  });
  return marked.parse(text) as string;
}
