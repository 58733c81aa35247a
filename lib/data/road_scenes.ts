import { Rng } from "../tensor/mod.ts";
import type { Image } from "./image.ts";

/** What a pixel of a road scene shows, by its number in the mask. */
export const ROAD_CLASSES: readonly string[] = ["surroundings", "road", "lane mark", "vehicle"];

/** The view from a car, and what each pixel shows. */
export interface RoadScene {
  /** The view, in colours. */
  image: Image;
  /** The number of the class of each pixel in {@link ROAD_CLASSES}, row by row, `height × width`. */
  mask: Uint8Array;
}

/** How {@link roadScene} draws. */
export interface RoadSceneOptions {
  /** Pixels across. @default {64} */
  width?: number;
  /** Pixels down. @default {48} */
  height?: number;
  /** Pictures of vehicles in colours with opacity, to be laid over the road. @default {none} */
  vehicles?: readonly Image[];
  /** The most vehicles. @default {3} */
  maxVehicles?: number;
  /** Equal seeds draw equal scenes. @default {0} */
  seed?: number;
}

/** Noise that is smooth over cells of size 1, from 0 to 1: random values at the corners, in between by their distance. */
function smoothNoise(seed: number): (x: number, y: number) => number {
  const at = (x: number, y: number) => {
    let h = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(seed, 974634191);
    h = Math.imul(h ^ (h >>> 13), 1274126177);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
  };
  return (x, y) => {
    const [x0, y0] = [Math.floor(x), Math.floor(y)];
    const [u, v] = [x - x0, y - y0];
    const above = at(x0, y0) * (1 - u) + at(x0 + 1, y0) * u;
    const below = at(x0, y0 + 1) * (1 - u) + at(x0 + 1, y0 + 1) * u;
    return above * (1 - v) + below * v;
  };
}

type Colour = readonly [r: number, g: number, b: number];

/** What the camera looks at. */
interface World {
  horizon: number;
  focal: number;
  cameraHeight: number;
  laneWidth: number;
  lanes: number;
  /** Metres that the camera is left of the middle of the road, the road's direction, and its curvature in 1/m. */
  offset: number;
  heading: number;
  curvature: number;
  /** Where the dashes begin, in metres. */
  phase: number;
  dashes: { length: number; gap: number };
  markWidth: number;
}

function drawWorld(random: Rng, width: number, height: number): World {
  const lanes = 1 + random.int(3);
  const laneWidth = random.uniform(3, 4);
  return {
    horizon: height * random.uniform(0.3, 0.45),
    focal: width * random.uniform(0.7, 0.9),
    cameraHeight: random.uniform(1.3, 1.9),
    laneWidth,
    lanes,
    offset: random.uniform(-0.4, 0.4) * lanes * laneWidth,
    heading: random.uniform(-0.15, 0.15),
    curvature: random.uniform(-0.008, 0.008),
    phase: random.uniform(0, 12),
    dashes: { length: random.uniform(3, 6), gap: random.uniform(3, 7) },
    markWidth: random.uniform(0.2, 0.35),
  };
}

/** Where the middle of the road is at a distance, in metres to the right of the camera. */
function middleAt({ offset, heading, curvature }: World, distance: number): number {
  return offset + heading * distance + curvature * distance * distance / 2;
}

/** What lies on the ground at a place: `across`, metres right of the camera, and `distance`, metres ahead. */
function groundAt(world: World, across: number, distance: number): 0 | 1 | 2 {
  const { lanes, laneWidth, markWidth, dashes, phase } = world;
  const half = lanes * laneWidth / 2;
  const side = across - middleAt(world, distance);
  if (Math.abs(side) > half) return 0;
  if (Math.abs(side) > half - markWidth - 0.1 && Math.abs(side) < half - 0.1) return 2;
  const lane = (side + half) / laneWidth;
  const near = Math.round(lane);
  const inside = near > 0 && near < lanes;
  const dashed = (distance + phase) % (dashes.length + dashes.gap) < dashes.length;
  if (inside && dashed && Math.abs(lane - near) * laneWidth < markWidth / 2) return 2;
  return 1;
}

