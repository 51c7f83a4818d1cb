// The languages of the centre.

import { ar } from "./ar.js";
import { de } from "./de.js";
import { en, type Texts } from "./en.js";

const TEXTS: Record<string, Texts> = { en, de, ar };
const RIGHT_TO_LEFT = ["ar"];

export interface Language {
  /** The tag, as it was asked for: `de-AT`. */
  tag: string;
  texts: Texts;
  direction: "ltr" | "rtl";
}

/** The first of these languages that there are texts for, else English. */
export function languageFor(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0] ?? "";
    const texts = TEXTS[base];
    if (texts && isTag(tag)) return { tag, texts, direction: RIGHT_TO_LEFT.includes(base) ? "rtl" : "ltr" };
  }
  return { tag: "en", texts: en, direction: "ltr" };
}

function isTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
