// An entry of the history as a sentence.

import type { AuditEntry } from "../api/answers.js";
import type { Setting, Value } from "../model/catalogue.js";
import type { Words } from "./ui.js";

export function changeInWords(
  { t, format }: Words,
  entry: AuditEntry,
  setting: Setting | undefined,
  actor: string,
): string {
  const words = (value: Value) => (setting ? format.value(setting, value) : JSON.stringify(value));
  return format.fill(t.history.changed, {
    actor,
    setting: setting ? format.catalogue(setting.title) : entry.setting,
    from: words(entry.old_value),
    to: words(entry.new_value),
  });
}
