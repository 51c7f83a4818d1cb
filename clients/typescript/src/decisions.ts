// Decisions that are kept beside a service until something changes that they depend on.

import { Answers, question, type Check, type Decision, type Question } from "./answers.js";
import { Backoff, sleep } from "./backoff.js";
import { watchChanges, type FeedEvent } from "./changes.js";
import { PrivetError, ProtocolError } from "./errors.js";
import type { StreamOptions, Token } from "./event_stream.js";
import { FeedState, type Flight } from "./feed.js";
import { within } from "./time_limit.js";

export type { Check, Decision };

export interface CachedDecisionsOptions extends Pick<StreamOptions, "silence" | "firstRetry"> {
  /**
   * Milliseconds for which answers are used after the feed last said that everything was told: 30,000. It says so every
   * 15 s. Afterwards every check is asked, until the feed is back.
   */
  staleAfter?: number;
  /** Answers that are kept at most: 100,000, of some 500 bytes each. The least recently used ones are dropped. */
  maxAnswers?: number;
  /** Requests under way at the same time: 4. Checks that wait go together in the next one. */
  concurrency?: number;
  /** Milliseconds that a request may take: 10,000. */
  timeout?: number;
  /** Is told why the feed is read again. For a log. */
  onFeedError?: (error: unknown) => void;
}

interface Waiter {
  resolve: (decision: Decision) => void;
  reject: (error: unknown) => void;
}

/** A question that somebody waits for. Late waiters joined after it was sent. */
interface Asked {
  readonly question: Question;
  readonly waiters: Waiter[];
  readonly late: Waiter[];
  flight?: Flight;
}

interface Decided {
  readonly decisions: readonly Decision[];
  /** Whether they may be kept. A replica says no while it has a catalogue that another one has replaced. */
  readonly mayBeKept: boolean;
}

/** Checks of one request: the contract's limit. */
const BATCH = 1_000;

/**
 * Answers checks, and keeps the answers. An answer is dropped when the feed tells a change of one of its two users, and
 * all are when the feed is not heard from; so what is answered is never older than the feed is late.
 *
 * `token` needs the scopes `privacy:decide` and `privacy:watch`. Call `close` at the end.
 */
export class CachedDecisions {
  readonly #url: string;
  readonly #token: Token;
  readonly #options: Required<Omit<CachedDecisionsOptions, keyof StreamOptions | "onFeedError">>;
  readonly #stream: StreamOptions;
  readonly #answers: Answers;
  readonly #feed: FeedState;
  readonly #closing = new AbortController();
  /** Not sent yet. */
  readonly #waiting = new Map<string, Asked>();
  readonly #sent = new Map<string, Asked>();
  #underWay = 0;
  #isScheduled = false;

  constructor(url: string, token: Token, options: CachedDecisionsOptions = {}) {
    this.#url = url.replace(/\/$/, "");
    this.#token = token;
    const { staleAfter = 30_000, maxAnswers = 100_000, concurrency = 4, timeout = 10_000, onFeedError, ...stream } = options;
    this.#options = { staleAfter, maxAnswers, concurrency, timeout };
    this.#stream = { ...stream, signal: this.#closing.signal, onRetry: (error) => onFeedError?.(error) };
    this.#answers = new Answers(maxAnswers);
    this.#feed = new FeedState(staleAfter);
    void this.#follow();
  }

