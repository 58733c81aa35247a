import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fromPretrained, type HubProgress, pushToHub } from "@tome/tome/checkpoint";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const WEIGHTS = crypto.getRandomValues(new Uint8Array(40_000));
const FILES: Record<string, Uint8Array> = {
  "config.json": new TextEncoder().encode('{"model_type":"gpt2"}'),
  "tokenizer.json": new TextEncoder().encode("{}"),
  "model.safetensors": WEIGHTS,
  "pytorch_model.bin": new Uint8Array(10),
  "nested/config.json": new TextEncoder().encode("{}"),
};

interface Hub {
  endpoint: string;
  folder: string;
  /** Each request, as `METHOD path`, with the range asked for. */
  requests: string[];
  /** What the server does otherwise. */
  fault: { breakAt?: number[]; wrong?: string; size?: number; path?: string; down?: boolean };
  pushed: { uploads: Record<string, number[]>; commits: string[] };
}

const sha = (kind: string, ...parts: (string | Uint8Array)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash(kind)).digest("hex");

/** Runs a test with a server that speaks as much of the hub's API as models need. */
async function withHub(test: (hub: Hub) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const hub: Hub = {
    endpoint: "",
    folder,
    requests: [],
    fault: {},
    pushed: { uploads: {}, commits: [] },
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    const path = decodeURIComponent(pathname);
    const range = request.headers.get("range");
    hub.requests.push(`${request.method} ${path}${range ? ` ${range}` : ""}`);
    const json = (value: unknown, status = 200) => Response.json(value, { status });
    if (hub.fault.down) return json({ error: "overloaded" }, 503);
    const owner = request.headers.get("authorization") === "Bearer secret";
    if (path.includes("org/private") && !owner) return json({ error: "Invalid credentials" }, 401);
    if (request.method !== "GET") return push(hub, path, request);
    const info = path.match(/^\/api\/models\/(org\/\w+)\/revision\/(.+)$/);
    if (info && info[1] !== "org/none" && ["main", "v1", COMMIT].includes(info[2]!)) {
      return json({ _id: "1", id: info[1], sha: COMMIT, lastModified: "2024-01-01T00:00:00Z" });
    }
    if (path.match(/^\/api\/models\/org\/\w+\/tree\//)) {
      return json(
        Object.entries(FILES).map(([path, bytes]) => ({
          type: "file",
          path: hub.fault.path ?? path,
          size: bytes.length,
          ...(path.endsWith("safetensors")
            ? {
              oid: "0",
              lfs: {
                oid: hub.fault.wrong ?? sha("sha256", bytes),
                size: bytes.length,
                pointerSize: 1,
              },
            }
            : { oid: sha("sha1", `blob ${bytes.length}\0`, bytes) }),
        })),
      );
    }
    const file = FILES[path.match(/^\/org\/\w+\/resolve\/\w+\/(.+)$/)?.[1] ?? ""];
    if (!file) return json({ error: "Repository not found" }, 404);
    const [start, end] = (range?.match(/\d+/g) ?? [0, file.length - 1]).map(Number);
    const part = file.slice(start, (end ?? file.length - 1) + 1);
    const headers = {
      ETag: '"e"',
      "Content-Range": `bytes ${start}-${start! + part.length - 1}/${file.length}`,
      "Content-Length": `${part.length}`,
    };
    const cut = part.length > 1 && file === WEIGHTS ? hub.fault.breakAt?.shift() : undefined;
    if (cut === undefined) return new Response(part, { status: 206, headers });
    const broken = new ReadableStream({
      async start(controller) {
        controller.enqueue(part.subarray(0, cut));
        await new Promise((resolve) => setTimeout(resolve, 20));
        controller.close(); // before the end that Content-Length promised
      },
    });
    return new Response(broken, { status: 206, headers });
  });
  hub.endpoint = `http://127.0.0.1:${server.addr.port}`;
  try {
    await test(hub);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

async function push(hub: Hub, path: string, request: Request): Promise<Response> {
  if (path === "/api/repos/create") return Response.json({ url: "x", id: "1" });
  if (path.includes("/preupload/")) {
    const { files } = await request.json();
    return Response.json({
      files: files.map(({ path }: { path: string }) => ({
        path,
        uploadMode: path.endsWith("safetensors") ? "lfs" : "regular",
      })),
    });
  }
  if (path.endsWith("/objects/batch")) {
    const { objects } = await request.json();
    return Response.json({
      transfer: "basic",
      objects: objects.map(({ oid, size }: { oid: string; size: number }) => ({
        oid,
        size,
        actions: { upload: { href: `${hub.endpoint}/upload/${oid}` } },
      })),
    });
  }
  if (path.startsWith("/upload/")) {
    hub.pushed.uploads[path.slice(8)] = [...new Uint8Array(await request.arrayBuffer())];
    return new Response();
  }
  hub.pushed.commits.push(await request.text());
  return Response.json({ success: true, commitOid: COMMIT, commitUrl: "x", hookOutput: "" });
}

const names = async (path: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) {
      found.push(...(await names(`${path}/${name}`)).map((file) => `${name}/${file}`));
    } else found.push(name);
  }
  return found.sort();
};

