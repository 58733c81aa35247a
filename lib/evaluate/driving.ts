import type { Drive, Driver } from "../data/mod.ts";
import type { Module } from "../nn/mod.ts";
import { table, type TableBundle, type Tensor, tidy } from "../tensor/mod.ts";
import * as tf from "../tensor/_tf.ts";

/** A model that decides what a driver does: observations, `[B, N]`, to steering and driving, `[B, 2]`. */
export type DrivingPolicy = Module & { forward(observations: Tensor): Tensor };

/**
 * Lets a model drive, all cars in one batch.
 *
 * @param model What decides; it is left in the mode it was in.
 */
export function policyDriver(model: DrivingPolicy): Driver {
  return async (_states, observations) => {
    const { training } = model;
    model.eval();
    const actions = tidy(() =>
      model.forward(tf.tensor2d(observations.map((observation) => [...observation])))
    );
    if (training) model.train();
    const values = await actions.data();
    actions.dispose();
    return observations.map((_, i) => ({ steer: values[2 * i]!, drive: values[2 * i + 1]! }));
  };
}

/** How well cars were driven; prints itself. */
export class DrivingReport {
  /** Who drove. */
  readonly name: string;
  /** The number of drives. */
  readonly drives: number;
  /** The share of drives that did not end beside the road. */
  readonly finished: number;
  /** Laps of a drive, on average. */
  readonly laps: number;
  /** Distance from the middle of the road, on average over all moments, in metres. */
  readonly offset: number;
  /** Metres a second, on average over all moments. */
  readonly speed: number;

  /**
   * Measures drives.
   *
   * @param name Who drove.
   * @param drives The drives.
   * @throws {RangeError} If there are none.
   */
  constructor(name: string, drives: readonly Drive[]) {
    if (drives.length === 0) throw new RangeError("Cannot measure driving as there are no drives");
    const states = drives.flatMap(({ moments }) => moments.map(({ state }) => state));
    const mean = (values: readonly number[]) =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    this.name = name;
    this.drives = drives.length;
    this.finished = mean(drives.map(({ leftRoad }) => Number(!leftRoad)));
    this.laps = mean(drives.map(({ laps }) => laps));
    this.offset = mean(states.map(({ offset }) => Math.abs(offset)));
    this.speed = mean(states.map(({ speed }) => speed));
  }

  /** As the row of a table. */
  row(): string[] {
    const { name, drives, finished, laps, offset, speed } = this;
    return [
      name,
      `${Math.round(finished * drives)} of ${drives}`,
      laps.toFixed(2),
      `${offset.toFixed(2)} m`,
      `${speed.toFixed(1)} m/s`,
    ];
  }

  /**
   * Several reports as one table.
   *
   * @param reports The reports.
   */
  static table(reports: readonly DrivingReport[]): TableBundle {
    return table(reports.map((report) => report.row()), {
      head: ["", "on the road", "laps", "from the middle", "speed"],
      numbersFrom: 1,
    });
  }

  /** The table as text. */
  toString(): string {
    return DrivingReport.table([this])["text/plain"];
  }

  /** What a notebook shows. */
  [Symbol.for("Jupyter.display")](): TableBundle {
    return DrivingReport.table([this]);
  }
}
