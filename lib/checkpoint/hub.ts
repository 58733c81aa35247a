import type { HubApiError } from "@huggingface/hub";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { cacheFolder, environmentVariable } from "../tensor/mod.ts";
import { CheckpointError } from "./error.ts";
import { exists, readJson, stableJson, writeAtomic } from "./file.ts";

/** How far a download has come. */
export interface HubProgress {
  /** The file that is being fetched, from the root of the model's folder. */
  file: string;
  /** Bytes of all files so far. */
  bytes: number;
  /** Bytes of all files wanted. */
  totalBytes: number;
}

/** How the hub is spoken with. */
export interface HubOptions {
  /** The address of the hub. @default {the variable `HF_ENDPOINT`, else "https://huggingface.co"} */
  endpoint?: string;
  /** The token of an account that may read or write the model. @default {the variable `HF_TOKEN`} */
  token?: string;
}

/** How {@link fromPretrained} fetches a model. */
export interface FromPretrainedOptions extends HubOptions {
  /** A branch, a tag or a commit. Name a commit to get the very same files for ever. @default {"main"} */
  revision?: string;
  /** Which of the files are wanted. @default {configurations, tokenizers and safetensors} */
  files?: (path: string) => boolean;
  /** Where models are kept. @default {`tome/hub` in the system's folder for caches} */
  folder?: string;
  /** Whether the network is left alone. @default {the variable `HF_HUB_OFFLINE`} */
  offline?: boolean;
  /** How often a file is gone on with after its connection broke. @default {3} */
  retries?: number;
  /** Called as bytes arrive. @default {undefined} */
  onProgress?: (progress: HubProgress) => void;
  /** Ends the download early. @default {undefined} */
  signal?: AbortSignal;
}

/** A file as the hub lists it. */
interface Listed {
  path: string;
  size: number;
  /** Its SHA-256, for files in large storage; else the SHA-1 by which Git knows it. */
  hash: string;
  kind: "sha256" | "git";
}

const WANTED =
  /(?:^|\/)(?:[\w.-]*config\.json|tokenizer\.json|vocab\.(?:json|txt)|merges\.txt|[\w.-]*tokens[\w-]*\.json|chat_template\.jinja|[\w.-]+\.safetensors(?:\.index\.json)?)$/;

/**
 * Gives the folder of a published model, which is fetched from the hub once.
 *
 * A folder that is there is given back as it is. Else the model is kept under its name and its commit, and the hash of each
 * file is checked before it takes its name; files that are there are not fetched again. Without a network, or with
 * `offline`, the commit that the revision meant last is taken.
 *
 * ```ts ignore
 * const path = await fromPretrained("HuggingFaceTB/SmolLM2-135M", { revision: "main" });
 * using model = await loadModel(path);
 * ```
 * @param name A local folder, or the name of a model, such as `"org/name"`.
 * @param options Which revision, and where it is kept.
 * @returns The path of the folder.
 * @throws {CheckpointError} If the model is not there or may not be read, or a file is not what the hub says it is.
 */
export async function fromPretrained(
  name: string,
  options: FromPretrainedOptions = {},
): Promise<string> {
  if (await exists(name)) return name;
  if (!/^[\w.-]+(?:\/[\w.-]+)?$/.test(name) || /^\.+$|\.\./.test(name)) {
    throw new CheckpointError(
      `Cannot load the model ${name} as it must be a folder, or the name of a model on the hub, such as "org/name"`,
    );
  }
  const { revision = "main", folder = join(cacheFolder(), "hub"), files, retries = 3 } = options;
  const offline = options.offline ?? ["1", "true", "yes", "on"].includes(
    environmentVariable("HF_HUB_OFFLINE")?.toLowerCase() ?? "",
  );
  const home = join(folder, `models--${name.replace("/", "--")}`);
  const reference = join(home, "refs", encodeURIComponent(revision) + ".json");
  const hub = { ...connection(options), signal: options.signal };
  let commit: string;
  let listed: Listed[];
  try {
    if (offline) throw new TypeError("offline");
    ({ commit, listed } = await list(name, revision, hub));
  } catch (error) {
    if (isRefusal(error)) throw explained(name, revision, hub.endpoint, error);
    if (!(error instanceof TypeError)) throw error; // a TypeError is how fetch() says that nobody answers
    if (!await exists(reference)) {
      throw new CheckpointError(
        `Cannot load the model ${name} as ${
          offline ? "it must have been fetched before" : `${hub.endpoint} must answer`
        }: there is no ${revision} of it in ${home}`,
        { cause: error },
      );
    }
    ({ commit, listed } = await readJson(reference) as unknown as {
      commit: string;
      listed: Listed[];
    });
  }
  const wanted = listed.filter(({ path }) => files ? files(path) : WANTED.test(path));
  const snapshot = join(home, "snapshots", commit);
  const totalBytes = wanted.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  for (const file of wanted) {
    const path = join(snapshot, file.path);
    const before = bytes;
    const progress = (more: number) => {
      bytes = before + more;
      options.onProgress?.({ file: file.path, bytes, totalBytes });
    };
    const there = await Deno.stat(path).catch(() => undefined);
    if (there?.size !== file.size) {
      if (offline) {
        throw new CheckpointError(
          `Cannot load the model ${name} as its file ${file.path} must have been fetched before: it is not in ${snapshot}`,
        );
      }
      await Deno.mkdir(dirname(path), { recursive: true });
      await fetchFile({ name, commit, file, path, retries, progress }, hub);
    }
    progress(file.size);
  }
  await Deno.mkdir(dirname(reference), { recursive: true });
  await writeAtomic(reference, stableJson({ commit, listed }));
  return snapshot;
}

