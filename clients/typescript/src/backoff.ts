// How long to wait before another attempt.

import { PrivetError } from "./errors.js";

const FIRST = 1_000;
const LONGEST = 30_000;
/** Nothing asks for a longer wait; a timer of more than 24 days would end at once. */
const LIMIT = 3_600_000;

/** Waits that double from a second to half a minute, each with up to half of it added by chance. */
export class Backoff {
  #failures = 0;
  #asked: number | undefined;

  constructor(private readonly first = FIRST) {}

  /** The server answered: the next failure is the first one again. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** The server asked, by `retry`, to wait this many milliseconds before the next attempt. */
  ask(milliseconds: number): void {
    this.#asked = milliseconds;
  }

  /** How many milliseconds to wait now, after this error. */
  next(error: unknown): number {
    const doubled = Math.min(LONGEST, this.first * 2 ** Math.min(this.#failures++, 20));
    const retryAfter = error instanceof PrivetError ? (error.retryAfter ?? 0) : 0;
    const wait = Math.max(retryAfter, this.#asked ?? doubled);
    this.#asked = undefined;
    return Math.min(LIMIT, wait * (1 + Math.random() / 2));
  }
}

/** Waits, or returns early if the signal is aborted. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}
