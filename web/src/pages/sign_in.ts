// How people sign in on the pages that Privet serves.

import type { Texts } from "../texts/en.js";

/** A way to sign in. */
export interface SignIn {
  /** Takes up a sign-in that is under way or stands; says whether somebody is signed in. */
  resume(): Promise<boolean>;
  /** A token; renewed where it is about to end or was refused. Null if the user has to sign in. */
  token(isRefused: boolean): Promise<string | null>;
  /** Leaves the page to sign in. */
  start(): Promise<void>;
  /** Signs in anew without leaving the page, so that nothing typed is lost. False if that is not possible. */
  again(): Promise<boolean>;
  signOut(): Promise<void>;
}

/** Why a sign-in did not come about. */
export type SignInProblem =
  /** An answer that belongs to no sign-in of this tab. */
  | "unknown"
  /** Cancelled, or not allowed. */
  | "denied"
  /** The code is too old, or was used before. */
  | "used"
  /** The window was closed. */
  | "unfinished"
  /** The issuer cannot be reached. */
  | "unreachable"
  /** The issuer says why. */
  | "refused";

export class SignInFailure extends Error {
  constructor(
    readonly problem: SignInProblem,
    /** What the issuer said. */
    readonly detail = "",
  ) {
    super(detail || problem);
  }
}

/** A failed sign-in as a sentence. */
export function signInWords({ failed, problems }: Texts["signIn"], error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  const isNamed = error instanceof SignInFailure && error.problem !== "refused";
  const detail = isNamed ? problems[error.problem as keyof typeof problems] : said;
  return failed.replace("{detail}", () => detail);
}

/** The path of the page as it is registered at the issuer: with a slash at its end. */
export function canonicalPath(): string {
  return location.pathname.replace(/\/*$/, "/");
}

/** Names of what is kept for this tab. Nothing is kept after it is closed, and there are no cookies. */
export const KEPT = { token: "privet.token", session: "privet.session", flow: "privet.flow" } as const;
