// Sign-in on a development key: with a token in the address, or one that is pasted.

import { claim, endsWithin } from "../api/token.js";
import { KEPT, type SignIn } from "./sign_in.js";

export class DevelopmentSignIn implements SignIn {
  private pasted: ((token: string) => void) | null = null;

  /**
   * `ask` shows a form for a token on the page, which answers to `use`. Unless the key is one for development, a link
   * signs nobody in: it may come from anybody.
   */
  constructor(
    private readonly ask: () => void,
    private readonly isDevelopment: boolean,
  ) {}

  async resume(): Promise<boolean> {
    this.takeLink();
    return (await this.token(false)) !== null;
  }

  /** Takes the token of a link; says whether there was one. */
  takeLink(): boolean {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (!token) return false;
    // The token must not stay in the address, which is shown, copied and kept in the history.
    history.replaceState(null, "", location.pathname + location.search);
    if (this.isDevelopment) sessionStorage.setItem(KEPT.token, token);
    return this.isDevelopment;
  }

  async token(isRefused: boolean): Promise<string | null> {
    const token = sessionStorage.getItem(KEPT.token);
    return token && !isRefused && !endsWithin(token, 0) ? token : null;
  }

  async start(): Promise<void> {
    this.ask();
  }

  again(): Promise<boolean> {
    this.ask();
    return new Promise((resolve) => (this.pasted = () => resolve(true)));
  }

  /** Takes a token that was pasted; says whether it looks like one. */
  use(token: string): boolean {
    const text = token.trim();
    if (claim(text, "sub") === undefined) return false;
    sessionStorage.setItem(KEPT.token, text);
    this.pasted?.(text);
    return true;
  }

  async signOut(): Promise<void> {
    sessionStorage.removeItem(KEPT.token);
  }
}
