import { join } from "node:path";
import { CheckpointError } from "./error.ts";
import { common, connection, explained, type HubOptions, isRefusal, library } from "./hub.ts";

/** How {@link pushToHub} hands a folder in. */
export interface PushToHubOptions extends HubOptions {
  /** The title of the commit. @default {"Upload N files"} */
  title?: string;
  /** The branch that gets the commit. @default {"main"} */
  branch?: string;
  /** Whether the model is made on the hub if it is not there, and who then sees it. @default {undefined: it must be there} */
  create?: "public" | "private";
  /** Ends the upload early. @default {undefined} */
  signal?: AbortSignal;
}

/**
 * Hands the files of a folder in to the hub, as one commit; files whose names begin with a point stay here.
 *
 * @param folder The folder, such as one that `saveFolder()` wrote.
 * @param name The name of the model, such as `"org/name"`.
 * @param options The branch, and the token of an account that may write the model.
 * @returns The id of the commit.
 * @throws {CheckpointError} If the folder is empty, there is no token, or the hub refuses.
 */
export async function pushToHub(
  folder: string,
  name: string,
  options: PushToHubOptions = {},
): Promise<string> {
  const { branch = "main", create } = options;
  const { endpoint, token } = connection(options);
  const refuse = (why: string) => new CheckpointError(`Cannot push ${folder} to ${name} as ${why}`);
  if (!token) throw refuse("a token must be given: pass one that may write, or set HF_TOKEN");
  const files = await Array.fromAsync(filesIn(folder));
  if (files.length === 0) throw refuse("the folder must hold a file: there is none");
  const shared = common({ endpoint, token, signal: options.signal });
  const { createRepo, uploadFiles } = await library();
  try {
    if (create) {
      // the token goes with each request to the hub anyway
      await createRepo({ repo: name, visibility: create, ...shared, accessToken: "" }).catch(
        (error) => {
          if (!(isRefusal(error) && error.statusCode === 409)) throw error; // 409: it is there
        },
      );
    }
    const made = await uploadFiles({
      repo: name,
      branch,
      commitTitle: options.title ?? `Upload ${files.length} files`,
      files: await Promise.all(files.map(async (path) => ({
        path,
        content: new Blob([await Deno.readFile(join(folder, path))]),
      }))),
      useXet: false, // plain requests, which mirrors of the hub know too
      ...shared,
    });
    return made!.commit.oid;
  } catch (error) {
    if (isRefusal(error)) throw explained(name, branch, endpoint, error);
    throw error;
  }
}

/** The files of a folder and of those in it, with `/` between names. */
async function* filesIn(folder: string, prefix = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(join(folder, prefix))) {
    if (name.startsWith(".")) continue;
    if (isDirectory) yield* filesIn(folder, `${prefix}${name}/`);
    else if (isFile) yield prefix + name;
  }
}
