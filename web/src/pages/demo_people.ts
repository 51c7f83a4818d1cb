// The people of `privet demo`, by name. Their ids are made up, and nobody else's.

import type { Person } from "../model/people.js";

/** Names in the order of their ids. The program lists the same. */
export const DEMO_NAMES = [
  "Ada Lindqvist",
  "Ben Okafor",
  "Chiara Rossi",
  "Dmitri Volkov",
  "Elif Yılmaz",
  "Farid Haddad",
  "Greta Baumann",
  "Hana Kimura",
  "Ines Duarte",
  "Jonas Weber",
  "Kofi Mensah",
  "Lea Moreau",
] as const;

/** The id of the person at `index`. */
export function demoId(index: number): string {
  return `de300000-0000-4000-8000-${String(index + 1).padStart(12, "0")}`;
}

const PEOPLE = new Map(DEMO_NAMES.map((name, index): [string, Person] => [demoId(index), { id: demoId(index), name }]));

/** Names for ids of the demo; others are left out. */
export function demoPeople(ids: string[]): Person[] {
  return ids.flatMap((id) => PEOPLE.get(id) ?? []);
}
