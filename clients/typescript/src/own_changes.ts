// Changes of a user's own settings, for the user's devices: GET /api/v1/users/me/changes.

import { isErased } from "./errors.js";
import { Attempts, readEvents, type StreamOptions, type Token } from "./event_stream.js";

// Written by hand: to the OpenAPI document a stream is text.
/** Settings with an entity tag. */
export type SettingsFamily = "account" | "email" | "messaging" | "preferences";
/** Relationships, which have none. */
export type RelationshipFamily = "contacts" | "blocks" | "follows" | "exceptions";

/** What a device is told. */
export type OwnChange =
  /** The tags in force: first, after each reconnection, and when the catalogue or the user's cohorts changed. */
  | { type: "state"; etags: Record<SettingsFamily, string> }
  | { type: "changed"; family: SettingsFamily; etag: string }
  | { type: "changed"; family: RelationshipFamily; etag?: never }
  /** The account is erased. Nothing follows. */
  | { type: "erased" };

/**
 * Tells what changed of the settings of the user whose token this is, on any of their devices. Read a family again if
 * its tag is not the one that is shown. Relationships have no tags: read them again after each `state`.
 *
 * Connects again by itself, and ends after `erased`. Fails with a `PrivetError` if the token is refused.
 */
export async function* watchOwnChanges(
  url: string,
  token: Token,
  options: StreamOptions = {},
): AsyncGenerator<OwnChange, void, undefined> {
  const address = url.replace(/\/$/, "") + "/api/v1/users/me/changes";
  try {
    for await (const { data } of readEvents(address, token, new Attempts(options))) {
      if (data["type"] === "erased") break;
      if (data["type"] === "state" || data["type"] === "changed") yield data as unknown as OwnChange;
    }
  } catch (error) {
    // The stream broke off before it told so.
    if (!isErased(error)) throw error;
  }
  if (!options.signal?.aborted) yield { type: "erased" };
}
