// An entry of the history as a sentence.

import type { AuditEntry } from "../api/answers.js";
import type { Setting, Value } from "../model/catalogue.js";
import type { Words } from "./ui.js";

/** The name under which the history has the cohorts of a user, which are no setting. */
const COHORTS = "cohorts";

export function changeInWords(
  { t, format }: Words,
  entry: AuditEntry,
  setting: Setting | undefined,
  actor: string,
): string {
  const words = (value: Value) => {
    if (setting) return format.value(setting, value);
    if (!Array.isArray(value)) return JSON.stringify(value);
    return value.length > 0 ? format.list(value.map(String)) : t.none;
  };
  const name = entry.setting === COHORTS ? t.history.cohorts : entry.setting;
  return format.fill(t.history.changed, {
    actor,
    setting: setting ? format.catalogue(setting.title) : name,
    from: words(entry.old_value),
    to: words(entry.new_value),
  });
}
