// The token that requests carry. It is asked for again shortly before it expires, and once after the server refused it.
// All tokens are of one user: the first one's.

import { Failure } from "./failure.js";

/** Gives a token. `isRefused` says that the last one was refused, so that one from a cache does not help. */
export type TokenSource = (isRefused: boolean) => string | null | undefined | Promise<string | null | undefined>;

/** Seconds before its end at which a token is replaced. */
const EARLY = 30;

export class Tokens {
  private token: string | null = null;
  /** The token that the server refused last. */
  private refused: string | null = null;
  private asking: Promise<string | null> | null = null;
  /** The user of the tokens; null until there was a token that can be read. */
  private user: string | null = null;
  private isOver = false;
  private isNewSource = true;

  /**
   * `otherUser` is told once when the source gives a token of another user, and whether it was the first one of a source.
   * From then on there is no token here: what was typed by one user is not sent as another.
   */
  constructor(
    private source: TokenSource,
    private readonly otherUser: (isFirstOfSource: boolean) => void,
  ) {}

  /** Takes another source, and asks it at the next request. What the one before still gives does not count. */
  setSource(source: TokenSource): void {
    this.source = source;
    this.token = null;
    this.asking = null;
    this.isNewSource = true;
  }

  /** The token to send now, empty if there is none. Fails with `other_user` once there was another user's. */
  async current(): Promise<string> {
    if (this.isOver) throw new Failure("other_user");
    if (this.token && !endsWithin(this.token, EARLY)) return this.token;
    return (await this.ask(false)) ?? "";
  }

  /** Whether this is the present token, and the server did not refuse it. */
  isGood(token: string): boolean {
    return token === this.token && token !== this.refused;
  }

  /** Asks for another token after the server refused this one; says whether there is one. */
  async replace(refused: string): Promise<boolean> {
    this.refused = refused;
    // Another request may have replaced it meanwhile, or is about to.
    const present = (await this.asking) ?? this.token;
    if (present && present !== refused) return true;
    const next = await this.ask(true);
    return !!next && next !== refused;
  }

  private ask(isRefused: boolean): Promise<string | null> {
    if (this.asking) return this.asking;
    const asking: Promise<string | null> = given(this.source, isRefused).then((token) => {
      if (this.asking !== asking) return this.ask(false);
      this.asking = null;
      return this.take(token);
    });
    this.asking = asking;
    return asking;
  }

  private take(token: string | null): string | null {
    const user = token === null ? null : userOf(token);
    const isOther = this.user !== null && user !== null && user !== this.user;
    if (isOther) {
      const isFirst = this.isNewSource;
      this.token = null;
      if (!this.isOver) {
        this.isOver = true;
        this.otherUser(isFirst);
      }
      throw new Failure("other_user");
    }
    this.user ??= user;
    // The source had none in between: it has reasons to give this one again.
    if (this.token === null && token === this.refused) this.refused = null;
    this.token = token;
    this.isNewSource = false;
    return token;
  }
}

/** What the source gives; null also if it fails. */
async function given(source: TokenSource, isRefused: boolean): Promise<string | null> {
  try {
    return (await source(isRefused)) || null;
  } catch {
    return null;
  }
}

/** The user of a token; null if it cannot be read. */
export function userOf(token: string): string | null {
  const subject = claim(token, "sub");
  return typeof subject === "string" ? subject.toLowerCase() : null;
}

/** A claim of a token, unverified: the server decides. */
export function claim(token: string, name: string): unknown {
  try {
    const part = token.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (it) => it.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes))[name];
  } catch {
    return undefined;
  }
}

/** Whether the token ends within so many seconds. A token that cannot be read never does. */
export function endsWithin(token: string, seconds: number): boolean {
  const end = claim(token, "exp");
  return typeof end === "number" && end - Date.now() / 1000 < seconds;
}