/** The hub's address, and the token for it. */
export function connection(
  { endpoint, token }: HubOptions,
): { endpoint: string; token: string | undefined } {
  const address = endpoint ?? environmentVariable("HF_ENDPOINT") ?? "https://huggingface.co";
  return {
    endpoint: address.replace(/\/+$/, ""),
    token: token ?? environmentVariable("HF_TOKEN"),
  };
}

/** How the hub is reached. */
export interface Connection {
  endpoint: string;
  token: string | undefined;
  signal: AbortSignal | undefined;
}

/** Hugging Face's library, which only those who speak with the hub load. */
export function library(): Promise<typeof import("@huggingface/hub")> {
  return import("@huggingface/hub");
}

/** Whether an error is an answer of the hub. */
export function isRefusal(error: unknown): error is HubApiError {
  return error instanceof Error && typeof (error as HubApiError).statusCode === "number";
}

/** What the functions of the library take in common. */
export function common({ endpoint, token, signal }: Connection): {
  hubUrl: string;
  fetch: typeof fetch;
} {
  const origin = new URL(endpoint).origin;
  return {
    hubUrl: endpoint,
    fetch(input: string | URL | Request, init?: RequestInit) {
      const headers = new Headers(init?.headers);
      const { origin: asked } = new URL(input instanceof Request ? input.url : input);
      // not by the library, which takes only tokens of huggingface.co; and no other server gets to see it
      if (token && asked === origin) headers.set("Authorization", `Bearer ${token}`);
      return fetch(input, { ...init, headers, signal: signal ?? init?.signal });
    },
  };
}

async function list(name: string, revision: string, hub: Connection) {
  const { listFiles, modelInfo } = await library();
  const { sha } = await modelInfo({ name, revision, additionalFields: ["sha"], ...common(hub) });
  if (!/^[0-9a-f]{7,64}$/.test(sha)) {
    throw new CheckpointError(
      `Cannot load the model ${name} as the hub must name a commit: current commit is ${
        JSON.stringify(sha)
      }`,
    );
  }
  const listed: Listed[] = [];
  for await (
    const entry of listFiles({ repo: name, revision: sha, recursive: true, ...common(hub) })
  ) {
    if (entry.type !== "file") continue;
    if (/^[/\\]|(?:^|[/\\])\.\.(?:[/\\]|$)|\\|:/.test(entry.path)) {
      throw new CheckpointError(
        `Cannot load the model ${name} as its files must stay in their folder: current path is ${
          JSON.stringify(entry.path)
        }`,
      );
    }
    const { path, size, lfs, oid } = entry;
    listed.push(
      lfs
        ? { path, size: lfs.size, hash: lfs.oid.replace(/^sha256:/, ""), kind: "sha256" }
        : { path, size, hash: oid ?? "", kind: "git" },
    );
  }
  return { commit: sha, listed };
}

interface Task {
  name: string;
  commit: string;
  file: Listed;
  path: string;
  retries: number;
  progress: (bytes: number) => void;
}

/** Fetches a file under a temporary name; where the connection breaks, it goes on from there. */
async function fetchFile(task: Task, hub: Connection): Promise<void> {
  const { name, commit, file, path, retries, progress } = task;
  const { downloadFile } = await library();
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  const hash = createHash(file.kind === "git" ? "sha1" : "sha256");
  if (file.kind === "git") hash.update(`blob ${file.size}\0`);
  let bytes = 0;
  try {
    {
      using output = await Deno.open(temporary, { write: true, createNew: true });
      for (let failures = 0; bytes < file.size;) {
        try {
          const blob = await downloadFile({
            repo: name,
            path: file.path,
            revision: commit,
            ...common(hub),
          });
          if (!blob) throw new CheckpointError(`Cannot load ${name} as its ${file.path} is gone`);
          for await (const piece of blob.slice(bytes).stream()) {
            for (let at = 0; at < piece.length;) at += await output.write(piece.subarray(at));
            hash.update(piece);
            progress(bytes += piece.length);
          }
          if (bytes !== file.size) throw new TypeError(`the end is missing after ${bytes} bytes`);
        } catch (error) {
          if (isRefusal(error)) throw explained(name, commit, hub.endpoint, error);
          if (error instanceof CheckpointError || hub.signal?.aborted) throw error;
          if (++failures <= retries) continue;
          throw new CheckpointError(
            `Cannot load the model ${name} as the connection broke at byte ${bytes} of ${file.size} of ${file.path}: ${
              (error as Error).message
            }`,
            { cause: error },
          );
        }
      }
      await output.sync();
    }
    const found = hash.digest("hex");
    if (file.hash && found !== file.hash) {
      throw new CheckpointError(
        `Cannot load the model ${name} as the hash of its ${file.path} must be ${file.hash}: current hash is ${found}`,
      );
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // it may never have been made
    throw error;
  }
}

/** What a refusal of the hub means. */
export function explained(
  name: string,
  revision: string,
  endpoint: string,
  error: HubApiError,
): CheckpointError {
  const why = error.statusCode === 401 || error.statusCode === 403
    ? "your account must be allowed to: pass a token, or set HF_TOKEN"
    : error.statusCode === 404
    ? `${endpoint} must have ${revision} of it`
    : `${endpoint} must answer`;
  return new CheckpointError(
    `Cannot reach the model ${name} as ${why}: current answer is ${error.statusCode}, ${error.message}`,
    { cause: error },
  );
}
