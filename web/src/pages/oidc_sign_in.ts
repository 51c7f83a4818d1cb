// Sign-in by OpenID Connect: authorization code with PKCE (oauth4webapi), renewal by refresh token or in a hidden frame.

import * as oauth from "oauth4webapi";
import { endsWithin } from "../api/token.js";
import type { PageSettings } from "./settings.js";
import { canonicalPath, KEPT, SignInFailure, type SignIn, type SignInProblem } from "./sign_in.js";

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
  /** The query and the view that were shown. */
  shown: string;
}

/** Where the issuer's answer is read: here, in a window, or in a hidden frame. The state begins with it. */
type Place = "page" | "window" | "frame";

/** Milliseconds that a renewal in a hidden frame may take. */
const FRAME_PATIENCE = 10_000;
/** Milliseconds within which the page that asked takes an answer. */
const HAND_OVER_PATIENCE = 2_000;
const CHANNEL = "privet-sign-in";
/** Names in the query of an issuer's answer. */
const ANSWER = ["state", "code", "error", "error_description", "error_uri", "iss", "session_state"];

export class OidcSignIn implements SignIn {
  private readonly client: oauth.Client;
  private readonly issuer: URL;
  private server: oauth.AuthorizationServer | null = null;
  /** The window in which the user signs in again, and the end of it. */
  private opened: Window | null = null;
  private signingIn: Promise<boolean> | null = null;
  private renewing: Promise<void> | null = null;
  private session: Session | null = read<Session>(KEPT.session);

  constructor(
    private readonly settings: PageSettings,
    private readonly scopes: string[],
    private readonly redirect = location.origin + canonicalPath(),
  ) {
    this.client = { client_id: settings.clientId };
    this.issuer = new URL(settings.issuer);
  }

  /**
   * Hands the issuer's answer to the page that asked for it from this window or frame, and says whether one took it.
   * An answer that nobody asked for is not taken.
   */
  static async handOver(): Promise<boolean> {
    const state = new URLSearchParams(location.search).get("state") ?? "";
    if (!/^(window|frame)\./.test(state)) return false;
    const channel = new BroadcastChannel(CHANNEL);
    const taken = new Promise<boolean>((resolve) => {
      channel.onmessage = ({ data }: MessageEvent<Handed>) => data.taken === state && resolve(true);
      setTimeout(() => resolve(false), HAND_OVER_PATIENCE);
    });
    channel.postMessage({ answer: location.href } satisfies Handed);
    const isTaken = await taken;
    channel.close();
    if (isTaken && state.startsWith("window.")) window.close();
    return isTaken;
  }

  async resume(): Promise<boolean> {
    const address = new URL(location.href);
    if (["state", "code", "error"].some((name) => address.searchParams.has(name))) {
      const flow = read<Flow>(KEPT.flow);
      const isAsked = flow !== null && flow.state === address.searchParams.get("state");
      // Neither a code nor what a stranger wrote stays in the address.
      history.replaceState(null, "", canonicalPath() + (isAsked ? flow.shown : shown()));
      if (!isAsked) throw new SignInFailure("unknown");
      sessionStorage.removeItem(KEPT.flow);
      await this.finish(address, flow);
    }
    return this.session !== null;
  }

  async token(isRefused: boolean): Promise<string | null> {
    const { session } = this;
    if (!session) return null;
    if (!isRefused && !endsWithin(session.token, 30)) return session.token;
    try {
      // A refresh token may be good for one use only.
      this.renewing ??= this.renew(session).finally(() => (this.renewing = null));
      await this.renewing;
      return this.session?.token ?? null;
    } catch (error) {
      // The issuer cannot be reached: what there is may still do.
      const isGood = this.session === session && !isRefused && !endsWithin(session.token, 0);
      return isGood && isUnreachable(error) ? session.token : null;
    }
  }

  /** Renews by refresh token, else in a hidden frame. */
  private async renew(session: Session): Promise<void> {
    if (session.refresh) {
      try {
        return await this.refresh(session, session.refresh);
      } catch (error) {
        if (isUnreachable(error)) throw error;
      }
    }
    await this.inFrame(session);
  }

  async start(): Promise<void> {
    try {
      const { address, flow } = await this.request("page");
      sessionStorage.setItem(KEPT.flow, JSON.stringify(flow));
      location.assign(address);
    } catch (error) {
      throw toFailure(error);
    }
  }