  /** Whether answers are kept now: the feed is followed and was heard from. Without it, every check is asked. */
  get isLive(): boolean {
    if (this.#feed.isFresh) return true;
    this.#answers.clear();
    return false;
  }

  /** The number of answers that are kept. */
  get size(): number {
    return this.isLive ? this.#answers.size : 0;
  }

  /** Decides one check. Fails with a `PrivetError`, or with that of `fetch` if Privet cannot be reached. */
  async decide(check: Check): Promise<Decision> {
    const asked = question(check);
    this.#closing.signal.throwIfAborted();
    const kept = this.isLive ? this.#answers.get(asked.key) : undefined;
    return kept ?? new Promise((resolve, reject) => this.#ask(asked, { resolve, reject }));
  }

  /** Decides several checks, in their order. They are not of one snapshot: each is true by itself. */
  decideAll(checks: readonly Check[]): Promise<Decision[]> {
    return Promise.all(checks.map((check) => this.decide(check)));
  }

  /** Stops following the feed. Checks that are under way fail. */
  close(): void {
    const closed = new Error("the cache was closed");
    this.#closing.abort(closed);
    for (const { waiters } of this.#waiting.values()) reject(waiters, closed);
    this.#waiting.clear();
    this.#answers.clear();
  }

  #ask(asked: Question, waiter: Waiter): void {
    const sent = this.#sent.get(asked.key);
    if (sent?.flight && this.#feed.covers(sent.flight) && !sent.flight.isOvertaken(asked.check)) {
      sent.late.push(waiter);
      return;
    }
    const waiting = this.#waiting.get(asked.key) ?? { question: asked, waiters: [], late: [] };
    waiting.waiters.push(waiter);
    this.#waiting.set(asked.key, waiting);
    this.#schedule();
  }

  /** Sends after the callers of this turn have asked. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      while (this.#waiting.size > 0 && this.#underWay < this.#options.concurrency) void this.#send();
    });
  }

  async #send(): Promise<void> {
    const batch = [...this.#waiting.values()].slice(0, BATCH);
    const flight = this.#feed.takeOff();
    this.#underWay++;
    for (const asked of batch) {
      asked.flight = flight;
      this.#waiting.delete(asked.question.key);
      this.#sent.set(asked.question.key, asked);
    }
    const outcome = await this.#request(batch).catch((error: unknown) => ({ error }));
    this.#underWay--;
    this.#feed.land(flight);
    for (const asked of batch) {
      // The same question may have been sent again since.
      if (this.#sent.get(asked.question.key) === asked) this.#sent.delete(asked.question.key);
    }
    if ("error" in outcome) this.#fail(batch, outcome.error);
    else batch.forEach((asked, index) => this.#answer(asked, flight, outcome.decisions[index]!, outcome.mayBeKept));
    this.#schedule();
  }

  #request(batch: readonly Asked[]): Promise<Decided> {
    return within(this.#options.timeout, this.#closing.signal, (signal) => this.#post(batch, signal));
  }

  async #post(batch: readonly Asked[], signal: AbortSignal): Promise<Decided> {
    const response = await fetch(`${this.#url}/api/v1/privacy/decisions`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${await this.#token()}` },
      body: JSON.stringify({ checks: batch.map(({ question }) => question.check) }),
      signal,
    });
    if (!response.ok) throw await PrivetError.of(response);
    const { decisions } = (await response.json()) as { decisions?: Decision[] };
    if (decisions?.length !== batch.length) throw new ProtocolError("not as many decisions as checks");
    return { decisions, mayBeKept: response.headers.has("Privet-Cursor") };
  }

  #answer({ question, waiters, late }: Asked, flight: Flight, decision: Decision, mayBeKept: boolean): void {
    Object.freeze(decision);
    const isOvertaken = !this.#feed.covers(flight) || flight.isOvertaken(question.check);
    if (mayBeKept && !isOvertaken) this.#answers.keep(question, decision);
    for (const waiter of waiters) waiter.resolve(decision);
    // Those who joined later may know of a change that the answer does not reflect.
    for (const waiter of late) isOvertaken ? this.#ask(question, waiter) : waiter.resolve(decision);
  }

  /** A check that Privet refuses fails alone; the others of its batch are asked again. */
  #fail(batch: readonly Asked[], error: unknown): void {
    const refused = refusedChecks(error, batch.length);
    batch.forEach(({ question, waiters, late }, index) => {
      const all = [...waiters, ...late];
      if (refused.size === 0 || refused.has(index) || this.#closing.signal.aborted) reject(all, error);
      else for (const waiter of all) this.#ask(question, waiter);
    });
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    const backoff = new Backoff(this.#stream.firstRetry);
    while (!signal.aborted) {
      const error = await this.#followOnce(backoff).catch((error: unknown) => error);
      this.#feed.end();
      this.#answers.clear();
      if (signal.aborted) return;
      const delay = backoff.next(error);
      this.#stream.onRetry?.(error, delay);
      await sleep(delay, signal);
    }
  }

  /** Returns when the cache is closed. Fails if changes may have been missed, such as at an expired cursor. */
  async #followOnce(backoff: Backoff): Promise<void> {
    let isFirst = true;
    for await (const event of watchChanges(this.#url, this.#token, this.#stream)) {
      if (isFirst) this.#feed.begin();
      isFirst = false;
      backoff.succeeded();
      this.#hear(event);
    }
  }

  #hear(event: FeedEvent): void {
    if (event.type === "caught_up") {
      this.#feed.caughtUp();
    } else if (event.change.user_id === undefined) {
      this.#feed.allChanged();
      this.#answers.clear();
    } else {
      const user = event.change.user_id.toLowerCase();
      this.#feed.changed(user);
      this.#answers.forget(user);
    }
  }
}

function reject(waiters: readonly Waiter[], error: unknown): void {
  for (const waiter of waiters) waiter.reject(error);
}

/** The positions of the checks that a 400 names, such as `checks[3].action`. */
function refusedChecks(error: unknown, length: number): Set<number> {
  if (!(error instanceof PrivetError) || error.status !== 400) return new Set();
  const named = error.errors.map(({ field }) => /^checks\[(\d+)\]/.exec(field)?.[1]);
  const positions = named.filter((position) => position !== undefined).map(Number);
  return new Set(positions.filter((position) => position < length));
}
