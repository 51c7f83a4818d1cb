// What all views are given.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Format } from "../format/format.js";
import type { Centre } from "../model/centre.js";
import type { ChoosePerson } from "../model/people.js";
import type { Texts } from "../texts/en.js";

export interface Ui {
  centre: Centre;
  format: Format;
  t: Texts;
  choosePerson: ChoosePerson | null;
  /** A profile of the user, for "view as"; null if the product gave none. */
  profile: Record<string, unknown> | null;
  /** Asks the product to have the user sign in again; null if it did not say how. */
  signIn: (() => void) | null;
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