Deno.test("fromPretrained() fetches the files of a model once, and notes its commit", () =>
  withHub(async ({ endpoint, folder, requests }) => {
    const seen: HubProgress[] = [];
    const path = await fromPretrained("org/model", {
      endpoint,
      folder,
      onProgress: (progress) => seen.push(progress),
    });
    assert.equal(path, `${folder}/models--org--model/snapshots/${COMMIT}`);
    assert.deepEqual(await names(path), [
      "config.json",
      "model.safetensors",
      "nested/config.json",
      "tokenizer.json",
    ]);
    assert.deepEqual(await Deno.readFile(`${path}/model.safetensors`), WEIGHTS);
    assert.deepEqual([seen.at(-1)!.bytes, seen.at(-1)!.totalBytes], [40_025, 40_025]);
    const count = requests.length;
    assert.equal(await fromPretrained("org/model", { endpoint, folder }), path);
    assert.ok(!requests.slice(count).some((request) => request.includes("/resolve/")));
    const all = await fromPretrained("org/model", {
      endpoint,
      folder,
      revision: "v1",
      files: (name) => name.endsWith(".bin"),
    });
    assert.equal(all, path);
    assert.equal((await Deno.stat(`${path}/pytorch_model.bin`)).size, 10);
  }));

Deno.test("fromPretrained() gives a local folder as it is", async () => {
  const folder = await Deno.makeTempDir();
  assert.equal(await fromPretrained(folder, { offline: true }), folder);
  await Deno.remove(folder);
  await assert.rejects(fromPretrained(`${folder}/none`, { offline: true }), {
    name: "CheckpointError",
    message: /as it must be a folder, or the name of a model on the hub, such as "org\/name"$/,
  });
});

Deno.test("fromPretrained() takes what it has where nobody answers", () =>
  withHub(async ({ endpoint, folder }) => {
    const path = await fromPretrained("org/model", { endpoint, folder });
    const nowhere = { endpoint: "http://127.0.0.1:9", folder };
    assert.equal(await fromPretrained("org/model", nowhere), path);
    assert.equal(await fromPretrained("org/model", { folder, offline: true }), path);
    await assert.rejects(fromPretrained("org/other", nowhere), {
      name: "CheckpointError",
      message:
        /^Cannot load the model org\/other as http:\/\/127.0.0.1:9 must answer: there is no main of it in /,
    });
    await Deno.remove(`${path}/config.json`);
    await assert.rejects(fromPretrained("org/model", { folder, offline: true }), {
      name: "CheckpointError",
      message: /its file config.json must have been fetched before/,
    });
  }));

Deno.test("fromPretrained() goes on where a connection broke", () =>
  withHub(async ({ endpoint, folder, requests, fault }) => {
    fault.breakAt = [10_000, 5_000];
    const path = await fromPretrained("org/model", { endpoint, folder });
    assert.deepEqual(await Deno.readFile(`${path}/model.safetensors`), WEIGHTS);
    const ranges = requests.filter((request) => request.includes("model.safetensors"))
      .map((request) => request.match(/bytes=(\d+)-/)?.[1]).filter((start) =>
        start !== undefined && start !== "0"
      );
    assert.deepEqual(ranges, ["10000", "15000"]);
  }));

