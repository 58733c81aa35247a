import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Rng } from "../tensor/mod.ts";
import { DownloadError } from "./download.ts";
import { dataFolder } from "./folder.ts";
import { untar } from "./tar.ts";

/** A piece of a road. */
export interface TrackSegment {
  /** Length of the middle line, in metres. */
  length: number;
  /** Curvature of the middle line where the piece begins, in 1/m; above 0 it turns left. */
  curvature: number;
  /** Curvature where it ends; in between it changes evenly. @default {that of the beginning} */
  endCurvature?: number;
}

/** A road that ends where it begins. */
export interface Track {
  /** What it is called. */
  name: string;
  /** From edge to edge, in metres. */
  width: number;
  /** The pieces, in order. */
  segments: readonly TrackSegment[];
}

/** The length of a track's middle line, in metres. */
export function trackLength({ segments }: Track): number {
  return segments.reduce((sum, { length }) => sum + length, 0);
}

/**
 * Makes a function that tells how a track bends.
 *
 * @param track The track.
 * @returns Curvature of the middle line, in 1/m, by the way along it, in metres; after a lap it starts again.
 * @throws {RangeError} If the track has no length.
 */
export function trackCurvature(track: Track): (way: number) => number {
  const total = trackLength(track);
  if (!(total > 0)) {
    throw new RangeError(
      `Cannot follow the track ${track.name} as its length must be positive: current length is ${total}`,
    );
  }
  const ends: number[] = [];
  for (const { length } of track.segments) ends.push((ends.at(-1) ?? 0) + length);
  return (way) => {
    const at = ((way % total) + total) % total;
    let [low, high] = [0, ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! > at) high = middle;
      else low = middle + 1;
    }
    const { length, curvature, endCurvature = curvature } = track.segments[low]!;
    return curvature + (endCurvature - curvature) * (at - (ends[low]! - length)) / length;
  };
}

/** A place on a plane, in metres. */
export type Place = readonly [x: number, y: number];

/**
 * Draws a track.
 *
 * @param track The track.
 * @param step Metres between two places. @default {5}
 * @returns Places of the middle line, and of both edges, from the start on.
 */
export function trackOutline(
  track: Track,
  step = 5,
): { middle: Place[]; left: Place[]; right: Place[] } {
  const curvature = trackCurvature(track);
  const count = Math.ceil(trackLength(track) / step);
  const half = track.width / 2;
  const outline = { middle: [] as Place[], left: [] as Place[], right: [] as Place[] };
  let [x, y, heading] = [0, 0, 0];
  for (let i = 0; i <= count; i++) {
    const [across, along] = [-Math.sin(heading), Math.cos(heading)];
    outline.middle.push([x, y]);
    outline.left.push([x + half * across, y + half * along]);
    outline.right.push([x - half * across, y - half * along]);
    // fine steps, as errors of the heading add up over a lap
    for (let fine = 0; fine < 10; fine++) {
      const turn = curvature((i + fine / 10) * step) * step / 10;
      x += step / 10 * Math.cos(heading + turn / 2);
      y += step / 10 * Math.sin(heading + turn / 2);
      heading += turn;
    }
  }
  return outline;
}

/** How {@link randomTrack} draws. */
export interface RandomTrackOptions {
  /** Equal seeds make equal tracks. @default {0} */
  seed?: number;
  /** Mean distance from the middle of the loop, in metres. @default {80} */
  radius?: number;
  /** How far it leaves a circle, from 0 to 1. @default {0.5} */
  wildness?: number;
  /** From edge to edge, in metres. @default {10} */
  width?: number;
}

/**
 * Makes a closed track: `r(θ) = R (1 + w Σ_k a_k cos(kθ + φ_k))`, k from 2 to 5, cut into pieces of even change of curvature.
 *
 * No bend is tighter than one and a half times the width.
 *
 * @param options What it is like.
 */
export function randomTrack(
  { seed = 0, radius = 80, wildness = 0.5, width = 10 }: RandomTrackOptions = {},
): Track {
  const random = new Rng(seed);
  const waves = [2, 3, 4, 5].map((k) => ({
    k,
    size: random.uniform(0.3, 1) / k,
    phase: random.uniform(0, 2 * Math.PI),
  }));
  let share = wildness;
  for (;;) {
    const segments = polarSegments(radius, waves, share);
    const tightest = Math.max(...segments.map(({ curvature }) => Math.abs(curvature)));
    if (tightest * 1.5 * width <= 1) return { name: `loop ${seed}`, width, segments };
    share *= 0.9;
  }
}

