// The types of the npm package. `element.tsx` implements them; `package_types.ts` holds them together.

/** Gives a token. `isRefused` says that the last one was refused, so that one from a cache does not help. */
export type TokenSource = (isRefused: boolean) => string | null | undefined | Promise<string | null | undefined>;

/** A person to show. */
export interface Person {
  id: string;
  name: string;
  /** The address of a picture. */
  picture?: string | undefined;
}

/** Turns ids into people. Whom it leaves out is shown by id. */
export type ResolvePeople = (ids: string[]) => Person[] | Promise<Person[]>;

/** Lets the user choose a person: an id, or null if they changed their mind. */
export type ChoosePerson = () => string | null | Promise<string | null>;

/** The privacy centre: `<privet-centre>`. */
export declare class PrivetCentre extends HTMLElement {
  /** The token, or a function that gives it. */
  set token(token: string | TokenSource | null);
  /** Turns ids into names and pictures. */
  set people(people: ResolvePeople | null);
  /** Lets the user choose a person by the product's own means. */
  set choosePerson(choose: ChoosePerson | null);
  /** The user's profile as the product keeps it, for "view as". */
  set profile(profile: Record<string, unknown> | null);
  /** Has the user sign in again. */
  set signIn(signIn: (() => void) | null);
}

declare global {
  interface HTMLElementTagNameMap {
    "privet-centre": PrivetCentre;
  }
}
