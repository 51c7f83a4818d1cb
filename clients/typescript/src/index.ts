// Everything that an application imports.

export { connect, type components, type paths, type Schema } from "./client.js";
export { watchChanges, type Change, type ChangeKind, type FeedEvent, type WatchOptions } from "./changes.js";
export { CachedDecisions, type CachedDecisionsOptions, type Check, type Decision } from "./decisions.js";
export { PrivetError, ProtocolError, StreamEnded } from "./errors.js";
export type { StreamOptions, Token } from "./event_stream.js";
export { watchOwnChanges, type OwnChange, type RelationshipFamily, type SettingsFamily } from "./own_changes.js";