/** The pieces of a loop `r(θ)`, by its derivatives. */
function polarSegments(
  radius: number,
  waves: readonly { k: number; size: number; phase: number }[],
  share: number,
): TrackSegment[] {
  const count = 720;
  const points = Array.from({ length: count + 1 }, (_, i) => {
    const angle = 2 * Math.PI * (i % count) / count;
    let [r, slope, bend] = [1, 0, 0];
    for (const { k, size, phase } of waves) {
      r += share * size * Math.cos(k * angle + phase);
      slope -= share * size * k * Math.sin(k * angle + phase);
      bend -= share * size * k * k * Math.cos(k * angle + phase);
    }
    const speed = Math.hypot(r, slope);
    return {
      speed: radius * speed,
      curvature: (r * r + 2 * slope * slope - r * bend) / (radius * speed ** 3),
    };
  });
  return points.slice(0, -1).map((point, i) => ({
    length: (point.speed + points[i + 1]!.speed) / 2 * 2 * Math.PI / count,
    curvature: point.curvature,
    endCurvature: points[i + 1]!.curvature,
  }));
}

/**
 * Reads a track of TORCS, the open racing-car simulator: its length, its bends and its width; hills, banking and sides stay out.
 *
 * @param xml The text of the track's file.
 * @param name What it is called, if the file does not say.
 * @throws {SyntaxError} If there is no piece of road in it.
 * @see Wymann et al., 2014, "TORCS: The open racing car simulator", http://www.torcs.org
 */
export function parseTorcsTrack(xml: string, name = "track"): Track {
  const text = xml.replace(/<!--[\s\S]*?-->/g, "");
  const from = text.search(/<section name="Main Track"/);
  const main = text.slice(Math.max(0, from));
  const width = numberIn(main, "width") ?? 10;
  const segments: TrackSegment[] = [];
  // a piece is a section that has a type of its own; what lies in its sides comes after these
  for (const part of main.split(/<section name=/).slice(1)) {
    const type = /<attstr name="type"[^>]*val="(str|lft|rgt)"/.exec(part)?.[1];
    if (type === undefined) continue;
    segments.push(...segmentOf(type as "str" | "lft" | "rgt", (key) => numberIn(part, key)));
  }
  if (segments.length === 0) {
    throw new SyntaxError(`Cannot read the track ${name} as it must have pieces of road`);
  }
  return { name: /<attstr name="name"[^>]*val="([^"]+)"/.exec(text)?.[1] ?? name, width, segments };
}

/** The first number of a name, in metres or degrees. */
function numberIn(xml: string, key: string): number | undefined {
  const tag = new RegExp(`<attnum name="${key}"[^>]*>`).exec(xml)?.[0];
  const number = tag && /val="([^"]+)"/.exec(tag)?.[1];
  if (tag === undefined || number === undefined) return undefined;
  const unit = /unit="([^"]+)"/.exec(tag)?.[1];
  return Number(number) * (unit === "ft" ? 0.3048 : unit === "rad" ? 180 / Math.PI : 1);
}

function segmentOf(
  type: "str" | "lft" | "rgt",
  value: (key: string) => number | undefined,
): TrackSegment[] {
  if (type === "str") return [{ length: value("lg") ?? 0, curvature: 0 }];
  const radius = value("radius") ?? 0;
  const end = value("end radius") ?? radius;
  const arc = (value("arc") ?? 0) * Math.PI / 180;
  if (!(radius > 0 && end > 0)) return [];
  const side = type === "lft" ? 1 : -1;
  // the mean curvature times the length is the angle
  const length = arc / ((1 / radius + 1 / end) / 2);
  return [{ length, curvature: side / radius, endCurvature: side / end }];
}

/**
 * The tracks of TORCS, from `torcs-tracks.tar.gz` in the folder that `TOME_DATA` names, or in its folder `driving`: Debian's package
 * `torcs-data` has their files (GPL 2 or later, some Free Art Licence), which `tar` packs.
 *
 * @returns The tracks by their names.
 * @throws {DownloadError} If there is no such file.
 */
export async function torcsTracks(): Promise<Track[]> {
  const folder = dataFolder();
  const places = folder
    ? [join(folder, "torcs-tracks.tar.gz"), join(folder, "driving", "torcs-tracks.tar.gz")]
    : [];
  for (const place of places) {
    const bytes = await Deno.readFile(place).catch((cause) => {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    });
    if (!bytes) continue;
    return [...untar(gunzipSync(bytes))]
      .filter((file) => file.name.endsWith(".xml"))
      .map((file) => {
        const name = file.name.split("/").at(-1)!.replace(/\.xml$/, "");
        return { ...parseTorcsTrack(new TextDecoder("latin1").decode(file.data), name), name };
      })
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }
  throw new DownloadError(
    "Cannot load the tracks of TORCS as torcs-tracks.tar.gz must lie in a folder: current folder is " +
      `${folder || "none"}; name it by TOME_DATA, or take randomTrack()`,
  );
}
