import type { FeedbackBatch, PreferredItems, SequenceBatch } from "../../data/mod.ts";
import type {
  KnowledgeTracer,
  Recommender,
  SequentialRecommender,
  VectorRecommender,
} from "../../nn/mod.ts";
import { softmaxCrossEntropy } from "../../ops/mod.ts";
import * as tf from "../../tensor/_tf.ts";
import type { Scalar, Tensor } from "../../tensor/mod.ts";
import type { Objective } from "../objectives.ts";

/** `log(1 + e^x)`, without overflow. */
function softplus(x: Tensor): Tensor {
  return tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));
}

/** The cross entropy of a logit and a label of 0 or 1. */
function binary(logits: Tensor, labels: Tensor): Tensor {
  return tf.sub(softplus(logits), tf.mul(logits, labels));
}

/** An objective that is a mean over rows of one size. */
function meanOf<M extends Recommender, B extends { users: Tensor }>(
  rows: (model: M, batch: B) => Tensor,
): Objective<M, B> {
  const objective: Objective<M, B> = (model, batch) => tf.mean(rows(model, batch)) as Scalar;
  objective.sum = (model, batch) => tf.sum(rows(model, batch)) as Scalar;
  objective.count = ({ users }) => users.size;
  objective.tokens = ({ users }) => users.size;
  return objective;
}

/** Scores of one item a user, `[B]`. */
function scoresOf(model: Recommender, { users, items }: { users: Tensor; items: Tensor }): Tensor {
  return tf.squeeze(model.forward({ users, items: tf.expandDims(items, 1) }), [1]);
}

/**
 * The loss of implicit feedback: the mean cross entropy, in nats, of whether a user met an item.
 *
 * @see He et al., 2017, "Neural Collaborative Filtering", https://arxiv.org/abs/1708.05031, equation 7
 */
export const implicitFeedback: Objective<Recommender, FeedbackBatch> = meanOf((model, batch) =>
  binary(scoresOf(model, batch), batch.labels)
);

/** The mean squared error of ratings, which are the labels of the batch. */
export const ratingLoss: Objective<Recommender, FeedbackBatch> = meanOf((model, batch) =>
  tf.square(tf.sub(scoresOf(model, batch), batch.labels))
);

/**
 * Bayesian personalised ranking: `−mean log σ(score(u, i) − score(u, j))`, of an item `i` that was met and `j` that was not.
 *
 * @see Rendle et al., 2009, "BPR: Bayesian Personalized Ranking from Implicit Feedback", https://arxiv.org/abs/1205.2618, §4.1
 */
export const bprLoss: Objective<Recommender, PreferredItems> = meanOf((model, batch) => {
  const { users, items, negatives, history } = batch;
  const scores = model.forward({ users, items: tf.stack([items, negatives], 1), history });
  const [met, unmet] = tf.unstack(scores, 1) as [Tensor, Tensor];
  return softplus(tf.sub(unmet, met));
});

/**
 * The loss of {@link SequentialRecommender}s: the cross entropy, in nats, of the item after each place and of one drawn item,
 * a mean over the places that are not filled up.
 *
 * @see Kang and McAuley, 2018, "Self-Attentive Sequential Recommendation", https://arxiv.org/abs/1808.09781, equation 7
 */
export const nextItemLoss: Objective<SequentialRecommender, SequenceBatch> = (() => {
  const objective: Objective<SequentialRecommender, SequenceBatch> = (model, batch) => {
    const { history, items, negatives } = batch;
    const scores = model.forwardSteps(history, tf.stack([items, negatives], 2)); // [B, T, 2]
    const [met, unmet] = tf.unstack(scores, 2) as [Tensor, Tensor];
    const counts = tf.cast(tf.notEqual(items, model.numItems), "float32");
    const losses = tf.mul(tf.add(softplus(tf.neg(met)), softplus(unmet)), counts);
    return tf.div(tf.sum(losses), tf.sum(counts)) as Scalar;
  };
  objective.tokens = ({ history }) => history.size;
  return objective;
})();

