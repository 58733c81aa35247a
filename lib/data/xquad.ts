/**
 * XQuAD: questions on paragraphs of Wikipedia, and their answers, in several languages.
 *
 * @module
 */
import { type RemoteFile, setFile } from "./own_file.ts";
import { decodeText } from "./text_file.ts";

/** A language of the set that is at hand here. */
export type XquadLanguage = "en" | "zh" | "de";

/** A question that a paragraph answers. */
export interface Question {
  /** What the set calls it; equal in all languages. */
  id: string;
  /** The question. */
  question: string;
  /** The paragraph. */
  context: string;
  /** The answer, as it stands in the paragraph. */
  answer: string;
  /** Where the answer begins in the paragraph, in UTF-16 units: `context.slice(start, start + answer.length)` is the answer. */
  start: number;
}

const COMMIT = "7d30520c717524000f0d9d2f9c10a069acd9d285";
const HASHES: Readonly<Record<XquadLanguage, string>> = {
  en: "e4c57d1c9143aaa1c5d265ba5987a65f4e69528d2a98f29d6e75019b10344f29",
  zh: "691d0b3359bc6b8faa8de931dfdfe21d50a65861ae348e32a0d1a0190b0c8835",
  de: "990b5d746746ed65ed4702ea5f35f99ffa4e2f1c390c07d003642acd937916f9",
};

/** The layout of SQuAD 1.1. */
interface SquadJSON {
  data: {
    paragraphs: {
      context: string;
      qas: { id: string; question: string; answers: { text: string; answer_start: number }[] }[];
    }[];
  }[];
}

/**
 * The 1,190 questions on 240 paragraphs, in one of the languages.
 *
 * They are downloaded once (CC BY-SA 4.0) and checked by their SHA-256; a file `xquad.LANGUAGE.json`, maybe packed, in the
 * folder that `TOME_DATA` names is taken instead.
 *
 * @param language Which language. @default {"en"}
 * @throws {DownloadError} If it cannot be had, or is not the expected file.
 * @throws {SyntaxError} If an answer does not stand where the file says.
 * @see Artetxe et al., 2020, "On the Cross-lingual Transferability of Monolingual Representations", https://arxiv.org/abs/1910.11856
 */
export async function xquad(language: XquadLanguage = "en"): Promise<Question[]> {
  const name = `xquad.${language}.json`;
  const file: RemoteFile = {
    url: `https://raw.githubusercontent.com/google-deepmind/xquad/${COMMIT}/${name}`,
    sha256: HASHES[language],
    name,
  };
  const { bytes, path } = await setFile(file);
  return parseSquad(decodeText(bytes, path), path);
}

/**
 * Reads the layout of SQuAD 1.1: articles, paragraphs, questions, of which the first answer is taken.
 *
 * @param text The content of the file.
 * @param name Where it comes from, for messages.
 * @throws {SyntaxError} If it is not JSON, or an answer does not stand where the file says.
 * @see Rajpurkar et al., 2016, "SQuAD: 100,000+ Questions for Machine Comprehension of Text", https://arxiv.org/abs/1606.05250
 */
export function parseSquad(text: string, name: string): Question[] {
  let json: SquadJSON;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${name} as it must be JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  return json.data.flatMap(({ paragraphs }) =>
    paragraphs.flatMap(({ context, qas }) => {
      const characters = Array.from(context);
      return qas.map(({ id, question, answers: [first] }) => {
        const answer = first?.text ?? "";
        // the file counts characters, JavaScript units of UTF-16
        const start = characters.slice(0, first?.answer_start).join("").length;
        if (answer !== "" && context.startsWith(answer, start)) {
          return { id, question, context, answer, start };
        }
        throw new SyntaxError(
          `Cannot read ${name} as each answer must stand in its paragraph: current question is ${
            JSON.stringify(id)
          }, with ${JSON.stringify(answer)} at ${first?.answer_start}`,
        );
      });
    })
  );
}
