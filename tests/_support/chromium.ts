/**
 * Opens a page in headless Chromium and gives its document after its scripts have run.
 *
 * @param html The page.
 * @returns Its HTML; `undefined`, and a line on the terminal, if there is no Chromium.
 */
export async function openInChromium(html: string): Promise<string | undefined> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/page.html`, html);
    for (
      const name of [Deno.env.get("TOME_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    ) {
      if (!name) continue;
      try {
        const { success, stdout, stderr } = await new Deno.Command(name, {
          args: [
            ..."--headless --no-sandbox --disable-gpu --disable-quic --no-first-run".split(" "),
            ..."--disable-background-networking --disable-component-update --disable-sync".split(
              " ",
            ),
            `--user-data-dir=${folder}/profile`,
            "--dump-dom",
            `file://${folder}/page.html`,
          ],
          env: { XDG_RUNTIME_DIR: folder },
        }).output();
        if (!success) throw new Error(`Chromium failed: ${new TextDecoder().decode(stderr)}`);
        return new TextDecoder().decode(stdout);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    // deno-lint-ignore no-console
    console.log("pages in Chromium: not run, as there is no Chromium (TOME_CHROMIUM names one)");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
