import assert from "node:assert/strict";
import { echo } from "../../../kernel/trust/echo.ts";
import { Streams } from "../../../kernel/trust/streams.ts";
import { printed, result, withKernel } from "./_kernel.ts";

Deno.test("echo() says that it cannot know where there is no kernel to listen to", async () => {
  const said: string[] = [];
  const send = (type: string) => Promise.resolve(void said.push(type));
  assert.equal(await echo(send)(), false); // this process is no kernel
  assert.equal(await echo(send, () => Promise.resolve(undefined))(), false);
  assert.equal(await echo(send, () => Promise.reject(new Error("gone")))(), false);
  assert.deepEqual(said, []);
});

Deno.test("echo() waits for as long as the kernel has not sent what came before", async () => {
  const kernel = new Publisher(150);
  try {
    const sent: string[] = [];
    const streams = new Streams((type) => {
      sent.push(type);
      return Promise.resolve();
    }, echo(kernel.publish, () => Promise.resolve({ hostname: "127.0.0.1", port: kernel.port })));
    streams.put("stdout", "text");
    const start = performance.now();
    await streams.drain();
    assert.ok(performance.now() - start >= 150, "it heard what was not published yet");
    assert.deepEqual(sent, ["stream"]); // what is said to be heard goes past the streams
    assert.ok(kernel.published.length > 0);
    assert.deepEqual([...new Set(kernel.published)], ["update_display_data"]);
  } finally {
    await kernel.close();
  }
});

Deno.test("A kernel on a busy machine does not end a cell before its output has left", async () => {
  const burners = Array.from(
    { length: 2 * navigator.hardwareConcurrency },
    () =>
      new Deno.Command(Deno.execPath(), { args: ["eval", "for (;;);"], stderr: "null" }).spawn(),
  );
  try {
    await withKernel(async (cell) => {
      for (let i = 0; i < 40; i++) {
        const told = await cell(`console.log("a", ${i}); ${i} + 1`);
        assert.deepEqual([printed(told), result(told), told.late], [`a ${i}\n`, `${i + 1}`, []]);
      }
    });
  } finally {
    for (const burner of burners) burner.kill("SIGKILL");
    await Promise.all(burners.map((burner) => burner.status));
  }
});

/** A kernel's publisher of messages that takes its time with each. */
class Publisher {
  readonly published: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open: Deno.Conn[] = [];
  readonly #done: Promise<void>;

  constructor(readonly millis: number) {
    this.#done = this.#accept();
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  readonly publish = async (type: string, content: unknown): Promise<void> => {
    await new Promise((go) => setTimeout(go, this.millis));
    this.published.push(type);
    const body = new TextEncoder().encode(JSON.stringify(content));
    for (const conn of this.#open) {
      await conn.write(new Uint8Array([0, body.length, ...body])).catch(() => {});
    }
  };

  async #accept(): Promise<void> {
    for await (const conn of this.#listener) {
      const greeting = new Uint8Array(64);
      greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0]);
      greeting.set(new TextEncoder().encode("NULL"), 12);
      await conn.write(greeting);
      await conn.write(new Uint8Array([4, 6, 5, ...new TextEncoder().encode("READY")]));
      this.#open.push(conn);
    }
  }

  async close(): Promise<void> {
    this.#listener.close();
    await this.#done;
    for (const conn of this.#open) conn.close();
  }
}
