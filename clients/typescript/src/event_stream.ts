// Server-sent events by `fetch`, because a browser's EventSource cannot send `Authorization`. Connects again whenever
// the stream ends, and resumes after the last event.

import { createParser } from "eventsource-parser";
import { Backoff, sleep } from "./backoff.js";
import { isTemporary, PrivetError, ProtocolError, StreamEnded } from "./errors.js";
import { within } from "./time_limit.js";

/** Gives the token. It is asked again for every request, so that an expired token can be replaced. */
export type Token = () => string | Promise<string>;

export interface StreamOptions {
  /** Ends the stream, without an error. */
  signal?: AbortSignal;
  /** Milliseconds without a byte after which the connection counts as dead: 45,000. Privet sends a beat every 15 s. */
  silence?: number;
  /** Milliseconds of the first wait after a failure: 1,000. It doubles up to 30 s, and the server may ask for another. */
  firstRetry?: number;
  /** Is told why the stream is opened again, and in how many milliseconds. For a log. */
  onRetry?: (error: unknown, delay: number) => void;
}

/** An event whose data is a JSON object. */
export interface StreamEvent {
  /** The id of this event. */
  id: string | undefined;
  data: Record<string, unknown>;
}

/** Characters of an event. Those of Privet have a few hundred. */
const LONGEST_EVENT = 1_048_576;

/** Tokens that are refused one after the other before the stream fails. */
const REFUSALS = 3;

/** The attempts of one stream: when to try again, and when no more. */
export class Attempts {
  readonly signal: AbortSignal;
  readonly silence: number;
  readonly backoff: Backoff;
  #refused = 0;
  readonly #onRetry: StreamOptions["onRetry"];

  constructor(options: StreamOptions) {
    this.signal = options.signal ?? new AbortController().signal;
    this.silence = options.silence ?? 45_000;
    this.backoff = new Backoff(options.firstRetry);
    this.#onRetry = options.onRetry;
  }

  succeeded(): void {
    this.#refused = 0;
    this.backoff.succeeded();
  }

  /** Waits before the next attempt; throws the error if there is none. Returns at once if the stream was aborted. */
  async after(error: unknown): Promise<void> {
    if (this.signal.aborted) return;
    if (!isTemporary(error)) throw error;
    if (error instanceof PrivetError && error.status === 401 && ++this.#refused >= REFUSALS) throw error;
    const delay = this.backoff.next(error);
    this.#onRetry?.(error, delay);
    await sleep(delay, this.signal);
  }
}

/** Reads events until the signal is aborted or an error is not temporary. `after` is sent as `Last-Event-ID`. */
export async function* readEvents(
  url: string,
  token: Token,
  attempts: Attempts,
  after?: string,
): AsyncGenerator<StreamEvent, void, undefined> {
  let last = after;
  while (!attempts.signal.aborted) {
    try {
      for await (const event of readOnce(url, token, attempts, last)) {
        last = event.id ?? last;
        attempts.succeeded();
        yield event;
      }
      await attempts.after(new StreamEnded("the server ended the stream"));
    } catch (error) {
      await attempts.after(error);
    }
  }
}

/** Events of one connection. */
async function* readOnce(
  url: string,
  token: Token,
  { signal, silence, backoff }: Attempts,
  last: string | undefined,
): AsyncGenerator<StreamEvent, void, undefined> {
  const connection = new AbortController();
  const watch = new Watch(silence, connection);
  const abort = (): void => connection.abort(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    const headers: Record<string, string> = { Accept: "text/event-stream", Authorization: await watch.over(bearer(token)) };
    if (last !== undefined) headers["Last-Event-ID"] = last;
    if (signal.aborted) return;
    const response = await watch.over(fetch(url, { headers, signal: connection.signal, cache: "no-store" }));
    if (!response.ok) throw await watch.over(PrivetError.of(response));
    const type = response.headers.get("Content-Type") ?? "";
    if (response.body === null || !type.startsWith("text/event-stream")) {
      throw new StreamEnded(`the answer is no stream of events: ${type}`);
    }
    const arrived: StreamEvent[] = [];
    const parser = createParser({
      onEvent: ({ id, data }) => arrived.push({ id, data: object(data) }),
      onRetry: (milliseconds) => backoff.ask(milliseconds),
      onError: (error) => {
        if (error.type === "max-buffer-size-exceeded") throw new ProtocolError(error.message);
      },
      maxBufferSize: LONGEST_EVENT,
    });
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await watch.over(reader.read());
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* arrived.splice(0);
    }
  } finally {
    signal.removeEventListener("abort", abort);
    // Also closes the connection of a stream that nobody reads any more.
    connection.abort();
  }
}

async function bearer(token: Token): Promise<string> {
  return `Bearer ${await token()}`;
}

function object(data: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new ProtocolError("an event's data is not JSON");
  }
  if (typeof value !== "object" || value === null) throw new ProtocolError("an event's data is not an object");
  return value as Record<string, unknown>;
}

/** Aborts a connection that is silent. Time in which the reader does not read is not counted. */
class Watch {
  constructor(
    private readonly silence: number,
    private readonly connection: AbortController,
  ) {}

  over<T>(step: Promise<T>): Promise<T> {
    return within(this.silence, this.connection.signal, () => step).catch((error: unknown) => {
      this.connection.abort();
      const isSilent = error instanceof DOMException && error.name === "TimeoutError";
      throw isSilent ? new StreamEnded(`nothing arrived for ${this.silence} ms`) : error;
    });
  }
}
