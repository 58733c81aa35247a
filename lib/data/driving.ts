import { Rng } from "../tensor/mod.ts";
import { type Track, trackCurvature, trackLength } from "./tracks.ts";

/** Where a car is on its track, and how fast. */
export interface CarState {
  /** The way along the middle line since the start, in metres. */
  way: number;
  /** Metres to the left of the middle line. */
  offset: number;
  /** Its direction against that of the middle line, in radians; above 0 it heads left. */
  angle: number;
  /** Metres a second. */
  speed: number;
}

/** What a driver does. */
export interface DriverAction {
  /** How far the wheel is turned, from -1, right, to 1, left. */
  steer: number;
  /** How hard it speeds up, from 0 to 1, or brakes, from 0 to -1. */
  drive: number;
}

/** What the car can do. */
export interface CarLimits {
  /** Metres between the axles. @default {2.6} */
  wheelbase?: number;
  /** The largest angle of the front wheels, in radians. @default {0.4} */
  maxSteer?: number;
  /** The hardest acceleration, in m/s². @default {5} */
  maxDrive?: number;
  /** The hardest braking, in m/s². @default {8} */
  maxBrake?: number;
  /** Sideways acceleration beyond which it slips, in m/s². @default {7} */
  grip?: number;
  /** The highest speed, in m/s. @default {25} */
  maxSpeed?: number;
}

/** The limits of a car where none are given. */
export const CAR_LIMITS: Readonly<Required<CarLimits>> = {
  wheelbase: 2.6,
  maxSteer: 0.4,
  maxDrive: 5,
  maxBrake: 8,
  grip: 7,
  maxSpeed: 25,
};

/** Directions of the range finders against that of the car, in radians, from the left to the right. */
export const SENSOR_ANGLES: readonly number[] = [
  90,
  60,
  40,
  25,
  12,
  5,
  0,
  -5,
  -12,
  -25,
  -40,
  -60,
  -90,
]
  .map((degrees) => degrees * Math.PI / 180);

/** How far range finders see, in metres. */
export const SENSOR_RANGE = 80;

/** Numbers that a driver is told: the range finders', and the speed. */
export const OBSERVATION_SIZE: number = SENSOR_ANGLES.length + 1;

/**
 * Moves a car by the kinematic model of a bicycle, in the coordinates of its track.
 *
 * `ṡ = v cos μ / (1 − n κ)`, `ṅ = v sin μ`, `μ̇ = v tan δ / L − κ ṡ`: way s, offset n, angle μ, speed v, curvature κ, wheels δ. Where the
 * turn would need more than the grip, the car turns no tighter than the grip allows.
 *
 * @param state Where it is.
 * @param action What the driver does; more than 1 counts as 1.
 * @param curvature Of the middle line, by the way along it.
 * @param seconds How long.
 * @param limits What the car can do.
 * @returns Where it is then.
 * @see Rajamani, 2012, "Vehicle Dynamics and Control", chapter 2.2: the model
 * @see Rucco et al., 2015, "An Efficient Minimum-Time Trajectory Generation Strategy for Two-Track Car Vehicles", section II: the coordinates
 */
export function moveCar(
  state: CarState,
  action: DriverAction,
  curvature: (way: number) => number,
  seconds: number,
  limits: CarLimits = {},
): CarState {
  const { wheelbase, maxSteer, maxDrive, maxBrake, grip, maxSpeed } = { ...CAR_LIMITS, ...limits };
  const { speed } = state;
  const within = (value: number) => Math.min(1, Math.max(-1, value));
  const drive = within(action.drive);
  const wanted = Math.tan(within(action.steer) * maxSteer) / wheelbase;
  const tightest = grip / Math.max(speed * speed, 1e-6);
  const turn = Math.min(tightest, Math.max(-tightest, wanted));
  const bend = curvature(state.way);
  const way = speed * Math.cos(state.angle) / (1 - state.offset * bend);
  return {
    way: state.way + seconds * way,
    offset: state.offset + seconds * speed * Math.sin(state.angle),
    angle: state.angle + seconds * (speed * turn - bend * way),
    speed: Math.min(
      maxSpeed,
      Math.max(0, speed + seconds * drive * (drive > 0 ? maxDrive : maxBrake)),
    ),
  };
}

