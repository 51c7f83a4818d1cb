// Answers that are kept: by question, by the users that they name, and the least recently used one first.

import type { Schema } from "./client.js";

export type Check = Schema<"CheckRequest">;
export type Decision = Readonly<Schema<"DecisionResponse">>;

/** A question: its check with ids in lower case, and a key that is the same for the same question. */
export interface Question {
  readonly key: string;
  readonly check: Check;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Throws a `TypeError` for an id that is no UUID, because one bad check would refuse the checks of other callers. */
export function question(check: Check): Question {
  const [viewer, subject] = [id(check.viewer), id(check.subject)];
  const admin = check.viewer_is_admin === true;
  return {
    key: `${viewer} ${subject} ${admin ? "admin" : ""} ${check.action}`,
    check: admin
      ? { viewer, subject, action: check.action, viewer_is_admin: true }
      : { viewer, subject, action: check.action },
  };
}

function id(text: string): string {
  if (!UUID.test(text)) throw new TypeError(`not a UUID: ${text}`);
  return text.toLowerCase();
}

interface Kept {
  question: Question;
  decision: Decision;
}

export class Answers {
  // A Map iterates in the order of insertion: the first entry is the least recently used one.
  readonly #kept = new Map<string, Kept>();
  readonly #byUser = new Map<string, Set<string>>();

  constructor(private readonly most: number) {}

  get size(): number {
    return this.#kept.size;
  }

  get(key: string): Decision | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.decision;
  }

  keep(question: Question, decision: Decision): void {
    this.#remove(question.key);
    this.#kept.set(question.key, { question, decision });
    for (const user of users(question)) {
      const keys = this.#byUser.get(user) ?? new Set();
      this.#byUser.set(user, keys.add(question.key));
    }
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.most) break;
      this.#remove(oldest);
    }
  }

  /** Forgets every answer that names the user, as viewer or as subject. */
  forget(user: string): void {
    for (const key of this.#byUser.get(user) ?? []) this.#remove(key);
  }

  clear(): void {
    this.#kept.clear();
    this.#byUser.clear();
  }

  #remove(key: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.delete(key);
    for (const user of users(kept.question)) {
      const keys = this.#byUser.get(user);
      keys?.delete(key);
      if (keys?.size === 0) this.#byUser.delete(user);
    }
  }
}

function users({ check }: Question): string[] {
  return [check.viewer, check.subject];
}
