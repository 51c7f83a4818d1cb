// How people sign in on the pages that Privet serves.

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

/** Names of what is kept for this tab. Nothing is kept after it is closed, and there are no cookies. */
export const KEPT = { token: "privet.token", session: "privet.session", flow: "privet.flow" } as const;