/**
 * What the driver sees: the distance to the edge of the road in 13 directions, and the speed, as the drivers of TORCS are told.
 *
 * @param state Where the car is.
 * @param track The track.
 * @param curvature Of its middle line.
 * @returns Distances as shares of {@link SENSOR_RANGE}, those of {@link SENSOR_ANGLES}, and the speed as a share of 25 m/s; off the road
 *   all distances are 0.
 * @see Loiacono, Cardamone and Lanzi, 2013, "Simulated Car Racing Championship: Competition Software Manual",
 *   https://arxiv.org/abs/1304.1672, table 1: `track`
 */
export function observe(
  state: CarState,
  track: Track,
  curvature: (way: number) => number,
): Float32Array {
  const seen = new Float32Array(OBSERVATION_SIZE);
  const half = track.width / 2;
  for (const [k, angle] of SENSOR_ANGLES.entries()) {
    let { way, offset } = state;
    let direction = state.angle + angle;
    let range = 0;
    while (Math.abs(offset) < half && range < SENSOR_RANGE) {
      // a ray is the way of a car that does not turn; steps grow with the distance
      const step = Math.min(0.25 + range / 40, SENSOR_RANGE - range);
      const across = Math.sin(direction);
      const next = offset + step * across;
      if (Math.abs(next) >= half) {
        range += step * (half - Math.abs(offset)) / Math.abs(next - offset);
        break;
      }
      const bend = curvature(way);
      const along = Math.cos(direction) / (1 - offset * bend);
      [way, offset, direction] = [way + step * along, next, direction - step * bend * along];
      range += step;
    }
    seen[k] = range / SENSOR_RANGE;
  }
  seen[SENSOR_ANGLES.length] = state.speed / CAR_LIMITS.maxSpeed;
  return seen;
}

/** Who drives: what to do in each of the cars, from where they are and from what is seen. */
export type Driver = (
  states: readonly CarState[],
  observations: readonly Float32Array[],
) => DriverAction[] | Promise<DriverAction[]>;

/**
 * Makes a driver who knows the track: it steers to the middle line, and brakes in time for the bends ahead.
 *
 * `δ = atan(L κ) − 0.6 μ − 0.12 n`, with the curvature a little ahead; the speed is that from which braking reaches `√(a / |κ|)` at each place
 * of the next 60 m.
 *
 * @param track The track.
 * @param limits What the car can do; 60 % of the grip and 70 % of the brakes are used.
 */
export function middleLineDriver(track: Track, limits: CarLimits = {}): Driver {
  const { wheelbase, maxSteer, maxBrake, grip, maxSpeed } = { ...CAR_LIMITS, ...limits };
  const curvature = trackCurvature(track);
  return (states) =>
    states.map(({ way, offset, angle, speed }) => {
      const ahead = curvature(way + 0.2 * speed);
      const wheels = Math.atan(wheelbase * ahead) - 0.6 * angle - 0.12 * offset;
      let wanted = maxSpeed;
      for (let distance = 0; distance <= 60; distance += 4) {
        const slow = 0.6 * grip / Math.max(Math.abs(curvature(way + distance)), 1e-4);
        wanted = Math.min(wanted, Math.sqrt(slow + 2 * 0.7 * maxBrake * distance));
      }
      const within = (value: number) => Math.min(1, Math.max(-1, value));
      return { steer: within(wheels / maxSteer), drive: within((wanted - speed) / 2) };
    });
}

/** A moment of a drive. */
export interface DrivenMoment {
  /** Where the car was. */
  state: CarState;
  /** What was seen. */
  observation: Float32Array;
  /** What was done. */
  action: DriverAction;
}

/** A car on its way. */
export interface Drive {
  /** The track. */
  track: Track;
  /** The moments, in order. */
  moments: DrivenMoment[];
  /** How many laps were done, with what was begun of the last one. */
  laps: number;
  /** Whether the car left the road; there the drive ends. */
  leftRoad: boolean;
}

