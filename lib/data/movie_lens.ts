import { join } from "node:path";
import { DownloadError } from "./download.ts";
import { dataFolder } from "./folder.ts";
import type { InteractionSet } from "./interactions.ts";
import { decodeText } from "./text_file.ts";

/** A film. */
export interface Movie {
  /** The title. */
  title: string;
  /** The genres, such as `"Comedy"`. */
  genres: readonly string[];
}

/** Ratings of films, from half a star to five. */
export interface MovieLens extends InteractionSet {
  /** The films, by the numbers of the items. */
  movies: readonly Movie[];
}

const COLUMNS = ["movieId", "title", "year", "genres", "userId", "rating", "timestamp"];

/**
 * Reads ratings in the form of MovieLens: tab-separated values with a head and the columns `movieId`, `title`, `year`,
 * `genres`, `userId`, `rating` and `timestamp`, also compressed by gzip. Users and items are numbered in the order in
 * which they first appear.
 *
 * Without a path it is `recommender/movielens-dslabs.tsv.gz` in the folder that `TOME_DATA` names: the 100,004 ratings by
 * 671 users of 9,066 films that R's package `dslabs` has. MovieLens allows no commercial use and no redistribution, which
 * is why no package of npm has them; `write.table(dslabs::movielens, sep = "\t", quote = FALSE, row.names = FALSE)` in
 * R makes the file.
 *
 * @param path The file.
 * @throws {DownloadError} If there is no such file.
 * @throws {SyntaxError} If a column is missing or a row is damaged.
 * @see Harper and Konstan, 2015, "The MovieLens Datasets: History and Context", https://doi.org/10.1145/2827872
 */
export async function movieLens(path?: string): Promise<MovieLens> {
  const folder = dataFolder();
  const file = path ?? (folder && join(folder, "recommender", "movielens-dslabs.tsv.gz"));
  const bytes = file && await Deno.readFile(file).catch((cause) => {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
  });
  if (!file || !bytes) {
    throw new DownloadError(
      "Cannot load the ratings of MovieLens as they must lie in a file: current file is " +
        `${file || "none"}; name it, or its folder by TOME_DATA, or take movieLens100K()`,
    );
  }
  const plain = file.endsWith(".gz")
    ? new Uint8Array(
      await new Response(
        new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")),
      ).arrayBuffer(),
    )
    : bytes;
  return parseMovieLens(decodeText(plain, file), file);
}

function parseMovieLens(text: string, file: string): MovieLens {
  const [head = [], ...rows] = text.trimEnd().split(/\r?\n/).map((line) => line.split("\t"));
  const missing = COLUMNS.filter((name) => !head.includes(name));
  if (missing.length > 0) {
    throw new SyntaxError(
      `Cannot read ${file} as it must have the columns ${COLUMNS.join(", ")}: current file lacks ${
        missing.join(", ")
      }`,
    );
  }
  const place = Object.fromEntries(COLUMNS.map((name) => [name, head.indexOf(name)]));
  return numberRatings(rows.map((row, i) => {
    const of = (name: string) => row[place[name]!] ?? "";
    const [rating, time] = [Number(of("rating")), Number(of("timestamp"))];
    if (row.length !== head.length || !Number.isFinite(rating) || !Number.isFinite(time)) {
      throw new SyntaxError(
        `Cannot read ${file} as each row must have ${head.length} columns and numbers in rating and timestamp: ` +
          `current row ${i + 1} is ${row.join(" ").slice(0, 80)}`,
      );
    }
    const movie = { title: of("title"), genres: of("genres").split("|").filter(Boolean) };
    return { user: of("userId"), item: of("movieId"), rating, time, movie };
  }));
}

/** A rating by the names of user and item. */
export interface NamedRating {
  /** The name of the user. */
  user: string;
  /** The name of the item. */
  item: string;
  /** The rating. */
  rating: number;
  /** When. */
  time: number;
  /** What is known of the item. */
  movie: Movie;
}

/** Numbers users and items in the order in which they first appear. */
export function numberRatings(ratings: readonly NamedRating[]): MovieLens {
  const [users, items] = [new Map<string, number>(), new Map<string, number>()];
  const movies: Movie[] = [];
  const interactions = ratings.map(({ user: userName, item: itemName, rating, time, movie }) => {
    const user = users.get(userName) ?? users.size;
    users.set(userName, user);
    let item = items.get(itemName);
    if (item === undefined) {
      items.set(itemName, item = movies.length);
      movies.push(movie);
    }
    return { user, item, rating, time };
  });
  return { interactions, numUsers: users.size, numItems: items.size, movies };
}

/**
 * The genres of films as rows of 0 and 1.
 *
 * @param movies The films.
 * @returns `names`, the genres in alphabetical order, and `rows`, one row a film.
 */
export function genreRows(movies: readonly Movie[]): { names: string[]; rows: number[][] } {
  const names = [...new Set(movies.flatMap(({ genres }) => genres))].sort();
  const rows = movies.map(({ genres }) => names.map((name) => Number(genres.includes(name))));
  return { names, rows };
}
