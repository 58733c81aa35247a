import type { ImageCritic, ImageGenerator } from "../nn/mod.ts";
import type { Optimizer } from "../optim/mod.ts";
import * as tf from "../tensor/_tf.ts";
import {
  nextTurn,
  randomNormal,
  randomUniform,
  record,
  Rng,
  type Scalar,
  type Tensor,
} from "../tensor/mod.ts";
import { type Batches, BatchStream } from "./batch_stream.ts";

/** Real images, and their classes where there are any. */
export interface AdversarialBatch {
  /** `[B, H, W, C]`, in the range of the generator's. */
  images: Tensor;
  /** `[B]`, int32. @default {none} */
  labels?: Tensor;
}

/** How an {@link AdversarialTrainer} trains. */
export interface AdversarialOptions {
  /** What changes the generator; it stays the caller's. */
  generatorOptimizer: Optimizer;
  /** What changes the critic; it stays the caller's. */
  criticOptimizer: Optimizer;
  /**
   * What is minimised. `"gan"`: the critic tells real from made by cross entropy, and the generator wants its images to be
   * taken for real; `"wgan-gp"`: the critic's scores differ as much as gradients of length 1 allow. @default {"gan"}
   */
  loss?: "gan" | "wgan-gp";
  /** Steps of the critic, each on a batch of its own, for one of the generator. @default {1 for "gan", 5 for "wgan-gp"} */
  criticSteps?: number;
  /** How much the critic's gradients weigh in `"wgan-gp"`. @default {10} */
  penalty?: number;
  /** Equal seeds give equal numbers for the generator. @default {0} */
  seed?: number;
  /** Whether steps on WebGPU are recorded and replayed. @default {true} */
  record?: boolean;
  /** How many steps are made before their losses are read. @default {10} */
  logEvery?: number;
  /** Called with each step, once its losses have been read. @default {nobody} */
  onStep?: (step: AdversarialStep) => void;
}

/** A step of the generator, and those of the critic before it. */
export interface AdversarialStep {
  /** Steps of the generator so far, this one included. */
  step: number;
  /** The generator's loss. */
  generatorLoss: number;
  /** The critic's loss in the last of its steps; in `"wgan-gp"` its negative, without the penalty, estimates the distance. */
  criticLoss: number;
}

interface Drawn {
  images: Tensor;
  labels?: Tensor;
  noise: Tensor;
  mix: Tensor;
}

/**
 * Trains a generator and a critic against each other, in turns.
 *
 * Batches are freed, but for those of an array; models and optimizers stay the caller's.
 *
 * @see Goodfellow et al., 2014, "Generative Adversarial Networks", https://arxiv.org/abs/1406.2661, algorithm 1, with the
 *   generator's loss of its §3, `−log D(G(z))`
 * @see Gulrajani et al., 2017, "Improved Training of Wasserstein GANs", https://arxiv.org/abs/1704.00028, algorithm 1
 */
export class AdversarialTrainer {
  /** What makes images. */
  readonly generator: ImageGenerator;
  /** What scores them. */
  readonly critic: ImageCritic;
  readonly #options: AdversarialOptions;
  readonly #rng: Rng;
  #step = 0;

  /**
   * Sets up a trainer; nothing runs yet.
   *
   * @param generator What makes images.
   * @param critic What scores them.
   * @param options How they are trained.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(generator: ImageGenerator, critic: ImageCritic, options: AdversarialOptions) {
    for (const name of ["criticSteps", "logEvery"] as const) {
      const value = options[name];
      if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
      throw new RangeError(
        `Cannot train as ${name} must be a whole number from 1 on: current value is ${value}`,
      );
    }
    [this.generator, this.critic, this.#options] = [generator, critic, options];
    this.#rng = new Rng(options.seed ?? 0);
  }

  /** Steps of the generator so far. */
  get step(): number {
    return this.#step;
  }

