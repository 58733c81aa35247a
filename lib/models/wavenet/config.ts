/** The sizes of a {@link WaveNet}. */
export interface WaveNetConfig {
  /** Different values of a sample; 256 are those of mu-law in 8 bits. @default {256} */
  levels?: number;
  /** Channels that go from block to block. @default {32} */
  residualChannels?: number;
  /** Channels that the blocks hand to the output. @default {64} */
  skipChannels?: number;
  /** Steps between the taps of each block's convolution, the first block first. @default {1, 2, 4, … 512} */
  dilations?: readonly number[];
  /** Taps of each convolution. @default {2} */
  taps?: number;
  /** Classes of sounds, such as words or speakers, that every block is told; 0 for none. @default {0} */
  numClasses?: number;
}

/**
 * Dilations that double from block to block, and begin again.
 *
 * @param layers Blocks until they begin again: the last dilation is `2^(layers − 1)`.
 * @param stacks How often.
 */
export function doublingDilations(layers: number, stacks = 1): number[] {
  return Array.from({ length: layers * stacks }, (_, i) => 2 ** (i % layers));
}

/**
 * Dilations as van den Oord et al. give them, 1 to 512, thrice; the channels are those of common reimplementations, as the
 * paper names none. It sees 3,070 samples, 0.19 s at 16 kHz.
 *
 * @see van den Oord et al., 2016, "WaveNet: A Generative Model for Raw Audio", https://arxiv.org/abs/1609.03499, §2.1
 */
export const WAVENET_PRESETS: Readonly<Record<"30-blocks", Readonly<WaveNetConfig>>> = {
  "30-blocks": {
    residualChannels: 64,
    skipChannels: 256,
    dilations: doublingDilations(10, 3),
  },
};
