import { join } from "node:path";
import { type Image, readImage, resizeImage, withChannels } from "./image.ts";
import type { LabelledImage } from "./image_batch.ts";

/** How {@link imageFolder} reads. */
export interface ImageFolderOptions {
  /** Height and width that all images are made to have; what is longer on one side is cut in the middle. @default {as they are} */
  size?: number;
  /** Channels that all images are made to have. @default {3} */
  channels?: 1 | 3;
}

/** What {@link imageFolder} finds. */
export interface ImageFolder {
  /** Images and their classes, class after class, by name. */
  examples: LabelledImage[];
  /** The names of the classes, which are those of the folders, in order. */
  classes: string[];
}

/** The square in the middle of an image, at a size. */
function squared(image: Image, size: number): Image {
  const shorter = Math.min(image.width, image.height);
  const scale = size / shorter;
  const [width, height] = [image.width, image.height].map((n) =>
    Math.max(size, Math.round(n * scale))
  );
  const resized = resizeImage(image, width!, height!);
  const [left, top] = [(width! - size) >> 1, (height! - size) >> 1];
  const { channels } = resized;
  const data = new Uint8Array(size * size * channels);
  for (let y = 0; y < size; y++) {
    const at = ((top + y) * width! + left) * channels;
    data.set(resized.data.subarray(at, at + size * channels), y * size * channels);
  }
  return { width: size, height: size, channels, data };
}

/**
 * Reads a folder of images that has a folder for each class, as in `cats/1.png` and `dogs/7.jpg`.
 *
 * @param path The folder.
 * @param options What all images are made to have.
 * @throws {Deno.errors.NotFound} If there is no folder, or no image in it.
 * @throws {SyntaxError} If a file is damaged.
 */
export async function imageFolder(
  path: string,
  { size, channels = 3 }: ImageFolderOptions = {},
): Promise<ImageFolder> {
  const names = async (folder: string, directories: boolean) => {
    const found: string[] = [];
    for await (const entry of Deno.readDir(folder)) {
      if (directories ? entry.isDirectory : /\.(png|jpe?g)$/i.test(entry.name)) {
        found.push(entry.name);
      }
    }
    return found.sort();
  };
  const classes = await names(path, true);
  const examples: LabelledImage[] = [];
  for (const [label, name] of classes.entries()) {
    for (const file of await names(join(path, name), false)) {
      const image = withChannels(await readImage(join(path, name, file)), channels);
      examples.push({ image: size === undefined ? image : squared(image, size), label });
    }
  }
  if (examples.length === 0) {
    throw new Deno.errors.NotFound(
      `Cannot read ${path} as it must have a folder of PNG or JPEG files for each class: current folders are ${
        classes.join(", ") || "none"
      }`,
    );
  }
  return { examples, classes };
}
