// The custom element `<privet-admin>`, which the staff page hosts.

import { render } from "preact";
import { Tokens, type TokenSource } from "../api/token.js";
import { DEFAULT_DATES } from "../format/dates.js";
import { Format } from "../format/format.js";
import { OtherUser, type OtherUserNotice } from "../parts/other_user.js";
import { WordsContext } from "../parts/ui.js";
import css from "../styles/centre.css?inline";
import { languageFor } from "../texts/index.js";
import { ADMIN_VIEWS, AdminApp, type AdminView } from "./admin_app.js";
import { Support } from "./support.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export class PrivetAdmin extends HTMLElement {
  static readonly observedAttributes = ["view"];

  private source: TokenSource | null = null;
  private readonly asked: TokenSource = (isRefused) => this.source?.(isRefused) ?? null;
  private signInAgain: (() => void) | null = null;
  private isDrawing = false;
  private readonly root = this.attachShadow({ mode: "open" });
  private visit = 0;
  private notice: OtherUserNotice = "none";
  private support = this.newSupport();

  constructor() {
    super();
    this.root.adoptedStyleSheets = [sheet];
  }

  set token(token: string | TokenSource | null) {
    this.source = typeof token === "function" ? token : token ? () => token : null;
    this.support.api.tokens.setSource(this.asked);
    if (this.source) void this.support.start();
  }

  set signIn(signIn: (() => void) | null) {
    this.signInAgain = signIn;
    this.draw();
  }

  connectedCallback(): void {
    this.draw();
  }

  disconnectedCallback(): void {
    render(null, this.root);
  }

  attributeChangedCallback(): void {
    this.draw();
  }

  private newSupport(): Support {
    const support: Support = new Support(
      location.origin,
      new Tokens(this.asked, () => this.changeUser()),
      () => this.dispatchEvent(new CustomEvent("privet-token-needed", { bubbles: true, composed: true })),
    );
    support.subscribe(() => this.draw());
    return support;
  }

  /** Begins anew for another member of the staff: whom one looked at, and why, is not the other's. */
  private changeUser(): void {
    this.visit++;
    this.notice = this.root.activeElement ? "focused" : "shown";
    this.support = this.newSupport();
    void this.support.start();
    this.draw();
  }

  /** Draws once for all changes of this turn. */
  private draw(): void {
    if (this.isDrawing) return;
    this.isDrawing = true;
    queueMicrotask(() => {
      this.isDrawing = false;
      if (this.isConnected) this.drawNow();
    });
  }

  private drawNow(): void {
    const language = languageFor(navigator.languages);
    const words = { t: language.texts, format: new Format(language.texts, language.tag, DEFAULT_DATES) };
    render(
      <WordsContext.Provider value={words}>
        <div class="centre" lang={language.tag} dir={language.direction} data-theme="system">
          <OtherUser key={`notice-${this.visit}`} notice={this.notice} />
          <AdminApp
            key={`app-${this.visit}`}
            support={this.support}
            view={this.view()}
            go={(view) => this.go(view)}
            signIn={this.signInAgain}
          />
        </div>
      </WordsContext.Provider>,
      this.root,
    );
  }

  private view(): AdminView {
    const view = this.getAttribute("view");
    return ADMIN_VIEWS.find((it) => it === view) ?? "person";
  }

  private go(view: AdminView): void {
    this.notice = "none";
    this.setAttribute("view", view);
    const event = new CustomEvent("privet-view", { detail: { view }, bubbles: true, composed: true });
    this.dispatchEvent(event);
  }
}

customElements.define("privet-admin", PrivetAdmin);
