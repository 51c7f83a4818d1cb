// The custom element `<privet-centre>`.

import { render } from "preact";
import { Tokens, type TokenSource } from "./api/token.js";
import { DEFAULT_DATES, type DateFormat } from "./format/dates.js";
import { Format } from "./format/format.js";
import { Centre, type CentreEvent } from "./model/centre.js";
import type { ChoosePerson, ResolvePeople } from "./model/people.js";
import { OtherUser, type OtherUserNotice } from "./parts/other_user.js";
import { UiContext, WordsContext } from "./parts/ui.js";
import css from "./styles/centre.css?inline";
import { languageFor, type Language } from "./texts/index.js";
import { App, VIEWS, type View } from "./views/app.js";

export type { TokenSource } from "./api/token.js";
export type { ChoosePerson, Person, ResolvePeople } from "./model/people.js";
export type { View } from "./views/app.js";

/** Properties that a product sets. */
const PROPERTIES = ["token", "people", "choosePerson", "profile", "signIn"] as const;

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

/**
 * The privacy centre.
 *
 * Attributes: `server` (Privet's address; the page's own by default), `lang`, `theme` (`light`, `dark`, `system`),
 * `view` (`settings`, `people`, `as`, `preferences`, `history`, `data`), `token` (for a first try; prefer the property).
 *
 * Events, all of which bubble: `privet-change` `{setting, value}`, `privet-relationship` `{what, person}`,
 * `privet-failure` `{kind, status, detail}`, `privet-token-needed`, `privet-erased` `{receipt}`, `privet-view` `{view}`,
 * `privet-theme` `{theme}`, `privet-language` `{language, direction}`.
 */
export class PrivetCentre extends HTMLElement {
  static readonly observedAttributes = ["server", "lang", "theme", "view", "token"];

  private centre: Centre | null = null;
  private source: TokenSource | null = null;
  private resolve: ResolvePeople | null = null;
  private choose: ChoosePerson | null = null;
  private ownProfile: Record<string, unknown> | null = null;
  private signInAgain: (() => void) | null = null;
  private receipt: string | null = null;
  /** Whether the profile was given after the last token. */
  private isProfileNew = false;
  /** Counts users and servers: what was typed for one is not kept for the next. */
  private visit = 0;
  private notice: OtherUserNotice = "none";
  private isDrawing = false;
  private told = { theme: "", language: "" };
  private readonly root = this.attachShadow({ mode: "open" });

  constructor() {
    super();
    this.root.adoptedStyleSheets = [sheet];
  }

  /** The token, or a function that gives it; asked again when it is about to expire, and after one was refused. */
  set token(token: string | TokenSource | null) {
    this.source = typeof token === "function" ? token : token ? () => token : null;
    this.isProfileNew = false;
    if (this.centre) {
      this.centre.api.tokens.setSource(this.asked);
      if (this.source) void this.centre.start();
    } else this.begin();
  }

  /** Turns ids into names and pictures. */
  set people(people: ResolvePeople | null) {
    this.resolve = people;
    this.centre?.people.reset(people);
    this.draw();
  }

  /** Lets the user choose a person by the product's own means. */
  set choosePerson(choose: ChoosePerson | null) {
    this.choose = choose;
    this.draw();
  }

  /** The user's profile as the product keeps it, for "view as". */
  set profile(profile: Record<string, unknown> | null) {
    this.ownProfile = profile;
    this.isProfileNew = true;
    this.draw();
  }

  /** Has the user sign in again; a button calls it when the sign-in has ended. */
  set signIn(signIn: (() => void) | null) {
    this.signInAgain = signIn;
    this.draw();
  }

