// An OpenID provider on this machine: oidc-provider, which is certified. Whoever gives a UUID as login is that user.

import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import Provider from "oidc-provider";
import { freePort } from "./privet.mjs";

export const AUDIENCE = "https://privet.example.com";
const SCOPES = "users:support users:classify users:import users:erase";

/** Starts a provider for the pages at `pages`. `lifetime` is that of access tokens, in seconds. */
export async function startIssuer({ pages, lifetime, hasRefreshTokens }) {
  const port = await freePort();
  // On the same host as the pages: a browser sends no cookies of another site in a frame.
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: "1" };
  const addresses = [`${pages}/privacy/`, `${pages}/admin/`];
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "privacy",
        token_endpoint_auth_method: "none",
        id_token_signed_response_alg: "ES256",
        redirect_uris: addresses,
        post_logout_redirect_uris: addresses,
        grant_types: ["authorization_code", ...(hasRefreshTokens ? ["refresh_token"] : [])],
        response_types: ["code"],
      },
    ],
    jwks: { keys: [jwk] },
    scopes: ["openid"],
    cookies: { keys: ["a key of the tests"] },
    clientBasedCORS: () => true,
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: () => hasRefreshTokens,
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: SCOPES,
          audience: AUDIENCE,
          accessTokenFormat: "jwt",
          accessTokenTTL: lifetime,
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
    ttl: { Session: 600, Grant: 600, IdToken: 600, Interaction: 600, RefreshToken: 600, AuthorizationCode: 60 },
  });
  const server = provider.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    issuer,
    /** What Privet needs to know. */
    environment: {
      PRIVET_JWT_SECRET: "",
      PRIVET_JWKS: `http://127.0.0.1:${port}/jwks`,
      PRIVET_JWT_ISSUER: issuer,
      PRIVET_JWT_AUDIENCE: AUDIENCE,
      PRIVET_OIDC_ISSUER: issuer,
      PRIVET_OIDC_CLIENT_ID: "privacy",
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
