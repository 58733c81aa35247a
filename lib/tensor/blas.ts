/** A matrix product in row-major order through a system library's `cblas_sgemm`: `C = A B + beta C`. */
export interface Blas {
  /** The library's file name, such as `"libopenblas.so.0"`. */
  readonly library: string;
  /** Threads that it uses; 0 if it does not tell. */
  readonly threads: number;
  /**
   * Multiplies two matrices that lie anywhere in this process's memory.
   *
   * @param transposeA Whether A is stored `[k, m]` instead of `[m, k]`.
   * @param transposeB Whether B is stored `[n, k]` instead of `[k, n]`.
   * @param m Rows of C.
   * @param n Columns of C.
   * @param k Terms of each sum.
   * @param a Address of A.
   * @param lda Elements from one stored row of A to the next.
   * @param b Address of B.
   * @param ldb Elements from one stored row of B to the next.
   * @param beta What C is multiplied by first; 0 ignores what it holds.
   * @param c Address of C.
   * @param ldc Elements from one row of C to the next.
   */
  sgemm(
    transposeA: boolean,
    transposeB: boolean,
    m: number,
    n: number,
    k: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    beta: number,
    c: number,
    ldc: number,
  ): void;
  /**
   * `y = op(A) x + beta y`, by cblas_sgemv in row-major order: a product with one row takes no copy of the matrix so.
   *
   * @param rows Rows of A as it is stored.
   * @param columns Columns of A as it is stored.
   */
  sgemv(
    transpose: boolean,
    rows: number,
    columns: number,
    a: number,
    x: number,
    beta: number,
    y: number,
  ): void;
}

/** Where each system keeps its BLAS; the first that loads and has `cblas_sgemm` is taken. */
const LIBRARIES: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  linux: [
    "libmkl_rt.so.3",
    "libmkl_rt.so.2",
    "libopenblas.so.0",
    "libopenblas.so",
    "libblis.so.4",
    "libcblas.so.3",
    "libblas.so.3",
  ],
  darwin: [
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
  ],
  windows: ["mkl_rt.3.dll", "mkl_rt.2.dll", "libopenblas.dll", "openblas.dll"],
};

const [ROW_MAJOR, NO_TRANSPOSE, TRANSPOSE] = [101, 111, 112]; // cblas.h

/** Addresses travel as integers: half the cost of a pointer object, and the same in the C calling convention. */
const SGEMM = {
  parameters: [
    ...["i32", "i32", "i32", "i32", "i32", "i32", "f32"] as const,
    ...["usize", "i32", "usize", "i32", "f32", "usize", "i32"] as const,
  ],
  result: "void",
} as const;

const SGEMV = {
  parameters: [
    ...["i32", "i32", "i32", "i32", "f32"] as const,
    ...["usize", "i32", "usize", "i32", "f32", "usize", "i32"] as const,
  ],
  result: "void",
} as const;

/**
 * Loads the system's BLAS, if there is one and `--allow-ffi` was given.
 *
 * `TOME_BLAS` names a library file to use instead, or `none`.
 */
export async function loadBlas(): Promise<Blas | undefined> {
  const granted = async (permission: Deno.PermissionDescriptor) =>
    (await Deno.permissions.query(permission)).state === "granted";
  if (!await granted({ name: "ffi" })) return undefined;
  const named = await granted({ name: "env", variable: "TOME_BLAS" })
    ? Deno.env.get("TOME_BLAS")
    : undefined;
  if (named === "none") return undefined;
  for (const library of named ? [named] : LIBRARIES[Deno.build.os] ?? []) {
    try {
      return open(library);
    } catch {
      continue; // not there, or without cblas_sgemm
    }
  }
  return undefined;
}

function open(library: string): Blas {
  // declared to take bigints, which cost an allocation each; safe integers are accepted
  const symbols = Deno.dlopen(library, { cblas_sgemm: SGEMM, cblas_sgemv: SGEMV }).symbols;
  const { cblas_sgemm, cblas_sgemv } = symbols as unknown as Record<
    keyof typeof symbols,
    (...args: number[]) => void
  >;
  return {
    library: library.split(/[\\/]/).at(-1)!,
    threads: threadsOf(library),
    sgemm(transposeA, transposeB, m, n, k, a, lda, b, ldb, beta, c, ldc) {
      cblas_sgemm(
        ROW_MAJOR,
        transposeA ? TRANSPOSE : NO_TRANSPOSE,
        transposeB ? TRANSPOSE : NO_TRANSPOSE,
        m,
        n,
        k,
        1,
        a,
        lda,
        b,
        ldb,
        beta,
        c,
        ldc,
      );
    },
    sgemv(transpose, rows, columns, a, x, beta, y) {
      const order = transpose ? TRANSPOSE : NO_TRANSPOSE;
      cblas_sgemv(ROW_MAJOR, order, rows, columns, 1, a, columns, x, 1, beta, y, 1);
    },
  };
}

/** Asks the library for its number of threads, by the name that its maker gave the question. */
function threadsOf(library: string): number {
  for (
    const name of ["openblas_get_num_threads", "MKL_Get_Max_Threads", "bli_thread_get_num_threads"]
  ) {
    try {
      const { symbols } = Deno.dlopen(library, { [name]: { parameters: [], result: "i32" } });
      return Number((symbols as Record<string, () => number>)[name]!());
    } catch {
      continue;
    }
  }
  return 0;
}
