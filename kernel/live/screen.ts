import type { TrustedHost } from "../trust/mod.ts";
import type { MediaBundle } from "../view.ts";

const INTERVAL = 100; // milliseconds between two pictures, at the least

/** A place in a cell's output whose picture is replaced, at most ten times a second. */
export class Screen {
  readonly #id = crypto.randomUUID();
  readonly #host: TrustedHost;
  #drawnAt = -Infinity;
  #shown = false;

  /**
   * Shows nothing yet.
   *
   * @param host The kernel.
   */
  constructor(host: TrustedHost) {
    this.#host = host;
  }

  /** Whether enough time has passed for another picture. */
  get due(): boolean {
    return performance.now() - this.#drawnAt >= INTERVAL;
  }

  /** Shows a picture in place of the one before, now. */
  async draw(data: MediaBundle): Promise<void> {
    this.#drawnAt = performance.now();
    const type = this.#shown ? "update_display_data" : "display_data";
    this.#shown = true;
    await this.#host.send(type, { data, metadata: {}, transient: { display_id: this.#id } });
  }

  /** Shows the last picture and waits until it has left. */
  async finish(data: MediaBundle): Promise<void> {
    await this.draw(data);
    await this.#host.drain();
  }
}
