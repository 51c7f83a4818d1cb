// Changes of all users, for the product's services: GET /api/v1/privacy/changes.

import type { Schema } from "./client.js";
import { PrivetError, ProtocolError } from "./errors.js";
import { Attempts, readEvents, type StreamEvent, type StreamOptions, type Token } from "./event_stream.js";
import { within } from "./time_limit.js";

type UserChange = Schema<"UserChangeResponse">;
type CatalogueChange = Schema<"CatalogueChangeResponse">;

/** What changed. Later releases may have more kinds. */
export type ChangeKind = (UserChange | CatalogueChange)["kinds"][number];

/** A change: forget what you keep that names this user (all users, if `all` is true), as viewer or as subject. */
export type Change = (UserChange & { all?: never }) | (Omit<CatalogueChange, "all"> & { all: true; user_id?: never });

/** What the feed tells. Changes after `cursor` are told by a later watch that begins there. */
export type FeedEvent =
  | { type: "change"; change: Change; cursor: string | undefined }
  /** Every change that the feed has was told. Comes every 15 s if nothing changes. */
  | { type: "caught_up"; cursor: string | undefined };

export interface WatchOptions extends StreamOptions {
  /** A cursor, `earliest` or `now` (the default). Changes after it are told. */
  after?: string;
}

const PATH = "/api/v1/privacy/changes";

/**
 * Tells every change, at least once, in an order that is the same for everybody. `token` needs the scope
 * `privacy:watch`. Connects again by itself, and misses nothing then.
 *
 * Fails with a `PrivetError` if `after` is too old (`CURSOR_EXPIRED`: forget everything, and watch from `now`), or if
 * the token is refused.
 */
export async function* watchChanges(
  url: string,
  token: Token,
  options: WatchOptions = {},
): AsyncGenerator<FeedEvent, void, undefined> {
  const attempts = new Attempts(options);
  // The position is known before the stream begins, so that a stream that breaks off at once misses nothing.
  const after = options.after ?? "now";
  const start = after === "now" ? await now(url, token, attempts) : after;
  if (start === undefined) return;
  let cursor = start === "earliest" ? undefined : start;
  const events =
    cursor === undefined
      ? readEvents(`${address(url)}?after=earliest`, token, attempts)
      : readEvents(address(url), token, attempts, cursor);
  for await (const event of events) {
    cursor = event.id ?? cursor;
    const told = feedEvent(event, cursor);
    if (told) yield told;
  }
}

/** The cursor of this moment; undefined if the signal was aborted. */
async function now(url: string, token: Token, attempts: Attempts): Promise<string | undefined> {
  while (!attempts.signal.aborted) {
    try {
      const cursor = await within(attempts.silence, attempts.signal, (signal) => askForNow(url, token, signal));
      attempts.succeeded();
      return cursor;
    } catch (error) {
      await attempts.after(error);
    }
  }
  return undefined;
}

async function askForNow(url: string, token: Token, signal: AbortSignal): Promise<string> {
  const headers = { Accept: "application/json", Authorization: `Bearer ${await token()}` };
  const response = await fetch(`${address(url)}?after=now&limit=1`, { headers, signal, cache: "no-store" });
  if (!response.ok) throw await PrivetError.of(response);
  const { next } = (await response.json()) as { next?: unknown };
  if (typeof next !== "string") throw new ProtocolError("the answer has no cursor");
  return next;
}

function address(url: string): string {
  return url.replace(/\/$/, "") + PATH;
}

/** Undefined for an event of a type that a later release added. */
function feedEvent({ data }: StreamEvent, cursor: string | undefined): FeedEvent | undefined {
  if (data["type"] === "caught_up") return { type: "caught_up", cursor };
  if (typeof data["user_id"] === "string" || data["all"] === true) {
    return { type: "change", change: data as unknown as Change, cursor };
  }
  // A change that cannot be read must not be passed over.
  if (typeof data["type"] !== "string") throw new ProtocolError("an event is neither a change nor of a known type");
  return undefined;
}
