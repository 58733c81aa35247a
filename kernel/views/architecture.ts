import { count, label, round, SOFT, svg } from "./markup.ts";
import { type ModuleNode, shapesOf } from "./module_tree.ts";

/** The ground of the boxes by depth. */
const GROUNDS = ["#f6f8fa", "#e7f1fa", "#fdf3e1", "#e6f5ef", "#f8ecf4"];
const LINES = ["#8c959f", "#0072b2", "#b87900", "#00805f", "#a8558a"];

const PAD = 10, GAP = 8, LINE = 16;

interface Box {
  node: ModuleNode;
  depth: number;
  width: number;
  height: number;
  lines: string[];
  inside: Box[];
}

/**
 * Draws a model as boxes in boxes, from the first module above to the last below; several alike are one box with how many.
 *
 * @param tree The modules.
 * @param title What the model is called.
 */
export function drawArchitecture(tree: ModuleNode, title: string): string {
  const box = measure(tree, 0, title);
  widen(box, box.width);
  return svg(
    box.width + 2 * PAD,
    box.height + 2 * PAD,
    `The architecture of ${title}`,
    draw(box, PAD, PAD),
  );
}

function measure(node: ModuleNode, depth: number, name: string): Box {
  const { row, times } = node;
  const shapes = shapesOf(row);
  const lines = [
    `${name}${name === row.type ? "" : `: ${row.type}`}${times > 1 ? `  ×${times}` : ""}`,
    `${count(row.parameters)} parameters${times > 1 ? " each" : ""}`,
    ...shapes ? [shapes.length > 64 ? `${shapes.slice(0, 63)}…` : shapes] : [],
  ];
  const inside = node.children.map((child) => measure(child, depth + 1, child.name));
  const text = 7.2 * Math.max(...lines.map((line) => line.length));
  const width = Math.max(150, text + 2 * PAD, ...inside.map((box) => box.width + 2 * PAD));
  const height = PAD + LINE * lines.length + GAP +
    inside.reduce((sum, box) => sum + box.height + GAP, 0);
  return { node, depth, width, height, lines, inside };
}

/** Makes the boxes inside one as wide as it allows. */
function widen(box: Box, width: number): void {
  box.width = width;
  for (const inner of box.inside) widen(inner, width - 2 * PAD);
}

function draw(box: Box, x: number, y: number): string[] {
  const { depth, width, height, lines, node } = box;
  const rect = (x: number, y: number) =>
    `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${
      round(height)
    }" rx="6" fill="${GROUNDS[depth % GROUNDS.length]}" stroke="${LINES[depth % LINES.length]}"/>`;
  const parts = node.times > 1 ? [rect(x + 4, y + 4), rect(x, y)] : [rect(x, y)]; // a pile of boxes
  for (const [i, line] of lines.entries()) {
    parts.push(
      label(
        x + PAD,
        y + PAD + 4 + LINE * i + 6,
        line,
        i === 0 ? { more: 'font-weight="600"' } : { fill: SOFT },
      ),
    );
  }
  let top = y + PAD + LINE * lines.length + GAP / 2;
  for (const inner of box.inside) {
    parts.push(...draw(inner, x + PAD, top));
    top += inner.height + GAP;
  }
  return parts;
}

/**
 * Writes a model as a Mermaid flowchart: the same boxes as text, for pages that draw Mermaid.
 *
 * @param tree The modules.
 * @param title What the model is called.
 */
export function mermaidOf(tree: ModuleNode, title: string): string {
  let id = 0;
  const lines = ["flowchart TB"];
  const write = (node: ModuleNode, name: string, indent: string): string => {
    const own = `m${id++}`;
    const { row, times } = node;
    const text = [
      `${name}${name === row.type ? "" : `: ${row.type}`}${times > 1 ? ` ×${times}` : ""}`,
      `${count(row.parameters)} parameters${times > 1 ? " each" : ""}`,
    ].map(quoted).join("<br/>");
    if (node.children.length === 0) {
      const shapes = shapesOf(row);
      lines.push(`${indent}${own}["${text}${shapes && `<br/>${quoted(shapes)}`}"]`);
      return own;
    }
    lines.push(`${indent}subgraph ${own}["${text}"]`, `${indent}  direction TB`);
    const inside = node.children.map((child) => write(child, child.name, `${indent}  `));
    for (let i = 1; i < inside.length; i++) {
      lines.push(`${indent}  ${inside[i - 1]} --> ${inside[i]}`);
    }
    lines.push(`${indent}end`);
    return own;
  };
  write(tree, title, "  ");
  return lines.join("\n") + "\n";
}

/** Text inside the quotes of Mermaid, whose entities have a `#` for the `&`. */
function quoted(text: string): string {
  return text.replace(/[#"<>&`]/g, (c) => `#${c.codePointAt(0)};`);
}
