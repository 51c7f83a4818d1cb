// Sign-in by OpenID Connect: authorization code with PKCE (oauth4webapi), renewal by refresh token or in a hidden frame.

import * as oauth from "oauth4webapi";
import { endsWithin } from "../api/token.js";
import type { PageSettings } from "./settings.js";
import { KEPT, type SignIn } from "./sign_in.js";

/** What a sign-in gave. */
interface Session {
  token: string;
  refresh: string | null;
  id: string | null;
}

/** What has to be remembered until the issuer sends the user back. */
interface Flow {
  state: string;
  nonce: string;
  verifier: string;
  /** The view that was shown. */
  hash: string;
}

/** Where the issuer's answer is read: here, in a window, or in a hidden frame. The state begins with it. */
type Place = "page" | "window" | "frame";

/** Milliseconds that a renewal in a hidden frame may take. */
const FRAME_PATIENCE = 10_000;
const CHANNEL = "privet-sign-in";

export class OidcSignIn implements SignIn {
  private readonly client: oauth.Client;
  private readonly issuer: URL;
  private server: oauth.AuthorizationServer | null = null;
  private session: Session | null = read<Session>(KEPT.session);

  constructor(
    private readonly settings: PageSettings,
    private readonly scopes: string[],
    private readonly redirect = location.origin + location.pathname,
  ) {
    this.client = { client_id: settings.clientId };
    this.issuer = new URL(settings.issuer);
  }

  /** Whether this page was opened by another one of ours to carry the issuer's answer; it hands it over. */
  static handOver(): boolean {
    const state = new URLSearchParams(location.search).get("state") ?? "";
    if (!/^(window|frame)\./.test(state)) return false;
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage(location.href);
    channel.close();
    if (state.startsWith("window.")) window.close();
    return true;
  }

  async resume(): Promise<boolean> {
    const address = new URL(location.href);
    const flow = read<Flow>(KEPT.flow);
    if (flow && address.searchParams.has("state")) {
      sessionStorage.removeItem(KEPT.flow);
      history.replaceState(null, "", location.pathname + flow.hash);
      await this.finish(address, flow);
    }
    return this.session !== null;
  }

  async token(isRefused: boolean): Promise<string | null> {
    const { session } = this;
    if (!session) return null;
    if (!isRefused && !endsWithin(session.token, 30)) return session.token;
    try {
      if (session.refresh) await this.refresh(session.refresh);
      else await this.inFrame();
      return this.session?.token ?? null;
    } catch (error) {
      // The issuer cannot be reached: what there is may still do.
      return error instanceof TypeError && !isRefused && !endsWithin(session.token, 0) ? session.token : null;
    }
  }

  async start(): Promise<void> {
    const { address, flow } = await this.request("page");
    sessionStorage.setItem(KEPT.flow, JSON.stringify(flow));
    location.assign(address);
  }

  async again(): Promise<boolean> {
    // Opened at once, while the browser still counts it as the user's doing.
    const opened = window.open("", "privet-sign-in", "popup,width=520,height=680");
    if (!opened) return false;
    const { address, flow } = await this.request("window");
    opened.location.replace(address);
    await this.finish(await answerTo(flow.state, () => opened.closed), flow);
    return true;
  }

  async signOut(): Promise<void> {
    const { session } = this;
    this.keep(null);
    const server = await this.discover().catch(() => null);
    if (server?.revocation_endpoint && session?.refresh) {
      await oauth
        .revocationRequest(server, this.client, oauth.None(), session.refresh, this.insecure())
        .catch(() => undefined);
    }
    if (!server?.end_session_endpoint) return;
    const address = new URL(server.end_session_endpoint);
    address.searchParams.set("client_id", this.client.client_id);
    address.searchParams.set("post_logout_redirect_uri", this.redirect);
    if (session?.id) address.searchParams.set("id_token_hint", session.id);
    location.assign(address);
    // Nothing more is shown: the page is being left.
    await new Promise(() => undefined);
  }

