import assert from "node:assert/strict";
import { decode } from "fast-png";
import { EventFileWriter } from "@tome/tome/train";
import { findPython, runPython } from "../../../_support/python.ts";

const python = await findPython("tensorboard");

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("EventFileWriter frames its first record as TensorBoard does", () =>
  inFolder(async (folder) => {
    const events = await EventFileWriter.create(folder, { clock: () => 1 });
    await events.close();
    const bytes = await Deno.readFile(events.path);
    // The event by hand: { wall_time: 1.0, step: 0, file_version: "brain.Event:2" };
    // the checksums by masked_crc32c() of Python's tensorboard 2.21.0
    const event = "09000000000000f03f" + "1000" + "1a0d" + "627261696e2e4576656e743a32";
    assert.equal(bytes.toHex(), "1a00000000000000" + "129bd82d" + event + "cc314e92");
    assert.match(events.path, /\/events\.out\.tfevents\.0000000001\.[^/]+\.\d+\.\d+$/);
  }));

Deno.test("EventFileWriter writes nothing before flush(), and everything after", () =>
  inFolder(async (folder) => {
    await using events = await EventFileWriter.create(folder);
    assert.equal((await Deno.stat(events.path)).size, 0);
    events.scalar("loss", 1, 1);
    await Promise.all([events.flush(), events.flush()]);
    const { size } = await Deno.stat(events.path);
    events.scalar("loss", 1, 2);
    await events.close();
    await events.close();
    assert.equal((await Deno.stat(events.path)).size, size + 16 + 11 + 4 + 11); // frame, time and step, two lengths, tag and value
    assert.throws(() => events.scalar("loss", 1, 3), TypeError);
  }));

Deno.test("EventFileWriter.image() throws if the pixels do not fill the picture", () =>
  inFolder(async (folder) => {
    await using events = await EventFileWriter.create(folder);
    const data = new Uint8Array(5);
    assert.throws(() => events.image("x", { width: 2, height: 2, data }, 1), RangeError);
    assert.throws(() => events.image("x", data, 1), TypeError);
  }));

const READ = `
import base64, glob, json, sys
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader, RawEventFileLoader
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util
from google.protobuf import json_format
folder = sys.argv[1]
acc = EventAccumulator(folder, size_guidance={'scalars': 0, 'tensors': 0, 'histograms': 0, 'images': 0})
acc.Reload()
out = {'scalars': {}, 'tensors': {}, 'histograms': {}, 'images': {}, 'hparams': []}
for tag in acc.Tags()['scalars']:
    out['scalars'][tag] = [[e.step, e.value if e.value == e.value else 'NaN', e.wall_time] for e in acc.Scalars(tag)]
for tag in acc.Tags()['histograms']:
    out['histograms'][tag] = [[e.step, e.histogram_value.min, e.histogram_value.max, e.histogram_value.num, e.histogram_value.sum, e.histogram_value.sum_squares, list(e.histogram_value.bucket_limit), list(e.histogram_value.bucket)] for e in acc.Histograms(tag)]
for tag in acc.Tags()['images']:
    out['images'][tag] = [[e.step, e.width, e.height, base64.b64encode(e.encoded_image_string).decode()] for e in acc.Images(tag)]
for tag in acc.Tags()['tensors']:
    out['tensors'][tag] = [[e.step, [s.decode() for s in e.tensor_proto.string_val]] for e in acc.Tensors(tag) if e.tensor_proto.dtype == 7]
path = sorted(glob.glob(folder + '/events.out.*'))[0]
migrated = []
for event in EventFileLoader(path).Load():
    for value in event.summary.value:
        plugin = value.metadata.plugin_data
        if plugin.plugin_name == 'hparams':
            data = plugin_data_pb2.HParamsPluginData.FromString(plugin.content)
            out['hparams'].append([value.tag, json_format.MessageToDict(data, preserving_proto_field_name=True)])
        else:
            migrated.append([value.tag, plugin.plugin_name])
out['migrated'] = migrated
print(json.dumps(out))
`;

