// Paths that the page uses, typed by hand where the OpenAPI document does not name them yet.

import type { Setting } from "../model/catalogue.js";

type Params = { query?: never; header?: never; path?: never; cookie?: never };
type Json<Body> = { headers: Record<string, unknown>; content: { "application/json": Body } };
type Problem = { headers: Record<string, unknown>; content: { "application/problem+json": unknown } };
type Operation<Parameters, Body, Answer> = {
  parameters: Omit<Params, keyof Parameters> & Parameters;
  requestBody: Body extends undefined ? never : { content: { "application/json": Body } };
  responses: { 200: Json<Answer>; 400: Problem };
};
type None = { parameters: Params };
type Get<Parameters, Answer> = None & {
  get: { parameters: Omit<Params, keyof Parameters> & Parameters; requestBody?: never; responses: { 200: Json<Answer>; 400: Problem } };
};

/** A look of the staff. */
export interface Look {
  id: string;
  occurred_at: string;
  actor_id: string;
  reason: string;
  request_id: string;
}

/** Numbers of items of one kind in an import. */
export interface SectionCounts {
  created: number;
  changed: number;
  unchanged: number;
  left_out: number;
}

/** What an import of one's own did, or would do. */
export interface OwnImport {
  settings: SectionCounts;
  contacts: SectionCounts;
  blocks: SectionCounts;
  exceptions: SectionCounts;
  follows: SectionCounts;
  left_out: { what: string; why: string }[];
}

/** What the staff see of a person. */
export interface SupportView {
  user_id: string;
  created_at: string;
  settings: Setting[];
  cohorts: string[];
  counts: Record<"contacts" | "blocks" | "exceptions" | "followers" | "following" | "requests_received", number>;
}

/** An entry of the history. */
export interface AuditEntry {
  id: string;
  occurred_at: string;
  actor_id: string;
  setting: string;
  old_value: unknown;
  new_value: unknown;
  request_id: string;
}

/** A decision and its reason. */
export interface Explained {
  allowed: boolean;
  reason: string;
  settings: string[];
}

type Reason = { "Support-Reason": string };
type OfUser = { path: { userId: string }; header: Reason };

/** These paths, in the form of `openapi-typescript`. */
export interface PendingPaths {
  "/api/v1/privacy/audit/access": Get<
    { query?: { limit?: number; cursor?: string } },
    { entries: Look[]; next_cursor: string | null }
  >;
  "/api/v1/users/me/import": None & {
    post: Operation<{ query?: { mode?: "merge" | "replace"; dry_run?: boolean } }, Record<string, unknown>, OwnImport>;
  };
  "/api/v1/admin/users/{userId}": Get<OfUser, SupportView>;
  "/api/v1/admin/users/{userId}/audit": Get<
    OfUser & { query?: { setting?: string; limit?: number; cursor?: string } },
    { entries: AuditEntry[]; next_cursor: string | null }
  >;
  "/api/v1/admin/users/{userId}/explain": Get<
    OfUser & { query?: { viewer?: string } },
    { viewer: string | null; decisions: Record<string, Explained> }
  >;
  "/api/v1/admin/users/{userId}/settings": None & {
    patch: Operation<OfUser, { settings: Record<string, unknown> }, { settings: Setting[] }>;
  };
}
