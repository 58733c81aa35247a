import assert from "node:assert/strict";
import { decodeWav, encodeWav } from "@tome/tome/audio";
import { runForJson, runScript, testManual } from "./_run.ts";

/** What speak.ts --json ends with. */
interface Spoken {
  learnt?: { distance: number; recognized: number };
  unheard?: { distance: number };
  bits?: number;
  previous?: number;
  receptiveField?: number;
}

testManual("speak");

/** A tar archive. */
function tar(files: Record<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, data] of Object.entries(files)) {
    const head = new Uint8Array(512);
    const text = (at: number, value: string) => head.set(new TextEncoder().encode(value), at);
    text(0, name);
    text(124, data.length.toString(8).padStart(11, "0"));
    text(148, " ".repeat(8));
    text(156, "0");
    text(148, head.reduce((sum, byte) => sum + byte).toString(8).padStart(6, "0") + "\0 ");
    parts.push(head, data, new Uint8Array(-data.length & 511));
  }
  return Uint8Array.of(...parts.flatMap((part) => [...part]), ...new Uint8Array(1024));
}

/** A voice that hums: each word at another pitch. */
function hummed(): Uint8Array {
  const names = Array.from({ length: 14 }, (_, i) => `digits/${i}.wav`);
  return tar(Object.fromEntries(names.map((name, i) => {
    const hum = Array.from({ length: 1600 }, (_, t) => 0.5 * Math.sin(t * (0.1 + 0.05 * i)));
    return [name, encodeWav(hum, 8000)];
  })));
}

Deno.test("speak.ts trains a Tacotron and a WaveNet, measures them, and writes what they say", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${cwd}/asterisk-en-digits-letters.tar`, hummed());
    const options = { cwd, env: { TOME_DATA: cwd } };
    const common = ["--device=wasm", "--held=2", "--batch=4", "--steps=3", "--width=8"];
    const made = await runForJson<Spoken>(
      "speak",
      [...common, "--say=six,seven", "--out=runs/voice"],
      options,
    );
    assert.ok(made.learnt!.distance > 0 && made.unheard!.distance > 0, JSON.stringify(made));
    const again = [
      "--model=runs/voice/model",
      "--device=wasm",
      "--say=six,seven",
      "--out=runs/again",
    ];
    assert.equal((await runScript("speak", again, options)).code, 0);
    const [first, second] = await Promise.all(
      ["voice", "again"].map((folder) => Deno.readFile(`${cwd}/runs/${folder}/six.wav`)),
    );
    // a diff of so many samples would take all memory
    assert.equal(
      first!.toBase64() === second!.toBase64(),
      true,
      "the saved model says something else",
    );
    const wave = await runForJson<Spoken>("speak", [
      ...common,
      ...["--kind=wavenet", "--layers=3", "--window=64", "--seconds=0.05", "--out=runs/wave"],
    ], options);
    assert.ok(wave.bits! > 0 && wave.bits! < 9 && wave.previous! > 0, JSON.stringify(wave));
    assert.equal(wave.receptiveField, 8);
    const { channels, sampleRate } = decodeWav(await Deno.readFile(`${cwd}/runs/wave/wave.wav`));
    assert.deepEqual([channels[0]!.length, sampleRate], [400, 8000]);
    await Deno.stat(`${cwd}/runs/wave/model/model.safetensors`);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
