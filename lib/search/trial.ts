import type { Settings } from "./space.ts";

/** How a trial ended: with a value, stopped early, or by an error. */
export type TrialState = "complete" | "stopped" | "failed";

/** A value on the way, such as the validation loss after an epoch. */
export interface Report {
  /** How far the trial was: steps, epochs. */
  step: number;
  /** The value there. */
  value: number;
}

/** What became of one choice of settings. */
export interface Trial {
  /** Its number, from 0. */
  number: number;
  /** The settings. */
  settings: Settings;
  /** How it ended. */
  state: TrialState;
  /** What was sought; of a trial that was stopped, its last report; none of one that failed. */
  value?: number;
  /** The values on the way. */
  reports: Report[];
  /** How long it took, in seconds. */
  seconds: number;
  /** Why it failed. */
  error?: string;
}

/** What the function under search can tell and ask. */
export interface TrialHandle {
  /** The trial's number, from 0; good as a seed. */
  readonly number: number;
  /** Aborted when the search is stopped. */
  readonly signal: AbortSignal;
  /**
   * Tells a value on the way, and asks whether to go on.
   *
   * @param step How far the trial is; each report further than the one before.
   * @param value The value there.
   * @returns Whether the trial should end now, as others were better at this point.
   */
  report(step: number, value: number): Promise<boolean>;
}

/** What is sought the best of: it takes settings, and gives the value. */
export type SearchObjective = (settings: Settings, trial: TrialHandle) => Promise<number> | number;
