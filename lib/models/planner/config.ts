/** The sizes of a {@link ValuePropagationNet}. */
export interface ValuePropagationConfig {
  /** Channels of the layer that looks at the map around a cell. @default {32} */
  hiddenChannels?: number;
  /** How often values are passed on: how many moves far the net can plan. @default {24} */
  iterations?: number;
}
