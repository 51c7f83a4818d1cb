// Words for values, people, times and failures, in the language and the formats of the user.

import type { Failure } from "../api/failure.js";
import type { Setting, Value, WhoMay } from "../model/catalogue.js";
import type { Plural, Texts } from "../texts/en.js";
import { dateTime, type DateFormat } from "./dates.js";
import { languageName } from "./languages.js";

/** How dates are written; from the preferences. */
export type { DateFormat } from "./dates.js";

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufefc]/;

export class Format {
  private readonly plurals: Intl.PluralRules;
  private readonly lists: Intl.ListFormat;

  constructor(
    readonly t: Texts,
    readonly language: string,
    private readonly dates: DateFormat,
  ) {
    this.plurals = new Intl.PluralRules(language);
    this.lists = new Intl.ListFormat(language, { type: "conjunction" });
  }

  /** The text with what is put in. Text of another direction is isolated, so that it does not turn the sentence round. */
  fill(text: string, parts: Record<string, string | number>): string {
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const part = parts[name];
      if (part === undefined) return whole;
      const put = String(part);
      const turns = RIGHT_TO_LEFT.test(put) !== RIGHT_TO_LEFT.test(text);
      return turns ? `\u2068${put}\u2069` : put;
    });
  }

  count(text: Plural, count: number): string {
    const number = new Intl.NumberFormat(this.language).format(count);
    return this.fill(text[this.plurals.select(count)] ?? text.other, { count: number });
  }

  list(items: string[]): string {
    return this.lists.format(items);
  }

  /** A phrase for the middle of a sentence. */
  phrase(text: string): string {
    return text.slice(0, 1).toLocaleLowerCase(this.language) + text.slice(1);
  }

  date(time: string): string {
    return dateTime(time, this.language, this.dates);
  }

  number(value: number): string {
    return new Intl.NumberFormat(this.language).format(value);
  }

  /** A number of bytes in its largest unit. */
  bytes(value: number): string {
    const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
    const index = value < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
    const unitDisplay = index === 0 ? "long" : "short";
    const options = { style: "unit", unit: units[index] ?? "byte", unitDisplay, maximumFractionDigits: 1 } as const;
    return new Intl.NumberFormat(this.language, options).format(value / 1_000 ** index);
  }

  /** A text of the catalogue. Those of the built-in ones are translated; an operator's own stand as they are. */
  catalogue(text: string): string {
    return named(this.t.catalogue, text);
  }

  /** The value of a setting. */
  value(setting: Setting, value: Value): string {
    if (typeof value === "boolean") return value ? this.t.on : this.t.off;
    if (setting.type === "audience") return this.audience(String(value));
    if (setting.type === "choice") return this.choice(setting, value);
    return this.preference(setting, value);
  }

  private choice(setting: Setting, value: Value): string {
    if (value === null) return this.t.never;
    if (typeof value === "number" && /\bseconds?\b/i.test(setting.description)) {
      return this.fill(this.t.seconds, { time: this.duration(value) });
    }
    return typeof value === "string" ? this.catalogue(value) : JSON.stringify(value);
  }

  private preference(setting: Setting, value: Value): string {
    if (value === null) return this.t.none;
    if (typeof value === "number") return this.number(value);
    if (typeof value !== "string") return JSON.stringify(value);
    if (setting.schema?.["format"] === "bcp47") return languageName(value, this.language);
    // What people may type is shown as they typed it.
    return Array.isArray(setting.schema?.["enum"]) ? named(this.t.preferences.values, value) : value;
  }

  /** A number of seconds in its largest whole unit. */
  duration(seconds: number): string {
    const units = [
      ["week", 604_800],
      ["day", 86_400],
      ["hour", 3_600],
      ["minute", 60],
      ["second", 1],
    ] as const;
    const [unit, size] = units.find(([, size]) => seconds % size === 0 && seconds >= size) ?? ["second", 1];
    return new Intl.NumberFormat(this.language, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
  }

  /** Who may do something, as a sentence. */
  whoMay(who: WhoMay, name: (id: string) => string): string {
    const { t } = this;
    const names = (ids: string[]) => this.names(ids.map(name));
    if (who.audiences[0] === "nobody") {
      const text = who.always.length > 0 ? this.fill(t.who.only, { people: names(who.always) }) : this.audience("nobody");
      return this.fill(t.who.stop, { who: text });
    }
    let text = this.audiences(who.audiences);
    if (who.always.length > 0) text = this.fill(t.who.and, { who: text, people: names(who.always) });
    if (who.never.length > 0) text = this.fill(t.who.not, { who: text, people: names(who.never) });
    return this.fill(t.who.stop, { who: text });
  }

  private audiences(audiences: string[]): string {
    const [first, ...others] = audiences;
    if (first === undefined) return this.audience("everyone");
    if (others.length === 0) return this.audience(first);
    return this.fill(this.t.who.both, { who: this.list(audiences.map((it) => this.audience(it))) });
  }

  private audience(audience: string): string {
    return named(this.t.audiences, audience);
  }

  /** Why something is allowed or not. */
  reason(reason: string): string {
    return named(this.t.reasons, reason);
  }

  /** Three names, and how many more there are. */
  private names(names: string[]): string {
    const isolated = names.map((name) => this.fill("{name}", { name }));
    if (isolated.length <= 3) return this.list(isolated);
    return this.list([...isolated.slice(0, 2), this.count(this.t.who.others, isolated.length - 2)]);
  }

  /** What went wrong, and what helps. */
  failure(failure: Failure): string {
    const { failures } = this.t;
    const detail = failure.detail;
    switch (failure.kind) {
      case "offline":
        return failures.offline;
      case "timeout":
        return failures.timeout;
      case "signed_out":
        return `${failures.expired} ${failures.expiredHelp}`;
      case "other_user":
        return failures.otherUser;
      case "erased":
        return failures.erased;
      case "forbidden":
        return this.t.failures.forbidden;
      case "locked":
        return this.fill(failures.locked, { note: this.sentence(this.catalogue(detail)) });
      case "missing":
        return failures.missing;
      case "done":
        return failures.done;
      case "limit":
        return this.fill(failures.limit, { detail: this.sentence(detail) });
      case "conflict":
        return failures.conflict;
      case "rate_limited":
        return this.count(failures.limited, Math.max(1, failure.retryAfter));
      case "away":
        return failures.away;
      case "invalid":
        return this.fill(failures.invalid, { detail: this.sentence(detail) });
      case "unreadable":
        return failures.unreadable;
      case "too_large":
        return failures.tooLarge;
      case "other":
        return `${this.fill(failures.other, { status: failure.status })} ${this.fill(failures.reference, { id: failure.requestId })}`;
    }
  }

  private sentence(text: string): string {
    return text === "" || /[.!?…]$/.test(text) ? text : `${text}.`;
  }
}

/** The text of this name, else the name; `constructor` is none. */
function named(texts: Record<string, string>, name: string): string {
  return (Object.hasOwn(texts, name) ? texts[name] : undefined) ?? name;
}