Deno.test("fromPretrained() leaves nothing of a file that cannot be had or is another one", () =>
  withHub(async (hub) => {
    const { endpoint, folder, fault } = hub;
    fault.breakAt = [100, 100];
    await assert.rejects(fromPretrained("org/model", { endpoint, folder, retries: 1 }), {
      name: "CheckpointError",
      message: /the connection broke at byte 200 of 40000 of model.safetensors/,
    });
    hub.fault.breakAt = [];
    hub.fault.wrong = "0".repeat(64);
    await assert.rejects(fromPretrained("org/model", { endpoint, folder }), {
      name: "CheckpointError",
      message: /the hash of its model.safetensors must be 0{64}: current hash is [0-9a-f]{64}$/,
    });
    const left = await names(folder);
    assert.ok(!left.some((name) => /safetensors|refs/.test(name)), left.join(" "));
  }));

Deno.test("fromPretrained() says who refused, and what to do", () =>
  withHub(async ({ endpoint, folder, fault }) => {
    await assert.rejects(fromPretrained("org/none", { endpoint, folder }), {
      name: "CheckpointError",
      message:
        /^Cannot reach the model org\/none as http.* must have main of it: current answer is 404, Repository not found/,
    });
    await assert.rejects(
      fromPretrained("org/model", { endpoint, folder, revision: "v9" }),
      /must have v9 of it/,
    );
    await assert.rejects(fromPretrained("org/private", { endpoint, folder }), {
      name: "CheckpointError",
      message:
        /your account must be allowed to: pass a token, or set HF_TOKEN: current answer is 401/,
    });
    await assert.rejects(
      fromPretrained("org/private", { endpoint, folder, token: "other" }),
      /current answer is 401/,
    );
    assert.ok(await fromPretrained("org/private", { endpoint, folder, token: "secret" }));
    fault.path = "../../evil.json";
    await assert.rejects(fromPretrained("org/bad", { endpoint, folder }), {
      name: "CheckpointError",
      message: /its files must stay in their folder: current path is "..\/..\/evil.json"/,
    });
    fault.down = true;
    await assert.rejects(
      fromPretrained("org/model", { endpoint, folder }),
      /must answer: current answer is 503/,
    );
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(
      fromPretrained("org/new", { endpoint, folder, signal: controller.signal }),
      { name: "AbortError" },
    );
  }));

Deno.test("fromPretrained() reads HF_ENDPOINT", () =>
  withHub(async ({ endpoint, folder }) => {
    const before = Deno.env.get("HF_ENDPOINT");
    Deno.env.set("HF_ENDPOINT", endpoint + "/");
    try {
      assert.ok(await fromPretrained("org/model", { folder }));
    } finally {
      if (before === undefined) Deno.env.delete("HF_ENDPOINT");
      else Deno.env.set("HF_ENDPOINT", before);
    }
  }));

Deno.test("pushToHub() hands in small files within a commit, large ones before it", () =>
  withHub(async ({ endpoint, folder, pushed, requests }) => {
    await Deno.writeTextFile(`${folder}/config.json`, "{}");
    await Deno.writeTextFile(`${folder}/.hidden`, "no");
    await Deno.mkdir(`${folder}/part`);
    await Deno.writeFile(`${folder}/part/model.safetensors`, WEIGHTS);
    const options = { endpoint, token: "secret", title: "A whale", create: "private" as const };
    assert.equal(await pushToHub(folder, "org/private", options), COMMIT);
    assert.deepEqual(pushed.uploads, { [sha("sha256", WEIGHTS)]: [...WEIGHTS] });
    const [header, ...files] = pushed.commits[0]!.trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    assert.equal(header.value.summary, "A whale");
    assert.deepEqual(
      files.map(({ key, value }) => [key, value.path, value.oid ?? atob(value.content)]).sort(),
      [
        ["file", "config.json", "{}"],
        ["lfsFile", "part/model.safetensors", sha("sha256", WEIGHTS)],
      ],
    );
    assert.ok(requests.includes("POST /api/repos/create"));
    await assert.rejects(pushToHub(folder, "org/private", { endpoint, token: "" }), {
      name: "CheckpointError",
      message: /a token must be given: pass one that may write, or set HF_TOKEN$/,
    });
    await assert.rejects(
      pushToHub(`${folder}/part`, "org/private", { endpoint, token: "hf_x" }),
      /401/,
    );
  }));