/**
 * The loss of {@link VectorRecommender}s: which of the batch's items did each user meet? Cross entropy in nats.
 *
 * A batch must have an item twice only by chance; where it has, the second one is no mistake, and is left out.
 *
 * @see Yi et al., 2019, "Sampling-bias-corrected neural modeling…", https://doi.org/10.1145/3298689.3346996, equation 3
 */
export const inBatchSoftmax: Objective<VectorRecommender, PreferredItems> = (() => {
  const objective: Objective<VectorRecommender, PreferredItems> = (model, batch) => {
    const { users, items, history } = batch;
    const B = users.size;
    const own = model.userVectors({ users, history }); // [B, D]
    const others = model.itemVectors(items); // [B, D]
    const scores = tf.div(
      tf.matMul(own as tf.Tensor2D, others as tf.Tensor2D, false, true),
      model.temperature,
    );
    const same = tf.cast(tf.equal(tf.expandDims(items, 0), tf.expandDims(items, 1)), "float32");
    const hidden = tf.mul(tf.sub(same, tf.eye(B)), -1e9);
    return softmaxCrossEntropy(tf.add(scores, hidden), tf.range(0, B, 1, "int32"));
  };
  objective.count = ({ users }) => users.size;
  objective.sum = (model, batch) => tf.mul(objective(model, batch), batch.users.size) as Scalar;
  objective.tokens = ({ users }) => users.size;
  return objective;
})();

/** Learners' answers. */
export interface AnswersBatch {
  /** The skill of each question, `[B, T]`, int32. */
  skills: Tensor;
  /** Whether each answer was right, 1 or 0, and −1 where a row is filled up, `[B, T]`, int32. */
  correct: Tensor;
}

/**
 * The loss of {@link KnowledgeTracer}s: the cross entropy, in nats, of each answer given those before it, a mean over the
 * answers but the first of each learner.
 *
 * @see Piech et al., 2015, "Deep Knowledge Tracing", https://arxiv.org/abs/1506.05908, equation 4
 */
export const knowledgeTracingLoss: Objective<KnowledgeTracer, AnswersBatch> = (() => {
  const after = ({ correct }: AnswersBatch) => tf.slice(correct, [0, 1], [-1, -1]); // [B, T − 1]
  const counts = (batch: AnswersBatch) => tf.cast(tf.greaterEqual(after(batch), 0), "float32");
  const sum = (model: KnowledgeTracer, batch: AnswersBatch) => {
    const logits = nextAnswers(model, batch);
    const labels = tf.cast(tf.maximum(after(batch), 0), "float32");
    return tf.sum(tf.mul(binary(logits, labels), counts(batch))) as Scalar;
  };
  const objective: Objective<KnowledgeTracer, AnswersBatch> = (model, batch) =>
    tf.div(sum(model, batch), tf.sum(counts(batch))) as Scalar;
  objective.sum = sum;
  objective.count = (batch) => tf.tidy(() => tf.sum(counts(batch)) as Scalar);
  objective.tokens = ({ skills }) => skills.size;
  return objective;
})();

/**
 * The logit of each answer's being right, foretold from the answers before it.
 *
 * @param model The model.
 * @param batch Answers, `[B, T]`.
 * @returns `[B, T − 1]`: of the answers from the second on.
 */
export function nextAnswers(model: KnowledgeTracer, { skills, correct }: AnswersBatch): Tensor {
  const [B, T] = skills.shape as [number, number];
  const before = (x: Tensor) => tf.slice(x, [0, 0], [B, T - 1]);
  const logits = model.forward(before(skills), tf.maximum(before(correct), tf.scalar(0, "int32"))); // [B, T − 1, K]
  const asked = tf.oneHot(tf.slice(skills, [0, 1], [B, T - 1]), model.numSkills, 1, 0, "float32");
  return tf.sum(tf.mul(logits, asked), 2);
}