  /**
   * Trains.
   *
   * @param batches Real images; they are iterated again and again.
   * @param options `steps` of the generator.
   * @returns Every step.
   * @throws {RangeError} If there are no batches, or a loss is not finite.
   */
  async fit(
    batches: Batches<AdversarialBatch>,
    { steps }: { steps: number },
  ): Promise<AdversarialStep[]> {
    const { loss = "gan", logEvery = 10, onStep } = this.#options;
    const criticSteps = this.#options.criticSteps ?? (loss === "gan" ? 1 : 5);
    const stream = new BatchStream(batches);
    using critic = record((drawn: Drawn) => this.#criticStep(drawn), { name: "the critic" });
    using generator = record((drawn: Drawn) => this.#generatorStep(drawn), {
      name: "the generator",
    });
    const recorded = this.#options.record !== false;
    const history: AdversarialStep[] = [];
    const waiting: { critic: Scalar; generator: Scalar }[] = [];
    const read = async () => {
      for (const { critic, generator } of waiting.splice(0)) {
        const [c, g] = await Promise.all([critic.data(), generator.data()]);
        tf.dispose([critic, generator]);
        const made = { step: history.length + 1 + first, criticLoss: c[0]!, generatorLoss: g[0]! };
        if (!Number.isFinite(made.criticLoss) || !Number.isFinite(made.generatorLoss)) {
          throw new RangeError(
            `Cannot go on as losses must be finite: current losses are ${made.criticLoss} and ` +
              `${made.generatorLoss} at step ${made.step}; try smaller learning rates, or "wgan-gp"`,
          );
        }
        history.push(made);
        onStep?.(made);
      }
    };
    const first = this.#step;
    try {
      for (const end = first + steps; this.#step < end;) {
        let criticLoss: Scalar | undefined;
        let drawn!: Drawn;
        for (let k = 0; k < criticSteps; k++) {
          const batch = await this.#take(stream);
          drawn = this.#draw(batch);
          criticLoss?.dispose();
          criticLoss = recorded ? critic(drawn) : tf.tidy(() => this.#criticStep(drawn));
          if (k < criticSteps - 1) this.#free(drawn, stream, batch);
          else {
            const again = { ...drawn, ...this.#chance(batch) };
            const generatorLoss = recorded
              ? generator(again)
              : tf.tidy(() => this.#generatorStep(again));
            tf.dispose([again.noise, again.mix]);
            this.#free(drawn, stream, batch);
            waiting.push({ critic: criticLoss, generator: generatorLoss });
          }
        }
        this.#step++;
        if (this.#step % logEvery === 0) {
          await read();
          await nextTurn();
        }
      }
      await read();
    } finally {
      tf.dispose(waiting.flatMap(({ critic, generator }) => [critic, generator]));
      await stream.close();
    }
    return history;
  }

  /** The next batch, of the next pass if there is none left in this one. */
  async #take(stream: BatchStream<AdversarialBatch>): Promise<AdversarialBatch> {
    for (;;) {
      const [batch] = await stream.take(1); // none at the end of a pass; a pass without any is refused
      if (batch) return batch;
    }
  }

  #chance({ images }: AdversarialBatch): { noise: Tensor; mix: Tensor } {
    const B = images.shape[0]!;
    return {
      noise: randomNormal([B, this.generator.latentDim], 0, 1, { rng: this.#rng }),
      mix: randomUniform([B, 1, 1, 1], 0, 1, { rng: this.#rng }),
    };
  }

  #draw(batch: AdversarialBatch): Drawn {
    const { images, labels } = batch;
    const used = this.generator.numClasses ? labels : undefined;
    return { images, ...(used ? { labels: used } : {}), ...this.#chance(batch) };
  }

  #free(
    { noise, mix }: Drawn,
    stream: BatchStream<AdversarialBatch>,
    batch: AdversarialBatch,
  ): void {
    tf.dispose([noise, mix]);
    stream.release([batch]);
  }

  #criticStep({ images, labels, noise, mix }: Drawn): Scalar {
    const made = this.generator.forward(noise, labels);
    const { loss = "gan", penalty = 10, criticOptimizer } = this.#options;
    const score = (x: Tensor) => this.critic.forward(x, labels);
    return minimize(criticOptimizer, () => {
      if (loss === "gan") {
        return tf.add(
          tf.mean(softplus(tf.neg(score(images)))),
          tf.mean(softplus(score(made))),
        ) as Scalar;
      }
      const between = tf.add(tf.mul(images, mix), tf.mul(made, tf.sub(1, mix)));
      const distance = tf.sub(tf.mean(score(made)), tf.mean(score(images)));
      return tf.add(distance, tf.mul(gradientPenalty(score, between), penalty)) as Scalar;
    });
  }

  #generatorStep({ labels, noise }: Drawn): Scalar {
    const { loss = "gan", generatorOptimizer } = this.#options;
    return minimize(generatorOptimizer, () => {
      const scores = this.critic.forward(this.generator.forward(noise, labels), labels);
      return tf.mean(loss === "gan" ? softplus(tf.neg(scores)) : tf.neg(scores)) as Scalar;
    });
  }
}

/** `log(1 + e^x)`, without overflow. */
function softplus(x: Tensor): Tensor {
  return tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));
}

/**
 * The mean of `(‖∇ score(x)‖ − 1)²`, which itself has gradients.
 *
 * @param score Scores of images, `[B]`; each depends on its own image alone.
 * @param images `[B, H, W, C]`
 */
export function gradientPenalty(score: (images: Tensor) => Tensor, images: Tensor): Scalar {
  const slopes = tf.grad((x: Tensor) => tf.sum(score(x)))(images);
  const lengths = tf.sqrt(tf.add(tf.sum(tf.square(slopes), [1, 2, 3]), 1e-12)); // no infinite slope at 0
  return tf.mean(tf.square(tf.sub(lengths, 1))) as Scalar;
}

/** Makes one step of an optimizer along the gradients of a loss. */
function minimize(optimizer: Optimizer, loss: () => Scalar): Scalar {
  const { value, grads } = tf.variableGrads(loss, [...optimizer.parameters.values()]);
  const gradients = [...optimizer.parameters].map(([path, { name }]) =>
    [path, grads[name]!] as const
  );
  optimizer.step(new Map(gradients));
  tf.dispose(grads);
  return value;
}
