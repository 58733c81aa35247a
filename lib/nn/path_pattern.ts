/**
 * Whether a pattern names a path: all of it or its last parts; `*` stands for any one part.
 *
 * `"attn.q"` and `"blocks.*.attn.q"` both name `"blocks.0.attn.q"`.
 *
 * @param pattern Parts between dots.
 * @param path The path of a module or a parameter.
 */
export function matchesPath(pattern: string, path: string): boolean {
  const [wanted, parts] = [pattern.split("."), path.split(".")];
  const from = parts.length - wanted.length;
  return from >= 0 && wanted.every((part, i) => part === "*" || part === parts[from + i]);
}
