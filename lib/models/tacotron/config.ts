/** The sizes of a {@link Tacotron}. */
export interface TacotronConfig {
  /** The number of different letters, the one that fills rows up included. */
  vocabSize: number;
  /** Bands of a frame. @default {40} */
  numMels?: number;
  /** Frames that a step makes. @default {2} */
  framesPerStep?: number;
  /** Width of what is read, both directions together; even. @default {64} */
  encoderDim?: number;
  /** Convolutions over the letters. @default {1} */
  encoderLayers?: number;
  /** Units of both layers of the layer that reads frames. @default {32} */
  prenetDim?: number;
  /** The share of the prenet's activations dropped in training, which keeps it from only copying the frame before. @default {0.5} */
  prenetDropout?: number;
  /** Units of the decoder's two LSTMs. @default {64} */
  decoderDim?: number;
  /** Width of what the attention compares. @default {32} */
  attentionDim?: number;
  /** Filters over what has been looked at. @default {8} */
  locationFilters?: number;
  /** Letters that such a filter covers, odd. @default {15} */
  locationTaps?: number;
  /** Channels of the convolutions that refine frames. @default {32} */
  postnetDim?: number;
  /** The share of activations dropped elsewhere, in training. @default {0} */
  dropout?: number;
  /**
   * What a frame's numbers stand for, so that a folder tells how to make them a sound: kept and not read by the model.
   *
   * @default {nothing}
   */
  sound?: Readonly<Record<string, number>>;
}

/**
 * The published widths of Tacotron 2, whose convolutions also have batch norms, and of which five refine the frames and not two.
 *
 * @see Shen et al., 2018, "Natural TTS Synthesis by Conditioning WaveNet on Mel Spectrogram Predictions",
 *   https://arxiv.org/abs/1712.05884, §2.2
 */
export const TACOTRON_PRESETS: Readonly<
  Record<"tacotron-2", Readonly<Omit<TacotronConfig, "vocabSize">>>
> = {
  "tacotron-2": {
    numMels: 80,
    framesPerStep: 1,
    encoderDim: 512,
    encoderLayers: 3,
    prenetDim: 256,
    decoderDim: 1024,
    attentionDim: 128,
    locationFilters: 32,
    locationTaps: 31,
    postnetDim: 512,
    dropout: 0.5,
  },
};
