import { Rng } from "../tensor/mod.ts";

/** A learner's answers, in order. */
export interface LearnerAnswers {
  /** The skill that each question asks for, from 0. */
  skills: number[];
  /** Whether each answer was right: 1 or 0. */
  correct: number[];
}

/** How {@link simulateLearners} makes learners. */
export interface LearnerOptions {
  /** How many learners. */
  learners: number;
  /** How many skills there are. */
  skills: number;
  /** Questions that each answers. @default {50} */
  questions?: number;
  /** What a learner gains in a skill by a question on it. @default {0.2} */
  gain?: number;
  /** How often a learner guesses right without knowing. @default {0.1} */
  guess?: number;
  /** Equal seeds make equal learners. @default {0} */
  seed?: number;
}

/**
 * Makes learners by item response theory: these are simulated people, as answers of real ones may not be passed on.
 *
 * `p(right) = c + (1 − c) σ(ability + what was gained in the skill − difficulty)`, with ability and difficulty from the
 * normal distribution, and `gain` more in a skill after each question on it.
 *
 * @returns The learners, and for each answer the chance of its being right, which no model can beat.
 * @see Birnbaum, 1968, in Lord and Novick, "Statistical Theories of Mental Test Scores": the model with a guess
 * @see Piech et al., 2015, "Deep Knowledge Tracing", https://arxiv.org/abs/1506.05908, §4.1: learners made so
 */
export function simulateLearners(
  { learners, skills, questions = 50, gain = 0.2, guess = 0.1, seed = 0 }: LearnerOptions,
): { answers: LearnerAnswers[]; chances: number[][] } {
  const random = new Rng(seed);
  const difficulty = Array.from({ length: skills }, () => random.normal());
  const answers: LearnerAnswers[] = [];
  const chances: number[][] = [];
  for (let n = 0; n < learners; n++) {
    const ability = Array.from({ length: skills }, () => random.normal(0, 0.5));
    const general = random.normal();
    const own: LearnerAnswers = { skills: [], correct: [] };
    const chance: number[] = [];
    for (let q = 0; q < questions; q++) {
      const skill = random.int(skills);
      const logit = general + ability[skill]! - difficulty[skill]!;
      const p = guess + (1 - guess) / (1 + Math.exp(-logit));
      own.skills.push(skill);
      own.correct.push(Number(random.uniform() < p));
      chance.push(p);
      ability[skill]! += gain;
    }
    answers.push(own);
    chances.push(chance);
  }
  return { answers, chances };
}