  connectedCallback(): void {
    // What was set before the script had loaded hides the property of that name.
    for (const name of PROPERTIES) {
      if (!Object.hasOwn(this, name)) continue;
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
    this.begin();
  }

  disconnectedCallback(): void {
    // An element that is moved is taken out and put back at once: what was typed stays.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.centre?.stop();
      this.centre = null;
      render(null, this.root);
    });
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) return;
    if (name === "server" && this.centre) {
      this.centre.stop();
      this.centre = null;
      this.receipt = null;
      this.visit++;
      this.begin();
    } else if (name === "token") {
      this.token = this.getAttribute("token");
    } else this.draw();
  }

  private readonly asked: TokenSource = (isRefused) => this.source?.(isRefused) ?? null;

  private begin(): void {
    if (this.centre || !this.isConnected || !this.source) return;
    const server = (this.getAttribute("server") ?? "").replace(/\/$/, "") || location.origin;
    const centre: Centre = new Centre(
      server,
      new Tokens(this.asked, (isFirstOfSource) => this.changeUser(centre, isFirstOfSource)),
      (event) => this.centre === centre && this.tell(event),
      () => this.language().texts.saved,
    );
    centre.people.resolve = this.resolve;
    centre.subscribe(() => this.draw());
    this.centre = centre;
    void centre.start();
  }

  /** Begins anew for another user, with nothing of the one before: no data, no typed text, no change that waits. */
  private changeUser(centre: Centre, isFirstOfSource: boolean): void {
    centre.stop();
    if (this.centre !== centre) return;
    this.centre = null;
    this.receipt = null;
    if (!isFirstOfSource || !this.isProfileNew) this.ownProfile = null;
    this.visit++;
    this.notice = this.root.activeElement ? "focused" : "shown";
    this.begin();
  }

  /** Draws once for all changes of this turn. */
  private draw(): void {
    if (this.isDrawing) return;
    this.isDrawing = true;
    queueMicrotask(() => {
      this.isDrawing = false;
      if (this.centre && this.isConnected) this.drawNow(this.centre);
    });
  }

  private drawNow(centre: Centre): void {
    const language = this.language();
    const format = new Format(language.texts, language.tag, this.dates());
    this.show(language);
    const ui = {
      centre,
      format,
      t: language.texts,
      choosePerson: this.choose,
      profile: this.ownProfile,
      signIn: this.signInAgain,
    };
    render(
      <WordsContext.Provider value={ui}>
        <UiContext.Provider value={ui}>
          <div class="centre" part="centre" lang={language.tag} dir={language.direction} data-theme={this.theme()}>
            <OtherUser key={`notice-${this.visit}`} notice={this.notice} />
            <App key={`app-${this.visit}`} view={this.view()} go={(view) => this.go(view)} receipt={this.receipt} />
          </div>
        </UiContext.Provider>
      </WordsContext.Provider>,
      this.root,
    );
  }

  /** Tells the page the theme and the language, so that what stands around the element can follow. */
  private show(language: Language): void {
    const theme = this.theme();
    if (this.told.theme !== theme) this.dispatch("theme", { theme });
    if (this.told.language !== language.tag) {
      this.dispatch("language", { language: language.tag, direction: language.direction });
    }
    this.told = { theme, language: language.tag };
  }

  private view(): View {
    const view = this.getAttribute("view");
    return VIEWS.find((it) => it === view) ?? "settings";
  }

  private go(view: View): void {
    this.notice = "none";
    this.setAttribute("view", view);
    this.dispatch("view", { view });
  }

  /** The attribute, else the preference where the user chose one, else the page's and the browser's languages. */
  private language(): Language {
    const preferred = this.preference("locale.language");
    const isChosen = this.centre?.settings.byName.get("preferences.locale.language")?.source !== "default";
    const own = this.getAttribute("lang");
    const wanted = [own, isChosen ? preferred : null, document.documentElement.lang, ...navigator.languages, preferred];
    return languageFor(wanted.filter((tag): tag is string => typeof tag === "string" && tag !== ""));
  }

  private theme(): string {
    const theme = this.getAttribute("theme") ?? this.preference("theme.mode");
    return theme === "light" || theme === "dark" ? theme : "system";
  }

  private dates(): DateFormat {
    const text = (name: string, otherwise: string) => {
      const value = this.preference(name);
      return typeof value === "string" ? value : otherwise;
    };
    return {
      timezone: text("locale.timezone", DEFAULT_DATES.timezone),
      dateFormat: text("locale.date_format", DEFAULT_DATES.dateFormat),
      timeFormat: text("locale.time_format", DEFAULT_DATES.timeFormat),
    };
  }

  private preference(name: string): unknown {
    return this.centre?.settings.value(`preferences.${name}`);
  }

  private tell(event: CentreEvent): void {
    const { type, ...detail } = event;
    if (event.type === "erased") this.receipt = event.receipt ?? this.receipt;
    if (event.type === "failure") {
      const { kind, status, detail: said } = event.failure;
      this.dispatch("failure", { kind, status, detail: said });
    } else this.dispatch(type, detail);
  }

  private dispatch(name: string, detail: Record<string, unknown>): void {
    this.dispatchEvent(new CustomEvent(`privet-${name}`, { detail, bubbles: true, composed: true }));
  }
}

if (!customElements.get("privet-centre")) customElements.define("privet-centre", PrivetCentre);