/** How {@link driveTracks} lets cars drive. */
export interface DriveOptions {
  /** Laps after which a drive ends. @default {1} */
  laps?: number;
  /** Seconds between two actions. @default {0.1} */
  seconds?: number;
  /** Seconds after which a drive ends. @default {600} */
  timeLimit?: number;
  /**
   * Standard deviation of gusts, in 1/m of curvature: each pushes the car's turn for half a second on average. Without any, a car that
   * follows an expert only sees what the expert sees. @default {0}
   */
  gusts?: number;
  /** How far from the middle cars start, at most, as a share of half the width. @default {0} */
  startOffset?: number;
  /** Equal seeds give equal starts and gusts. @default {0} */
  seed?: number;
  /** What cars can do. */
  limits?: CarLimits;
}

/**
 * Lets one car drive on each track, all at the same time, so that a model decides for all of them in one batch.
 *
 * @param tracks The tracks.
 * @param driver Who drives.
 * @param options For how long, and how smoothly.
 * @returns The drives, one a track.
 */
export async function driveTracks(
  tracks: readonly Track[],
  driver: Driver,
  {
    laps = 1,
    seconds = 0.1,
    timeLimit = 600,
    gusts = 0,
    startOffset = 0,
    seed = 0,
    limits = {},
  }: DriveOptions = {},
): Promise<Drive[]> {
  const random = new Rng(seed);
  const cars = tracks.map((track) => ({
    track,
    curvature: trackCurvature(track),
    length: trackLength(track),
    random: random.fork(),
    gust: 0,
    state: {
      way: 0,
      offset: startOffset * random.uniform(-1, 1) * track.width / 2,
      angle: 0,
      speed: 5,
    } as CarState,
    drive: { track, moments: [], laps: 0, leftRoad: false } as Drive,
  }));
  const { wheelbase, maxSteer } = { ...CAR_LIMITS, ...limits };
  let going = cars;
  for (let time = 0; time < timeLimit && going.length > 0; time += seconds) {
    const observations = going.map(({ state, track, curvature }) =>
      observe(state, track, curvature)
    );
    const actions = await driver(going.map(({ state }) => state), observations);
    for (const [i, car] of going.entries()) {
      const action = actions[i]!;
      car.drive.moments.push({ state: car.state, observation: observations[i]!, action });
      const stay = Math.exp(-seconds / 0.5);
      car.gust = stay * car.gust + gusts * Math.sqrt(1 - stay * stay) * car.random.normal();
      const pushed = { ...action, steer: action.steer + wheelbase * car.gust / maxSteer };
      car.state = moveCar(car.state, gusts > 0 ? pushed : action, car.curvature, seconds, limits);
      car.drive.laps = Math.max(0, car.state.way / car.length);
      car.drive.leftRoad = Math.abs(car.state.offset) > car.track.width / 2;
    }
    going = going.filter(({ drive }) => !drive.leftRoad && drive.laps < laps);
  }
  return cars.map(({ drive }) => drive);
}

/** What was seen, and what should be done there. */
export interface DrivingExample {
  /** What was seen. */
  observation: Float32Array;
  /** What the expert does. */
  action: DriverAction;
}

/**
 * Asks an expert what should have been done at each moment of drives, whoever drove: the step that DAgger adds to cloning.
 *
 * @param drives The drives.
 * @param expert Makes the expert of a track; it may know more than is seen.
 * @see Ross, Gordon and Bagnell, 2011, "A Reduction of Imitation Learning and Structured Prediction to No-Regret Online
 *   Learning", https://arxiv.org/abs/1011.0686, algorithm 3.1
 */
export async function askExpert(
  drives: readonly Drive[],
  expert: (track: Track) => Driver,
): Promise<DrivingExample[]> {
  const examples: DrivingExample[] = [];
  for (const { track, moments } of drives) {
    const states = moments.map(({ state }) => state);
    const observations = moments.map(({ observation }) => observation);
    const actions = await expert(track)(states, observations);
    actions.forEach((action, i) => examples.push({ observation: observations[i]!, action }));
  }
  return examples;
}
