// What the server tells its pages, in `<meta>` elements.

export interface PageSettings {
  /** The issuer of OpenID Connect; empty if there is none. */
  issuer: string;
  clientId: string;
  /** The audience that tokens must have; empty for any. */
  audience: string;
  /** Whether the server runs on a development key, so that a token can be pasted. */
  isDevelopment: boolean;
}

export function pageSettings(): PageSettings {
  return {
    issuer: meta("issuer"),
    clientId: meta("client-id"),
    audience: meta("audience"),
    isDevelopment: meta("development") === "true",
  };
}

function meta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="privet-${name}"]`)?.content ?? "";
}
