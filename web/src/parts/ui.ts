// What views are given: words, and in the centre its model.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Format } from "../format/format.js";
import type { Centre } from "../model/centre.js";
import type { ChoosePerson } from "../model/people.js";
import type { Texts } from "../texts/en.js";

/** Texts, and words for values. */
export interface Words {
  format: Format;
  t: Texts;
}

export interface Ui extends Words {
  centre: Centre;
  choosePerson: ChoosePerson | null;
  /** A profile of the user, for "view as"; null if the product gave none. */
  profile: Record<string, unknown> | null;
  /** Asks the product to have the user sign in again; null if it did not say how. */
  signIn: (() => void) | null;
}

export const WordsContext = createContext<Words | null>(null);

export function useWords(): Words {
  const words = useContext(WordsContext);
  if (!words) throw new Error("a view without words");
  return words;
}

export const UiContext = createContext<Ui | null>(null);

export function useUi(): Ui {
  const ui = useContext(UiContext);
  if (!ui) throw new Error("a view outside of the centre");
  return ui;
}

let ids = 0;
/** An id for an element that another one refers to. */
export function newId(prefix: string): string {
  return `${prefix}-${++ids}`;
}
