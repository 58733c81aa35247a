import { Adam, AdamW, Lion, Muon, type Optimizer, RMSprop, SGD } from "@tome/tome/optim";
import type { Tensor, Variable } from "@tome/tome/tensor";
import * as tf from "../../../lib/tensor/_tf.ts";
import golden from "../../golden/optim.json" with { type: "json" };
import { testOnDevices } from "../../_support/devices.ts";
import { assertClose } from "../../_support/numeric.ts";

type Values = Record<string, number[]>;
type Make = new (parameters: Iterable<[string, Variable]>, options: object) => Optimizer;
const OPTIMIZERS: Record<string, Make> = { Adam, AdamW, Lion, Muon, RMSprop, SGD };
const shapes: Record<string, number[]> = golden.shapes;

for (const { title, optimizer: name, options, after } of golden.cases) {
  testOnDevices(`${name} makes what PyTorch makes of given gradients: ${title}`, async (device) => {
    const names = Object.keys(after["12"]);
    const parameters = new Map(names.map((key) => {
      const init = tf.tensor((golden.initial as Values)[key]!, shapes[key]!);
      return [key, tf.variable(init)];
    }));
    const everything = { decay: () => true, hidden: () => true };
    {
      using optimizer = new OPTIMIZERS[name]!(parameters, { ...options, ...everything });
      for (const [k, given] of (golden.gradients as Values[]).entries()) {
        const gradients: Record<string, Tensor> = {};
        for (const key of names) {
          if (given[key]) gradients[key] = tf.tensor(given[key], shapes[key]!);
        }
        tf.tidy(() => optimizer.step(gradients));
        const expected = (after as Record<string, Values>)[`${k + 1}`];
        if (!expected) continue;
        for (const key of names) {
          // the iteration of Muon multiplies the rounding of every matrix product some tens of times
          const tolerance = name === "Muon" ? 1e-5 : 2e-6;
          await assertClose(parameters.get(key)!, tf.tensor(expected[key]!, shapes[key]!), {
            rtol: tolerance,
            atol: device === "webgpu" ? 2 * tolerance : tolerance,
          });
        }
      }
    }
    tf.dispose([...parameters.values()]);
  });
}
