// The four families of settings, each with the path and the form of its updates.

import type { Api } from "../api/client.js";
import { familyOf, type Family, type Value } from "./catalogue.js";

/** The tag of a family. */
export async function tagOf(api: Api, family: Family): Promise<string> {
  const { response } = await api.ask<unknown>((client, signal) => {
    switch (family) {
      case "account":
        return client.GET("/api/v1/e-social/privacy/account", { signal });
      case "email":
        return client.GET("/api/users/me/privacy-settings/", { signal });
      case "messaging":
        return client.GET("/api/v1/privacy/settings", { signal });
      case "preferences":
        return client.GET("/api/users/me/preferences/", { signal });
    }
  });
  return response.headers.get("ETag") ?? "*";
}

/** Changes a setting if its family's tag is still `tag`. Returns the new one. */
export async function updateSetting(api: Api, name: string, value: Value, tag: string): Promise<string | null> {
  const family = familyOf(name);
  const key = name.slice(family.length + 1);
  const params = { header: { "If-Match": tag } };
  // The names of settings are data, so that the types of the bodies cannot know them.
  const { response } = await api.ask<unknown>((client, signal) => {
    switch (family) {
      case "account":
        return client.PUT("/api/v1/e-social/privacy/account", { params, body: { isPrivate: value as boolean }, signal });
      case "email":
        return client.PATCH("/api/users/me/privacy-settings/", { params, body: { [key]: value } as never, signal });
      case "messaging":
        return client.PUT("/api/v1/privacy/settings", { params, body: { setting: key, value } as never, signal });
      case "preferences":
        return client.PATCH("/api/users/me/preferences/", { params, body: { [key]: value } as never, signal });
    }
  });
  return response.headers.get("ETag");
}
