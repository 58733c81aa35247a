/** Finds Chromium: the one that `TOME_CHROMIUM` names, or one on the path. */
export async function findChromium(): Promise<string | undefined> {
  const named = Deno.env.get("TOME_CHROMIUM");
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  const paths = [
    ...(named ? [named] : []),
    ...[...(named ? [named] : []), "chromium", "chromium-browser", "google-chrome"]
      .flatMap((name) => folders.filter(Boolean).map((folder) => `${folder}/${name}`)),
  ];
  for (const path of paths) {
    try {
      if ((await Deno.stat(path)).isFile) return path;
    } catch {
      // the next one
    }
  }
}

/** The flags of a Chromium that a test starts, which may be root's in a container. */
export const CHROMIUM_FLAGS: readonly string[] = [
  ..."--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync".split(" "),
  ..."--disable-background-networking --disable-component-update".split(" "),
];

/**
 * Opens a page in headless Chromium and gives its document after its scripts have run.
 *
 * @param html The page.
 * @returns Its HTML; `undefined`, and a line on the terminal, if there is no Chromium.
 */
export async function openInChromium(html: string): Promise<string | undefined> {
  const chromium = await findChromium();
  if (!chromium) {
    // deno-lint-ignore no-console
    console.log("pages in Chromium: not run, as there is no Chromium (TOME_CHROMIUM names one)");
    return;
  }
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/page.html`, html);
    const { success, stdout, stderr } = await new Deno.Command(chromium, {
      args: [
        "--headless",
        ...CHROMIUM_FLAGS,
        `--user-data-dir=${folder}/profile`,
        "--dump-dom",
        `file://${folder}/page.html`,
      ],
      env: { XDG_RUNTIME_DIR: folder },
    }).output();
    if (!success) throw new Error(`Chromium failed: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
