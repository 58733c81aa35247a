import { type Module, summary, type SummaryRow } from "../../lib/nn/mod.ts";

/** A module, or several alike, with what lies inside. */
export interface ModuleNode {
  /** Where it is, such as `"blocks.0"`, or `"blocks.0–11"` for several; `""` is the model. */
  path: string;
  /** Its own part of the path. */
  name: string;
  /** Its line of the summary; for several, that of the first. */
  row: SummaryRow;
  /** How many modules alike, one after another, it stands for. */
  times: number;
  /** What lies inside it, or inside each of several. */
  children: ModuleNode[];
}

/** The modules of a model as a tree; modules of a list that are alike, one after another, are one. */
export function moduleTree(model: Module): ModuleNode {
  const [first, ...rest] = summary(model).rows;
  const root = node(first!, "");
  const open = [root]; // from the model to the module met last
  for (const row of rest) {
    while (open.length > 1 && !row.path.startsWith(`${open.at(-1)!.path}.`)) open.pop();
    const parent = open.at(-1)!;
    const child = node(row, row.path.slice(parent.path ? parent.path.length + 1 : 0));
    parent.children.push(child);
    open.push(child);
  }
  return fold(root);
}

function node(row: SummaryRow, name: string): ModuleNode {
  return { path: row.path, name, row, times: 1, children: [] };
}

/** Folds runs of modules alike, from the inside out. */
function fold(tree: ModuleNode): ModuleNode {
  const children: ModuleNode[] = [];
  let last = "";
  for (const child of tree.children.map(fold)) {
    const key = likeness(child);
    const before = children.at(-1);
    if (before && key === last && follows(before, child)) {
      const end = child.name.split(".").at(-1)!;
      before.times++;
      before.name = `${before.name.split("–")[0]}–${end}`;
      before.path = `${before.path.split("–")[0]}–${end}`;
    } else children.push(child);
    last = key;
  }
  return { ...tree, children };
}

/** Whether a module is the next of the same list. */
function follows(before: ModuleNode, next: ModuleNode): boolean {
  const list = (name: string) => name.replace(/\d+(–\d+)?$/, "");
  return /\d$/.test(next.name) && list(before.name) === list(next.name);
}

/** What two modules must share to be drawn as one. */
function likeness({ row, times, children }: ModuleNode): string {
  const { type, shapes, parameters, flopsPerToken } = row;
  return JSON.stringify([
    type,
    shapes,
    parameters,
    flopsPerToken,
    times,
    children.map((child) => [child.name, likeness(child)]),
  ]);
}

/** Every node of a tree with its depth, outermost first. */
export function* nodesOf(tree: ModuleNode, depth = 0): Generator<[ModuleNode, number]> {
  yield [tree, depth];
  for (const child of tree.children) yield* nodesOf(child, depth + 1);
}

/** The shapes of a module's own parameters in one line. */
export function shapesOf({ shapes }: SummaryRow): string {
  return Object.entries(shapes).map(([name, shape]) => `${name} [${shape.join(", ")}]`).join("  ");
}
