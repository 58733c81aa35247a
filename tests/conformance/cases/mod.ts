/**
 * The table of the conformance suite, group by group.
 *
 * @module
 */
import type { Case } from "../case.ts";
import { attention } from "./attention.ts";
import { big } from "./big.ts";
import { binary } from "./binary.ts";
import { conv } from "./conv.ts";
import { cumulative } from "./cumulative.ts";
import { empty } from "./empty.ts";
import { extreme } from "./extreme.ts";
import { gather } from "./gather.ts";
import { image } from "./image.ts";
import { logic } from "./logic.ts";
import { fused, matmul } from "./matmul.ts";
import { norm } from "./norm.ts";
import { pool } from "./pool.ts";
import { rank } from "./rank.ts";
import { reduction } from "./reduce.ts";
import { shape } from "./shape.ts";
import { special } from "./special.ts";
import { unary } from "./unary.ts";
import { whole } from "./whole.ts";

/** All cases, by group, in the order in which they run. */
export const GROUPS: readonly (readonly [name: string, cases: readonly Case[]])[] = [
  ["unary", unary],
  ["binary", binary],
  ["reduce", reduction],
  ["matmul", matmul],
  ["fused matmul", fused],
  ["conv", conv],
  ["pool", pool],
  ["norm", norm],
  ["gather", gather],
  ["shape", shape],
  ["logic", logic],
  ["int32 and bool", whole],
  ["size 0 and 1", empty],
  ["high rank", rank],
  ["big", big],
  ["extreme", extreme],
  ["NaN and kin", special],
  ["attention", attention],
  ["cumulative", cumulative],
  ["image", image],
];
