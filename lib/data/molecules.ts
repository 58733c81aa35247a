/**
 * Molecules and how strongly they bind to a protein, as chemists have measured it.
 *
 * @module
 */
import { unzipSync } from "fflate";
import { parseCsv } from "./csv.ts";
import { cachedDownload, type DownloadOptions } from "./download.ts";

/** The package on PyPI whose wheel, a ZIP file of 1.1 MB, holds the measurements. */
const WHEEL =
  "https://files.pythonhosted.org/packages/fb/06/3bbb140a8bb29e099a67b2f4b34b8d6dce3f41a684ca4c988c88a24ef28c/MoleculeACE-3.0.0-py3-none-any.whl";
const SHA256 = "c2028c9a75281eab53d3b3e7dc11cbc8ac970d008bac4a0d3927f11ac2024bdc";
const INSIDE = "MoleculeACE/Data/benchmark_data/";

/** Proteins that drugs act on, by their numbers in ChEMBL. */
export const BINDING_TARGETS: Readonly<Record<BindingTarget, string>> = {
  "dopamine-d3": "CHEMBL234_Ki",
  "thrombin": "CHEMBL204_Ki",
  "factor-xa": "CHEMBL244_Ki",
  "histamine-h3": "CHEMBL264_Ki",
  "pik3-alpha": "CHEMBL4005_Ki",
};

/** The names of the proteins. */
export type BindingTarget =
  | "dopamine-d3"
  | "thrombin"
  | "factor-xa"
  | "histamine-h3"
  | "pik3-alpha";

/** A molecule, and how strongly it binds. */
export interface Molecule {
  /** Its atoms and bonds as a line of text, in the notation SMILES. */
  smiles: string;
  /** `pKi`: −log₁₀ of the concentration in mol/l at which half of the protein is taken; 9 is strong, 5 weak. */
  affinity: number;
  /** Whether it is for measuring, by the split of the data set, which keeps similar molecules in both parts. */
  held: boolean;
}

/**
 * The molecules whose binding to a protein was measured, between 900 and 3,700 of them.
 *
 * They come from the package `MoleculeACE` 3.0.0 on PyPI, downloaded once (MIT; data of ChEMBL, CC BY-SA 3.0) and checked by its SHA-256; the
 * wheel is taken from the folder that `TOME_DATA` names, if it is there.
 *
 * @param target The protein.
 * @param options Where the download is kept.
 * @throws {DownloadError} If it cannot be had, or is another file.
 * @see van Tilborg, Alenicheva and Grisoni, 2022, "Exposing the Limitations of Molecular Machine Learning with Activity Cliffs",
 *   https://doi.org/10.1021/acs.jcim.2c01073
 */
export async function bindingMolecules(
  target: BindingTarget,
  options: Omit<DownloadOptions, "name"> = {},
): Promise<Molecule[]> {
  const path = `${INSIDE}${BINDING_TARGETS[target]}.csv`;
  const wheel = await cachedDownload(WHEEL, SHA256, options);
  const files = unzipSync(await Deno.readFile(wheel), { filter: ({ name }) => name === path });
  return parseCsv(new TextDecoder().decode(files[path])).map((row) => ({
    smiles: row.smiles!,
    affinity: 9 + Number(row.y), // y is −log₁₀ of nmol/l
    held: row.split === "test",
  }));
}

/**
 * Cuts a SMILES into its parts: atoms (two letters of chlorine and bromine together, what stands in brackets as one), bonds, branches,
 * rings.
 *
 * @example
 * ```ts
 * import { splitSmiles } from "@tome/tome/data/molecules";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(splitSmiles("C[C@H](Cl)Br"), ["C", "[C@H]", "(", "Cl", ")", "Br"]);
 * ```
 * @param smiles The line of text.
 * @see Schwaller et al., 2019, "Molecular Transformer", https://doi.org/10.1021/acscentsci.9b00576: the same parts
 */
export function splitSmiles(smiles: string): string[] {
  return smiles.match(/\[[^\]]+\]|Br|Cl|%\d\d|./gs) ?? [];
}
