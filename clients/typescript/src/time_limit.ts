// A limit for the time that something takes. Not by AbortSignal.any, which some versions of Node.js keep in memory as long
// as the signals that it watches.

/** Runs with a signal that is aborted with `signal`, or after some milliseconds. Also ends if the signal is not heeded. */
export async function within<T>(
  milliseconds: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limited = new AbortController();
  const abort = (): void => limited.abort(signal.reason);
  const late = new DOMException(`not done within ${milliseconds} ms`, "TimeoutError");
  const timer = setTimeout(() => limited.abort(late), milliseconds);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  const aborted = new Promise<never>((_, reject) => {
    const fail = (): void => reject(limited.signal.reason);
    if (limited.signal.aborted) fail();
    else limited.signal.addEventListener("abort", fail);
  });
  try {
    return await Promise.race([run(limited.signal), aborted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