/** Lays a vehicle over the scene where it stands on the road; what is half covered or more is its own. */
function layVehicle(
  scene: RoadScene,
  vehicle: Image,
  at: { left: number; bottom: number; width: number; light: number },
): void {
  const { image, mask } = scene;
  const zoom = vehicle.width / at.width;
  const tall = vehicle.height / zoom;
  const [fromX, fromY] = [Math.round(at.left), Math.round(at.bottom - tall)];
  for (let y = Math.max(0, fromY); y < Math.min(image.height, at.bottom); y++) {
    for (let x = Math.max(0, fromX); x < Math.min(image.width, at.left + at.width); x++) {
      // the mean of the picture's pixels that fall on this one
      const [sx, sy] = [(x - fromX) * zoom, (y - fromY) * zoom];
      const sum = [0, 0, 0, 0];
      let count = 0;
      for (
        let v = Math.floor(sy);
        v < Math.min(vehicle.height, Math.max(sy + zoom, Math.floor(sy) + 1));
        v++
      ) {
        for (
          let u = Math.floor(sx);
          u < Math.min(vehicle.width, Math.max(sx + zoom, Math.floor(sx) + 1));
          u++
        ) {
          const pixel = (v * vehicle.width + u) * 4;
          const alpha = vehicle.data[pixel + 3]! / 255;
          for (let c = 0; c < 3; c++) sum[c]! += alpha * vehicle.data[pixel + c]!;
          sum[3]! += alpha;
          count++;
        }
      }
      const alpha = count > 0 ? sum[3]! / count : 0;
      if (alpha === 0) continue;
      const i = y * image.width + x;
      for (let c = 0; c < 3; c++) {
        const own = at.light * sum[c]! / sum[3]!;
        image.data[3 * i + c] = Math.round(
          alpha * Math.min(255, own) + (1 - alpha) * image.data[3 * i + c]!,
        );
      }
      if (alpha >= 0.5) mask[i] = 3;
    }
  }
}

/**
 * Draws the view from a car on a road, and knows of each pixel what it shows: the place on the ground that a pixel's middle sees decides.
 *
 * The camera stands at a height h above a flat ground: a pixel y rows below the horizon sees the ground at `f h / y` metres. Light, texture,
 * clouds, trees and shadows differ from scene to scene.
 *
 * @param options Sizes, and what stands on the road.
 */
export function roadScene(
  { width = 64, height = 48, vehicles = [], maxVehicles = 3, seed = 0 }: RoadSceneOptions = {},
): RoadScene {
  const random = new Rng(seed);
  const world = drawWorld(random, width, height);
  const noise = smoothNoise(random.int(1 << 30));
  const light = random.uniform(0.55, 1.1);
  const shade = (low: number, high: number) => random.uniform(low, high);
  const asphalt = shade(70, 130);
  const grey: Colour = [asphalt + shade(-8, 8), asphalt, asphalt + shade(-8, 12)];
  const land: Colour = random.uniform() < 0.7
    ? [shade(60, 110), shade(95, 150), shade(40, 75)]
    : [shade(140, 180), shade(120, 150), shade(80, 110)];
  const mark: Colour = random.uniform() < 0.75 ? [235, 235, 230] : [230, 195, 70];
  const sky: Colour = [shade(120, 190), shade(160, 210), shade(205, 250)];
  const scene: RoadScene = {
    image: { width, height, channels: 3, data: new Uint8Array(width * height * 3) },
    mask: new Uint8Array(width * height),
  };
  const trees = Array.from({ length: 3 + random.int(5) }, () => ({
    x: random.uniform(0, width),
    wide: random.uniform(0.03, 0.12) * width,
    tall: random.uniform(0.05, 0.25) * height,
  }));
  const shadow = { at: random.uniform(4, 30), long: random.uniform(0, 5) };
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const below = y + 0.5 - world.horizon;
      let colour: Colour;
      let bright = light;
      if (below <= 0.2) {
        const tree = trees.some((one) =>
          ((x + 0.5 - one.x) / one.wide) ** 2 + (below / one.tall) ** 2 < 1
        );
        const cloud = noise(x / width * 5, y / height * 9);
        colour = tree
          ? [land[0] * 0.5, land[1] * 0.6, land[2] * 0.6]
          : [0, 1, 2].map((c) => sky[c]! + (250 - sky[c]!) * cloud * 0.8) as unknown as Colour;
        bright *= tree ? 0.8 + 0.4 * noise(x / 2, y / 2) : 1;
      } else {
        const distance = world.focal * world.cameraHeight / below;
        const across = (x + 0.5 - width / 2) * distance / world.focal;
        const what = groundAt(world, across, distance);
        scene.mask[i] = what;
        colour = what === 0 ? land : what === 1 ? grey : mark;
        const rough = what === 0 ? 0.5 : 0.25;
        bright *= 1 - rough / 2 + rough * noise(across * 3, distance * 2);
        if (distance > shadow.at && distance < shadow.at + shadow.long) bright *= 0.6;
      }
      for (let c = 0; c < 3; c++) {
        const value = colour[c]! * bright + random.normal(0, 4);
        scene.image.data[3 * i + c] = Math.min(255, Math.max(0, Math.round(value)));
      }
    }
  }
  const distances = Array.from(
    { length: vehicles.length > 0 ? random.int(maxVehicles + 1) : 0 },
    () => random.uniform(7, 35),
  ).sort((a, b) => b - a); // those that are near come last, in front of the others
  for (const distance of distances) {
    const lane = random.int(world.lanes) + 0.5 - world.lanes / 2;
    const across = middleAt(world, distance) + lane * world.laneWidth + random.uniform(-0.3, 0.3);
    const size = world.focal / distance; // pixels a metre
    const wide = random.uniform(1.7, 2.3) * size;
    layVehicle(scene, vehicles[random.int(vehicles.length)]!, {
      left: width / 2 + across * size - wide / 2,
      bottom: world.horizon + world.cameraHeight * size,
      width: wide,
      light,
    });
  }
  return scene;
}
