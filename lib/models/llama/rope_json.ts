import { CheckpointError, type JsonObject } from "../../checkpoint/mod.ts";
import type { LlamaConfig, RopeScaling } from "./config.ts";

/**
 * The rotary positions of a `config.json`: `rope_parameters`, or in older ones `rope_theta` and `rope_scaling`.
 *
 * @throws {CheckpointError} If their kind is not known, or a number is missing.
 */
export function ropeFromJson(
  json: JsonObject,
  headDim: number,
): Pick<LlamaConfig, "ropeTheta" | "ropeScaling"> {
  const rope = (json.rope_parameters ?? json.rope_scaling ?? {}) as JsonObject;
  const ropeTheta = Number(rope.rope_theta ?? json.rope_theta ?? 10000);
  const share = Number(rope.partial_rotary_factor ?? json.partial_rotary_factor ?? 1);
  if (Math.floor(headDim * share) !== headDim) {
    throw new CheckpointError(
      `Cannot load a Llama as partial_rotary_factor must be 1: current value is ${share}`,
    );
  }
  const type = String(rope.rope_type ?? rope.type ?? "default");
  const number = (key: string, fallback?: unknown): number => {
    const value = rope[key] ?? fallback;
    if (typeof value === "number") return value;
    throw new CheckpointError(
      `Cannot load a Llama as ${key} of its ${type} positions must be a number: current value is ${value}`,
    );
  };
  const original = () => number("original_max_position_embeddings", json.max_position_embeddings);
  switch (type) {
    case "default":
      return { ropeTheta };
    case "linear":
      return { ropeTheta, ropeScaling: { type, factor: number("factor") } };
    case "llama3":
      return {
        ropeTheta,
        ropeScaling: {
          type,
          factor: number("factor"),
          lowFreqFactor: number("low_freq_factor"),
          highFreqFactor: number("high_freq_factor"),
          originalLength: original(),
        },
      };
    case "yarn": {
      const factor = number("factor", Number(json.max_position_embeddings) / original());
      const gain = (scale: number) => factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
      const scales = rope.mscale && rope.mscale_all_dim;
      return {
        ropeTheta,
        ropeScaling: {
          type,
          factor,
          originalLength: original(),
          betaFast: number("beta_fast", 32),
          betaSlow: number("beta_slow", 1),
          attentionFactor: number(
            "attention_factor",
            scales ? gain(number("mscale")) / gain(number("mscale_all_dim")) : gain(1),
          ),
          truncate: rope.truncate !== false,
        },
      };
    }
  }
  throw new CheckpointError(
    `Cannot load a Llama as the kind of its rotary positions must be one of default, linear, llama3, yarn: ` +
      `current kind is ${type}`,
  );
}

/** The same, as readers of every age understand it. */
export function ropeToJson({ ropeTheta = 10000, ropeScaling }: LlamaConfig): JsonObject {
  return { rope_theta: ropeTheta, rope_scaling: ropeScaling ? scalingToJson(ropeScaling) : null };
}

function scalingToJson(scaling: RopeScaling): JsonObject {
  const common = { rope_type: scaling.type, factor: scaling.factor };
  switch (scaling.type) {
    case "linear":
      return common;
    case "llama3":
      return {
        ...common,
        low_freq_factor: scaling.lowFreqFactor,
        high_freq_factor: scaling.highFreqFactor,
        original_max_position_embeddings: scaling.originalLength,
      };
    case "yarn": {
      const { betaFast, betaSlow, attentionFactor, truncate } = scaling;
      return {
        ...common,
        original_max_position_embeddings: scaling.originalLength,
        ...(betaFast === undefined ? {} : { beta_fast: betaFast }),
        ...(betaSlow === undefined ? {} : { beta_slow: betaSlow }),
        ...(attentionFactor === undefined ? {} : { attention_factor: attentionFactor }),
        ...(truncate === undefined ? {} : { truncate }),
      };
    }
  }
}
