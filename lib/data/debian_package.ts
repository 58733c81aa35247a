import xz from "xz-decompress";
import { type TarFile, untar } from "./tar.ts";

const MAGIC = "!<arch>\n";

/**
 * The files of a Debian package: an `ar` archive whose part `data.tar.xz` holds what is installed.
 *
 * @param bytes The bytes of the `.deb`.
 * @returns The files; their paths begin with `./`.
 * @throws {SyntaxError} If it is no such package, or damaged.
 * @see deb(5), "Debian binary package format", https://manpages.debian.org/bookworm/dpkg-dev/deb.5.en.html
 */
export async function debianFiles(bytes: Uint8Array<ArrayBuffer>): Promise<TarFile[]> {
  const decoder = new TextDecoder();
  const refuse = (why: string, current: string): never => {
    throw new SyntaxError(
      `Cannot read a Debian package as ${why}: current value is ${JSON.stringify(current)}`,
    );
  };
  const magic = decoder.decode(bytes.subarray(0, 8));
  if (magic !== MAGIC) refuse("it must begin with !<arch>", magic);
  const names: string[] = [];
  for (let at = 8; at + 60 <= bytes.length;) {
    const head = decoder.decode(bytes.subarray(at, at + 60));
    const [name, size] = [head.slice(0, 16).trim().replace(/\/$/, ""), Number(head.slice(48, 58))];
    const start = at + 60;
    if (!(size >= 0) || start + size > bytes.length) refuse("each part must lie within it", name);
    if (name === "data.tar.xz") {
      return [...untar(await unpackXz(bytes.subarray(start, start + size)))];
    }
    names.push(name);
    at = start + size + size % 2;
  }
  return refuse("it must have a part data.tar.xz", names.join(", "));
}

async function unpackXz(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(packed);
      controller.close();
    },
  });
  try {
    return await new Response(new xz.XzReadableStream(source)).bytes();
  } catch (cause) {
    throw new SyntaxError("Cannot read a Debian package as its data.tar.xz must be whole", {
      cause,
    });
  }
}
