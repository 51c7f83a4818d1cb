// The token that requests carry. It is asked for again shortly before it expires, and once after the server refused it.

/** Gives a token. `isRefused` says that the last one was refused, so that one from a cache does not help. */
export type TokenSource = (isRefused: boolean) => string | null | undefined | Promise<string | null | undefined>;

/** Seconds before its end at which a token is replaced. */
const EARLY = 30;

export class Tokens {
  private token: string | null = null;
  private asking: Promise<string | null> | null = null;

  constructor(private source: TokenSource) {}

  /** Takes another source, and asks it at the next request. */
  setSource(source: TokenSource): void {
    this.source = source;
    this.token = null;
  }

  /** Asks the source at the next request, whatever it gave before. */
  forget(): void {
    this.token = null;
  }

  /** The token to send now, empty if there is none. */
  async current(): Promise<string> {
    if (this.token && !endsWithin(this.token, EARLY)) return this.token;
    return (await this.ask(false)) ?? "";
  }

  /** Asks for another token after the server refused the last one; says whether there is one. */
  async replace(): Promise<boolean> {
    const refused = this.token;
    const next = await this.ask(true);
    return !!next && next !== refused;
  }

  private ask(isRefused: boolean): Promise<string | null> {
    this.asking ??= Promise.resolve(this.source(isRefused))
      .then((token) => (this.token = token || null))
      .catch(() => null)
      .finally(() => (this.asking = null));
    return this.asking;
  }
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
