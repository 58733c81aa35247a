import { dispose } from "../tensor/mod.ts";

/**
 * Prepares batches while earlier ones are in use.
 *
 * Besides the batch last handed over, at most `ahead` are being prepared or waiting. An error comes out in the place of
 * the batch it kept from being made. However the iteration ends, the batches still waiting are disposed.
 *
 * @param source Where batches come from; it prepares one after the other.
 * @param ahead How many batches may wait.
 */
export async function* prefetch<B>(
  source: AsyncGenerator<B>,
  ahead: number,
): AsyncGenerator<B> {
  const waiting: Promise<IteratorResult<B>>[] = [];
  const request = () => {
    const next = source.next();
    next.catch(() => {}); // it is thrown where its turn comes
    waiting.push(next);
  };
  try {
    for (;;) {
      if (waiting.length === 0) request();
      const { done, value } = await waiting.shift()!;
      if (done) return;
      while (waiting.length < ahead) request();
      yield value;
    }
  } finally {
    const ended = source.return(undefined);
    for (const next of waiting) {
      const result = await next.catch(() => undefined);
      if (result && !result.done) dispose(result.value as Parameters<typeof dispose>[0]);
    }
    await ended;
  }
}
