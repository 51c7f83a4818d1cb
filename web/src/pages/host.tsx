// A page that Privet serves: signs people in, and hosts an element that does the rest.

import { render } from "preact";
import type { TokenSource } from "../api/token.js";
import { languageFor } from "../texts/index.js";
import type { Texts } from "../texts/en.js";
import { DevelopmentSignIn } from "./development_sign_in.js";
import { OidcSignIn } from "./oidc_sign_in.js";
import { pageSettings } from "./settings.js";
import { canonicalPath, signInWords, type SignIn } from "./sign_in.js";
import { SignInBox, TokenForm } from "./sign_in_box.js";

/** An element that the page hosts. */
export interface Hosted extends HTMLElement {
  token: string | TokenSource | null;
  signIn: (() => void) | null;
}

export interface HostOptions {
  element: () => Hosted;
  /** The scopes that the page needs besides a sign-in. */
  scopes: string[];
  title: (t: Texts) => string;
  about: (t: Texts) => string;
  /** The views that the address may name, as `#people`. */
  views: readonly string[];
}

export async function host(options: HostOptions): Promise<void> {
  if (await OidcSignIn.handOver()) return;
  // The address without the slash shows the same page, but the issuer knows this one.
  if (location.pathname !== canonicalPath()) {
    history.replaceState(null, "", canonicalPath() + location.search + location.hash);
  }
  await new Host(options).begin();
}

class Host {
  private readonly settings = pageSettings();
  private readonly main = document.querySelector("main") as HTMLElement;
  private readonly kind: "oidc" | "token" | "none";
  private readonly signIn: SignIn;
  private t = languageFor(navigator.languages).texts;
  private element: Hosted | null = null;
  private problem = "";

  constructor(private readonly options: HostOptions) {
    const { issuer, isDevelopment } = this.settings;
    this.kind = issuer ? "oidc" : isDevelopment ? "token" : "none";
    this.signIn =
      this.kind === "oidc"
        ? new OidcSignIn(this.settings, options.scopes)
        : new DevelopmentSignIn(() => this.askToken(), isDevelopment);
  }

  async begin(): Promise<void> {
    const language = languageFor(navigator.languages);
    this.speak(language.tag, language.direction);
    document.addEventListener("privet-theme", (event) => {
      document.documentElement.dataset["theme"] = (event as CustomEvent<{ theme: string }>).detail.theme;
    });
    document.addEventListener("privet-language", (event) => {
      const { language, direction } = (event as CustomEvent<{ language: string; direction: string }>).detail;
      this.speak(language, direction);
    });
    document.addEventListener("privet-view", (event) => {
      const { view } = (event as CustomEvent<{ view: string }>).detail;
      if (location.hash !== `#${view}`) history.pushState(null, "", `#${view}`);
    });
    window.addEventListener("popstate", () => this.showView());
    window.addEventListener("hashchange", () => this.followLink());
    document.addEventListener("privet-erased", () => void this.forget());
    try {
      if (await this.signIn.resume()) return this.showElement();
    } catch (error) {
      this.problem = signInWords(this.t.signIn, error);
      // Whoever was signed in still is; the answer is gone from the address.
      if (await this.signIn.resume().catch(() => false)) {
        this.showElement();
        return this.say(this.problem);
      }
    }
    this.showBox();
  }

  private speak(language: string, direction: string): void {
    const { documentElement } = document;
    this.t = languageFor([language]).texts;
    documentElement.lang = language;
    documentElement.dir = direction;
    document.title = this.options.title(this.t);
    const heading = document.querySelector("h1");
    if (heading) heading.textContent = this.options.title(this.t);
    this.drawAccount();
  }

  private showBox(): void {
    const { t, kind, problem } = this;
    this.element?.remove();
    this.element = null;
    this.drawAccount();
    render(
      <SignInBox
        t={t}
        about={this.options.about(t)}
        kind={kind}
        problem={problem}
        signIn={() => void this.leave()}
        useToken={(token) => this.useToken(token)}
      />,
      this.main,
    );
  }

  private async leave(): Promise<void> {
    try {
      await this.signIn.start();
    } catch (error) {
      this.problem = signInWords(this.t.signIn, error);
      this.showBox();
    }
  }

  private showElement(): void {
    render(null, this.main);
    const element = this.options.element();
    this.element = element;
    this.showView();
    element.signIn = this.kind === "none" ? null : () => void this.again();
    element.token = (isRefused) => this.signIn.token(isRefused);
    this.main.append(element);
    this.drawAccount();
  }

  /** A link to a view, or with a token, may be opened while the page is shown. */
  private followLink(): void {
    if (!(this.signIn instanceof DevelopmentSignIn) || !this.signIn.takeLink()) return this.showView();
    this.say("");
    if (this.element) this.element.token = (isRefused) => this.signIn.token(isRefused);
    else this.showElement();
  }

  private showView(): void {
    const view = location.hash.slice(1);
    if (!this.element) return;
    if (this.options.views.includes(view)) this.element.setAttribute("view", view);
    else if (view === "") this.element.removeAttribute("view");
  }

  /** Signs in again beside the page, which stays as it is. */
  private async again(): Promise<void> {
    const { element } = this;
    try {
      if (!(await this.signIn.again())) return this.say(this.t.signIn.popup);
      this.say("");
      if (element) element.token = (isRefused) => this.signIn.token(isRefused);
    } catch (error) {
      this.say(signInWords(this.t.signIn, error));
    }
  }

  private askToken(): void {
    render(<TokenForm t={this.t} useToken={(token) => this.useToken(token)} />, this.box());
    this.box().querySelector("input")?.focus();
  }

  private useToken(token: string): boolean {
    if (!(this.signIn instanceof DevelopmentSignIn) || !this.signIn.use(token)) return false;
    if (this.element) render(null, this.box());
    else this.showElement();
    // The form that had the focus is gone.
    const heading = document.querySelector("h1");
    if (heading) heading.tabIndex = -1;
    heading?.focus();
    return true;
  }

  private say(text: string): void {
    render(text ? <p class="problem" role="alert">{text}</p> : null, this.box());
  }

  /** A place above the element. */
  private box(): HTMLElement {
    const found = document.getElementById("beside");
    if (found) return found;
    const box = document.createElement("div");
    box.id = "beside";
    box.className = "sign-in";
    this.main.before(box);
    return box;
  }

  private drawAccount(): void {
    const account = document.getElementById("account");
    if (!account) return;
    render(
      this.element ? (
        <button type="button" onClick={() => void this.signOut()}>
          {this.t.signIn.signOut}
        </button>
      ) : null,
      account,
    );
  }

  private async signOut(): Promise<void> {
    this.problem = "";
    history.replaceState(null, "", location.pathname);
    // At once: the browser may keep the page as it was left, and show it again to somebody else.
    this.showBox();
    this.say("");
    this.main.querySelector<HTMLElement>("button, input")?.focus();
    await this.signIn.signOut();
  }

  /** The account is gone: its token is of no use, and what the page says of it stays. */
  private async forget(): Promise<void> {
    if (this.signIn instanceof DevelopmentSignIn) await this.signIn.signOut();
  }
}
