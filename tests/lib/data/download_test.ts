import assert from "node:assert/strict";
import { cachedDownload, DownloadError } from "@tome/tome/data";

const TEXT = "Call me Ishmael.\n".repeat(1000);
const BYTES = new TextEncoder().encode(TEXT);
const SHA = new Uint8Array(await crypto.subtle.digest("SHA-256", BYTES)).toHex();

interface Place {
  folder: string;
  url: string;
  requests: () => number;
}

/** Runs with a folder, and a server that has the text, serves it cut short, or has it not. */
async function withServer(run: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  let requests = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    requests++;
    const { pathname } = new URL(request.url);
    if (pathname === "/a%20book.txt" || pathname === "/book.txt") return new Response(BYTES);
    return new Response("no", { status: 404 });
  });
  const before = Deno.env.get("TOME_DATA");
  Deno.env.delete("TOME_DATA");
  try {
    await run({
      folder,
      url: `http://127.0.0.1:${server.addr.port}`,
      requests: () => requests,
    });
  } finally {
    if (before !== undefined) Deno.env.set("TOME_DATA", before);
    else Deno.env.delete("TOME_DATA");
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

const files = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test("cachedDownload() downloads a file once", () =>
  withServer(async ({ folder, url, requests }) => {
    const cache = `${folder}/deep/cache`;
    for (let n = 0; n < 2; n++) {
      const path = await cachedDownload(`${url}/book.txt`, SHA.toUpperCase(), { folder: cache });
      assert.equal(path, `${cache}/${SHA.slice(0, 16)}-book.txt`);
      assert.equal(await Deno.readTextFile(path), TEXT);
      assert.equal(requests(), 1);
    }
    assert.equal(files(cache).length, 1);
    const path = await cachedDownload(new URL(`${url}/a book.txt`), SHA, { folder });
    assert.equal(path, `${folder}/${SHA.slice(0, 16)}-a book.txt`);
  }));

Deno.test("cachedDownload() downloads again what was damaged in the cache", () =>
  withServer(async ({ folder, url, requests }) => {
    const path = await cachedDownload(`${url}/book.txt`, SHA, { folder });
    await Deno.writeTextFile(path, "damaged");
    await cachedDownload(`${url}/book.txt`, SHA, { folder });
    assert.equal(await Deno.readTextFile(path), TEXT);
    assert.equal(requests(), 2);
  }));

Deno.test("cachedDownload() refuses a file with another hash, and keeps nothing of it", () =>
  withServer(async ({ folder, url }) => {
    const other = "0".repeat(64);
    await assert.rejects(cachedDownload(`${url}/book.txt`, other, { folder }), {
      name: "DownloadError",
      message: `Cannot use the download of ${url}/book.txt as its SHA-256 must be ${other}: ` +
        `current SHA-256 is ${SHA}, of 17000 bytes`,
    });
    assert.deepEqual(files(folder), []);
  }));

Deno.test("cachedDownload() says that the server has no such file", () =>
  withServer(async ({ folder, url }) => {
    await assert.rejects(cachedDownload(`${url}/none.txt`, SHA, { folder }), {
      name: "DownloadError",
      message:
        `Cannot download ${url}/none.txt as the server must have it: current answer is 404 Not Found; ` +
        "offline, put the file into a folder as none.txt, and name that folder by TOME_DATA",
    });
    assert.deepEqual(files(folder), []);
  }));

Deno.test("cachedDownload() refuses a file whose end is missing", () =>
  withServer(async ({ folder }) => {
    const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const answer = (async () => {
      for (const head of [`Content-Length: ${BYTES.length}\r\n`, "Connection: close\r\n"]) {
        using connection = await listener.accept();
        await connection.read(new Uint8Array(4096));
        const start = new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${head}\r\n`);
        for (const part of [start, BYTES.subarray(0, 500)]) await connection.write(part);
      }
    })();
    const url = `http://127.0.0.1:${listener.addr.port}/book.txt`;
    await assert.rejects(cachedDownload(url, SHA, { folder }), {
      name: "DownloadError",
      message: new RegExp(
        `^Cannot download ${url} as the connection broke before the end; offline`,
      ),
    });
    await assert.rejects(cachedDownload(url, SHA, { folder }), { // no length was promised
      name: "DownloadError",
      message: /^Cannot use the download .* of 500 bytes$/,
    });
    await answer;
    listener.close();
    assert.deepEqual(files(folder), []);
    await assert.rejects(cachedDownload(url, SHA, { folder }), {
      name: "DownloadError",
      message: new RegExp(`^Cannot download ${url} as the server does not answer; offline`),
    });
  }));

Deno.test("cachedDownload() takes a file in the folder of TOME_DATA first", () =>
  withServer(async ({ folder, url, requests }) => {
    Deno.env.set("TOME_DATA", folder);
    const cache = `${folder}/cache`;
    await Deno.writeFile(`${folder}/book.txt`, BYTES);
    assert.equal(
      await cachedDownload(`${url}/book.txt`, SHA, { folder: cache }),
      `${folder}/book.txt`,
    );
    assert.equal(requests(), 0);
    await Deno.writeTextFile(`${folder}/book.txt`, "another");
    await assert.rejects(cachedDownload(`${url}/book.txt`, SHA, { folder: cache }), {
      name: "DownloadError",
      message: /^Cannot use .*book\.txt as its SHA-256 must be .*; remove it, or unset TOME_DATA$/,
    });
    await Deno.remove(`${folder}/book.txt`);
    await cachedDownload(`${url}/book.txt`, SHA, { folder: cache });
    assert.equal(requests(), 1);
  }));

Deno.test("cachedDownload() refuses what is no hash, and a URL without a name", async () => {
  await assert.rejects(cachedDownload("http://127.0.0.1/x", "abc"), {
    name: "RangeError",
    message: /sha256 must be 64 hexadecimal digits: current sha256 is "abc"/,
  });
  for (const url of ["http://127.0.0.1/", "http://127.0.0.1/..%2Fx", "http://127.0.0.1/a%5Cb"]) {
    await assert.rejects(cachedDownload(url, SHA), { name: "RangeError", message: /a file name/ });
  }
  assert.ok(new DownloadError("x") instanceof Error);
});