const WITH_TENSORBOARD = "TensorBoard's own reader gives back what EventFileWriter wrote";
if (!python) {
  Deno.test(`${WITH_TENSORBOARD}: not run: no Python with tensorboard`, () => {});
} else {
  Deno.test(WITH_TENSORBOARD, () =>
    inFolder(async (folder) => {
      let now = 1_700_000_000.25;
      const events = await EventFileWriter.create(folder, { clock: () => now++ });
      events.scalar("train/loss", 2.5, 1);
      events.scalar("train/loss", -1e-3, 3_000_000_000);
      events.scalar("train/loss", NaN, 3_000_000_001);
      events.histogram("weights/w", [0, 0.25, 1, 4, NaN], 7, 4);
      events.histogram("weights/same", [2, 2, 2], 7);
      events.text("sample", "Grüße, **世界**", 5);
      const data = Uint8Array.from({ length: 3 * 2 * 3 }, (_, i) => 14 * i);
      events.image("picture", { width: 3, height: 2, data }, 9);
      events.hyperParameters({ lr: 0.5, optimizer: "adamw", tied: true }, ["train/loss"]);
      events.sessionEnd("success");
      await events.close();

      // deno-lint-ignore no-explicit-any
      const read = await runPython(python, READ, [folder]) as any;
      const [first, second, third] = read.scalars["train/loss"];
      assert.deepEqual(first, [1, 2.5, 1_700_000_002.25]);
      assert.deepEqual(second.slice(0, 2), [3_000_000_000, Math.fround(-1e-3)]);
      assert.deepEqual(third.slice(0, 2), [3_000_000_001, "NaN"]);
      assert.deepEqual(read.histograms, {
        "weights/w": [[7, 0, 4, 4, 5.25, 17.0625, [1, 2, 3, 4], [2, 1, 0, 1]]],
        "weights/same": [[7, 2, 2, 3, 6, 12, [2], [3]]],
      });
      assert.deepEqual(read.tensors.sample, [[5, ["Grüße, **世界**"]]]);
      const [step, width, height, png] = read.images.picture[0];
      assert.deepEqual([step, width, height], [9, 3, 2]);
      assert.deepEqual([...decode(Uint8Array.fromBase64(png)).data], [...data]);
      assert.deepEqual(read.migrated, [
        ["train/loss", "scalars"],
        ["train/loss", "scalars"],
        ["train/loss", "scalars"],
        ["weights/w", "histograms"],
        ["weights/same", "histograms"],
        ["sample", "text"],
        ["picture", "images"],
      ]);
      const [experiment, start, end] = read.hparams;
      assert.equal(experiment[0], "_hparams_/experiment");
      assert.deepEqual(experiment[1].experiment.hparam_infos, [
        { name: "lr", type: "DATA_TYPE_FLOAT64" },
        { name: "optimizer", type: "DATA_TYPE_STRING" },
        { name: "tied", type: "DATA_TYPE_BOOL" },
      ]);
      assert.deepEqual(experiment[1].experiment.metric_infos, [{ name: { tag: "train/loss" } }]);
      assert.equal(start[0], "_hparams_/session_start_info");
      assert.deepEqual(start[1].session_start_info.hparams, {
        lr: 0.5,
        optimizer: "adamw",
        tied: true,
      });
      assert.equal(end[0], "_hparams_/session_end_info");
      assert.equal(end[1].session_end_info.status, "STATUS_SUCCESS");
    }));

  Deno.test("TensorBoard forgets the steps that a later EventFileWriter purges", () =>
    inFolder(async (folder) => {
      const first = await EventFileWriter.create(folder, { clock: () => 100 });
      for (const step of [1, 2, 3, 4]) first.scalar("loss", step, step);
      await first.close();
      const second = await EventFileWriter.create(folder, { clock: () => 200, purgeStep: 3 });
      second.scalar("loss", 30, 3);
      await second.close();
      // deno-lint-ignore no-explicit-any
      const read = await runPython(python, READ, [folder]) as any;
      assert.deepEqual(read.scalars.loss.map((e: number[]) => e.slice(0, 2)), [
        [1, 1],
        [2, 2],
        [3, 30],
      ]);
    }));
}
