// A client of Privet: `fetch`, with every path, body and answer typed by the OpenAPI document.

import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type { components, paths };

/** Any of the document's schemas by its name, such as `Schema<"MessagingPrivacyResponse">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/**
 * Connects to the Privet at `url`. Every request carries the token that `token` gives at that moment, so that one
 * that has expired can be replaced.
 */
export function connect(url: string, token: () => string | Promise<string>): Client<paths> {
  const client = createClient<paths>({ baseUrl: url });
  client.use({
    async onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${await token()}`);
      return request;
    },
  });
  return client;
}
