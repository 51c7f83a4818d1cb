// The custom element `<privet-admin>`, which the staff page hosts.

import { render } from "preact";
import { Tokens, type TokenSource } from "../api/token.js";
import { DEFAULT_DATES } from "../format/dates.js";
import { Format } from "../format/format.js";
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
  private signInAgain: (() => void) | null = null;
  private isDrawing = false;
  private readonly root = this.attachShadow({ mode: "open" });
  private readonly support = new Support(
    location.origin,
    new Tokens((isRefused) => this.source?.(isRefused) ?? null),
    () => this.dispatchEvent(new CustomEvent("privet-token-needed", { bubbles: true, composed: true })),
  );

  constructor() {
    super();
    this.root.adoptedStyleSheets = [sheet];
    this.support.subscribe(() => this.draw());
  }

  set token(token: string | TokenSource | null) {
    this.source = typeof token === "function" ? token : token ? () => token : null;
    this.support.api.tokens.forget();
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
          <AdminApp
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
    this.setAttribute("view", view);
    const event = new CustomEvent("privet-view", { detail: { view }, bubbles: true, composed: true });
    this.dispatchEvent(event);
  }
}

customElements.define("privet-admin", PrivetAdmin);
