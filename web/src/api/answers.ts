// Answers that several views show. Names of settings and actions are plain text here: a product's catalogue adds some.

import type { Schema } from "privet-client";
import type { Setting } from "../model/catalogue.js";

/** A look of the staff. */
export type Look = Schema<"LookResponse">;

/** What an import of one's own did, or would do. */
export type OwnImport = Schema<"OwnImportResponse">;

/** What the staff see of a person. */
export type SupportView = Omit<Schema<"SupportViewResponse">, "settings"> & { settings: Setting[] };

/** An entry of the history. */
export type AuditEntry = Omit<Schema<"AuditEntryResponse">, "setting"> & { setting: string };

/** A decision and its reason. */
export interface Explained {
  allowed: boolean;
  reason: string;
  settings: string[];
}