  private async request(place: Place): Promise<{ address: string; flow: Flow }> {
    const server = await this.discover();
    const verifier = oauth.generateRandomCodeVerifier();
    const flow: Flow = {
      state: `${place}.${oauth.generateRandomState()}`,
      nonce: oauth.generateRandomNonce(),
      verifier,
      hash: location.hash,
    };
    const address = new URL(server.authorization_endpoint ?? "");
    const offline = server.scopes_supported?.includes("offline_access") ? ["offline_access"] : [];
    const wanted: Record<string, string> = {
      client_id: this.client.client_id,
      redirect_uri: this.redirect,
      response_type: "code",
      scope: ["openid", ...offline, ...this.scopes].join(" "),
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state: flow.state,
      nonce: flow.nonce,
      ...this.resource(),
      ...(place === "frame" ? { prompt: "none" } : {}),
    };
    for (const [name, value] of Object.entries(wanted)) address.searchParams.set(name, value);
    return { address: address.href, flow };
  }

  private async finish(address: URL, flow: Flow): Promise<void> {
    const server = await this.discover();
    const answer = oauth.validateAuthResponse(server, this.client, address, flow.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      this.client,
      oauth.None(),
      answer,
      this.redirect,
      flow.verifier,
      { ...this.insecure(), additionalParameters: this.resource() },
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, this.client, response, {
      expectedNonce: flow.nonce,
      requireIdToken: true,
    });
    this.keep(tokens);
  }

  private async refresh(refresh: string): Promise<void> {
    const server = await this.discover();
    const options = { ...this.insecure(), additionalParameters: this.resource() };
    const response = await oauth.refreshTokenGrantRequest(server, this.client, oauth.None(), refresh, options);
    this.keep(await oauth.processRefreshTokenResponse(server, this.client, response));
  }

  private async inFrame(): Promise<void> {
    const { address, flow } = await this.request("frame");
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.src = address;
    document.body.append(frame);
    const end = Date.now() + FRAME_PATIENCE;
    try {
      await this.finish(await answerTo(flow.state, () => Date.now() > end), flow);
    } finally {
      frame.remove();
    }
  }

  private keep(tokens: oauth.TokenEndpointResponse | null): void {
    this.session = tokens && {
      token: tokens.access_token,
      refresh: tokens.refresh_token ?? this.session?.refresh ?? null,
      id: tokens.id_token ?? this.session?.id ?? null,
    };
    if (this.session) sessionStorage.setItem(KEPT.session, JSON.stringify(this.session));
    else sessionStorage.removeItem(KEPT.session);
  }

  private async discover(): Promise<oauth.AuthorizationServer> {
    if (this.server) return this.server;
    const response = await oauth.discoveryRequest(this.issuer, { algorithm: "oidc", ...this.insecure() });
    this.server = await oauth.processDiscoveryResponse(this.issuer, response);
    return this.server;
  }

  /** RFC 8707: the service that the token is for, where it is named by an address. */
  private resource(): Record<string, string> {
    return /^[a-z][a-z0-9+.-]*:/i.test(this.settings.audience) ? { resource: this.settings.audience } : {};
  }

  /** An issuer without TLS is taken on this machine only. */
  private insecure(): { [oauth.allowInsecureRequests]?: boolean } {
    const { protocol, hostname } = this.issuer;
    const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
    return protocol === "http:" && isLoopback ? { [oauth.allowInsecureRequests]: true } : {};
  }
}

/** The address with the issuer's answer that another page of ours hands over; fails once it can come no more. */
function answerTo(state: string, isOver: () => boolean): Promise<URL> {
  return new Promise((resolve, reject) => {
    const channel = new BroadcastChannel(CHANNEL);
    const done = () => {
      channel.close();
      clearInterval(timer);
    };
    channel.onmessage = (event) => {
      const address = new URL(String(event.data));
      if (address.searchParams.get("state") !== state) return;
      done();
      resolve(address);
    };
    // The window closes itself after it has handed over; the message may come a moment later.
    let left = 4;
    const timer = setInterval(() => {
      if (!isOver() || --left > 0) return;
      done();
      reject(new Error("the sign-in was not finished"));
    }, 250);
  });
}

function read<Kept>(name: string): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}
