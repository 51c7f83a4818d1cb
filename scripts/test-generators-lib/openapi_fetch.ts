// Uses the types of openapi-typescript with openapi-fetch against a server.

import createClient from "openapi-fetch";
import type { paths } from "./schema.js";
import { ann, ben, equal, service, url } from "./server.js";

const privet = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${ann.token}` } });
const decide = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${service.token}` } });

export async function useOpenapiFetch(): Promise<void> {
  const changed = await privet.PATCH("/api/users/me/preferences/", {
    params: { header: { "If-Match": "*" } },
    body: { theme: { mode: "dark" }, "locale.language": "de", notifications: null },
  });
  equal(changed.data?.theme.mode, "dark");
  equal(changed.data?.locale.language, "de");

  const settings = await privet.PUT("/api/v1/privacy/settings", {
    body: { settings: { show_last_seen: false, disappearing_messages_default: 86400 } },
  });
  const status: "updated" | undefined = settings.data?.status;
  equal(status, "updated");

  const profile = { user_id: ann.id, username: "ann", bio: "Reads.", tags: ["a"] };
  const enforced = await decide.POST("/api/v1/privacy/enforce/profile", {
    body: { viewer: ann.id, profiles: [profile] },
  });
  const visibility: "full" | "limited" | undefined = enforced.data?.profiles[0]?.visibility;
  equal(visibility, "full");
  equal(enforced.data?.profiles[0]?.profile, profile);

  const followed = await privet.POST("/api/v1/e-social/follows/{userId}", { params: { path: { userId: ben.id } } });
  const state: "PENDING" | "ACCEPTED" | undefined = followed.data?.data.status;
  equal(state, "ACCEPTED");
  const undone = await privet.DELETE("/api/v1/e-social/follows/{userId}", { params: { path: { userId: ben.id } } });
  // `data` is always null here. The types of openapi-fetch leave it out.
  equal(undone.data?.success, true);

  const refused = await privet.PUT("/api/v1/contacts/{userId}", { params: { path: { userId: ann.id } } });
  const code: "INVALID_REQUEST" | string | undefined = refused.error?.code;
  equal(code, "INVALID_REQUEST");
}
