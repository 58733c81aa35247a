/**
 * Tables of patients: tumours of the breast, diabetes, early Alzheimer's disease.
 *
 * @module
 */
import { unzipSync } from "fflate";
import { cachedDownload, DownloadError, type DownloadOptions } from "./download.ts";
import { ownFile } from "./own_file.ts";
import { type ClassTable, parseClassTable } from "./tables.ts";

/** The names of the tables. */
export type MedicalTableName = "breast-cancer" | "diabetes" | "alzheimer";

/** The smallest package on PyPI that holds the tumours: a wheel, 3.7 MB. */
const WHEEL =
  "https://files.pythonhosted.org/packages/03/54/bd7052d45931bd79a0133721385e3969aa93d8f1da4254c10dbc9d152a81/scikit_learn-0.18-cp35-cp35m-win32.whl";
const WHEEL_SHA256 = "63c876068ad150a9b8645d735daadcda3c51174ad11a47f6736abd114030a622";
const INSIDE = "sklearn/datasets/data/breast_cancer.csv";

/** What is measured of a cell's nucleus, over the cells of a sample: the mean, its standard error, and the mean of the three largest. */
const NUCLEUS = [
  "radius",
  "texture",
  "perimeter",
  "area",
  "smoothness",
  "compactness",
  "concavity",
  "concave points",
  "symmetry",
  "fractal dimension",
];
const TUMOUR_FEATURES = ["mean", "error", "worst"].flatMap((kind) =>
  NUCLEUS.map((what) => `${kind} ${what}`)
);

/**
 * A table of patients.
 *
 * - `"breast-cancer"`: 569 tumours, 30 measures of their cells; is it malignant? From the package `scikit-learn` 0.18 on PyPI, downloaded
 *   once (BSD 3-Clause) and checked by its SHA-256, or `breast_cancer.csv` in the folder that `TOME_DATA` names.
 * - `"diabetes"`: 768 women of the Pima, 8 measures; diabetes within five years? `pima-diabetes.csv` in that folder, as R's
 *   `write.csv(mlbench::PimaIndiansDiabetes, row.names = FALSE, quote = FALSE)` makes it. A 0 that cannot be counts as missing.
 * - `"alzheimer"`: 333 people, 130 measures of blood and fluid; is the mind impaired? `alzheimer-ad_data.csv` in that folder, of R's
 *   `modeldata::ad_data`.
 *
 * @param name Which.
 * @param options Where the download is kept.
 * @throws {DownloadError} If it cannot be had, or is another file.
 * @see Street, Wolberg and Mangasarian, 1993, "Nuclear feature extraction for breast tumor diagnosis", https://doi.org/10.1117/12.148698
 * @see Smith et al., 1988, "Using the ADAP Learning Algorithm to Forecast the Onset of Diabetes Mellitus"
 * @see Craig-Schapiro et al., 2011, "Multiplexed Immunoassay Panel Identifies Novel CSF Biomarkers for Alzheimer's Disease",
 *   https://doi.org/10.1371/journal.pone.0018850
 */
export async function medicalTable(
  name: MedicalTableName,
  options: Omit<DownloadOptions, "name"> = {},
): Promise<ClassTable> {
  if (name === "breast-cancer") return tumours(await tumourText(options));
  if (name === "diabetes") {
    return parseClassTable(name, await textOf("pima-diabetes.csv"), {
      label: "diabetes",
      positive: "pos",
      zeroIsMissing: ["glucose", "pressure", "triceps", "insulin", "mass"],
    });
  }
  return parseClassTable(name, await textOf("alzheimer-ad_data.csv"), {
    label: "Class",
    positive: "Impaired",
  });
}

async function textOf(name: string): Promise<string> {
  const path = await ownFile(name);
  if (path) return await Deno.readTextFile(path);
  throw new DownloadError(
    `Cannot load the table as ${name} must lie in a folder: name that folder by TOME_DATA`,
  );
}

async function tumourText(options: Omit<DownloadOptions, "name">): Promise<string> {
  const own = await ownFile("breast_cancer.csv");
  if (own) return await Deno.readTextFile(own);
  const wheel = await cachedDownload(WHEEL, WHEEL_SHA256, options);
  const files = unzipSync(await Deno.readFile(wheel), { filter: ({ name }) => name === INSIDE });
  return new TextDecoder().decode(files[INSIDE]);
}

/** The file has no names of columns: its head counts rows and columns and names the classes, of which 0 is malignant. */
function tumours(text: string): ClassTable {
  const lines = text.trim().split(/\r?\n/).slice(1).map((line) => line.split(",").map(Number));
  return {
    name: "breast-cancer",
    features: TUMOUR_FEATURES,
    rows: lines.map((line) => line.slice(0, -1)),
    labels: lines.map((line) => 1 - line.at(-1)!),
    classes: ["benign", "malignant"],
  };
}