  again(): Promise<boolean> {
    this.opened?.focus();
    this.signingIn ??= this.inWindow().finally(() => (this.signingIn = this.opened = null));
    return this.signingIn;
  }

  private async inWindow(): Promise<boolean> {
    // Opened at once, while the browser still counts it as the user's doing.
    const opened = window.open("", "privet-sign-in", "popup,width=520,height=680");
    if (!opened) return false;
    this.opened = opened;
    try {
      const { address, flow } = await this.request("window");
      opened.location.replace(address);
      await this.finish(await answerTo(flow.state, () => opened.closed), flow);
      return true;
    } catch (error) {
      opened.close();
      throw toFailure(error);
    }
  }

  async signOut(): Promise<void> {
    const { session } = this;
    this.keep(null, null);
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
      shown: shown(),
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
    try {
      this.keep(await this.exchange(address, flow), null);
    } catch (error) {
      throw toFailure(error);
    }
  }

  private async exchange(address: URL, flow: Flow): Promise<oauth.TokenEndpointResponse> {
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
    return oauth.processAuthorizationCodeResponse(server, this.client, response, {
      expectedNonce: flow.nonce,
      requireIdToken: true,
    });
  }

  private async refresh(before: Session, refresh: string): Promise<void> {
    const server = await this.discover();
    const options = { ...this.insecure(), additionalParameters: this.resource() };
    const response = await oauth.refreshTokenGrantRequest(server, this.client, oauth.None(), refresh, options);
    const tokens = await oauth.processRefreshTokenResponse(server, this.client, response);
    // The user may have signed out meanwhile.
    if (this.session === before) this.keep(tokens, before);
  }

  private async inFrame(before: Session): Promise<void> {
    const { address, flow } = await this.request("frame");
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.src = address;
    document.body.append(frame);
    const end = Date.now() + FRAME_PATIENCE;
    try {
      const tokens = await this.exchange(await answerTo(flow.state, () => Date.now() > end), flow);
      if (this.session === before) this.keep(tokens, null);
    } finally {
      frame.remove();
    }
  }

  /** Keeps tokens. What a renewal does not replace stays as it was before; what another sign-in gave does not. */
  private keep(tokens: oauth.TokenEndpointResponse | null, before: Session | null): void {
    this.session = tokens && {
      token: tokens.access_token,
      refresh: tokens.refresh_token ?? before?.refresh ?? null,
      id: tokens.id_token ?? before?.id ?? null,
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

/** What pages tell each other: an answer of the issuer, or the state of one that was taken. */
interface Handed {
  answer?: string;
  taken?: string;
}

/** Query and fragment of the page, without an answer of the issuer. */
function shown(): string {
  const address = new URL(location.href);
  for (const name of ANSWER) address.searchParams.delete(name);
  return address.search + address.hash;
}

function isUnreachable(error: unknown): boolean {
  return (toFailure(error) as { problem?: SignInProblem }).problem === "unreachable";
}

/** Why a sign-in failed, as far as there is a sentence for it. */
function toFailure(error: unknown): unknown {
  if (error instanceof oauth.AuthorizationResponseError) {
    if (error.error === "access_denied") return new SignInFailure("denied");
    return new SignInFailure("refused", error.error_description ?? error.error);
  }
  if (error instanceof oauth.ResponseBodyError) {
    if (error.error === "invalid_grant") return new SignInFailure("used");
    return new SignInFailure("refused", error.error_description ?? error.error);
  }
  const isOdd = error instanceof oauth.OperationProcessingError && error.code === oauth.RESPONSE_IS_NOT_CONFORM;
  return error instanceof TypeError || isOdd ? new SignInFailure("unreachable") : error;
}

/** The address with the issuer's answer that another page of ours hands over; fails once it can come no more. */
function answerTo(state: string, isOver: () => boolean): Promise<URL> {
  return new Promise((resolve, reject) => {
    const channel = new BroadcastChannel(CHANNEL);
    const done = () => {
      channel.close();
      clearInterval(timer);
    };
    channel.onmessage = ({ data }: MessageEvent<Handed>) => {
      if (data.answer === undefined) return;
      const address = new URL(data.answer);
      if (address.searchParams.get("state") !== state) return;
      channel.postMessage({ taken: state } satisfies Handed);
      done();
      resolve(address);
    };
    // The window closes itself after it has handed over; the message may come a moment later.
    let left = 4;
    const timer = setInterval(() => {
      if (!isOver() || --left > 0) return;
      done();
      reject(new SignInFailure("unfinished"));
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
