// Uses the client of @hey-api/openapi-ts against a server.

import { client } from "./hey-api/client.gen.js";
import { addContact, enforceProfile, evaluateSeveral, exportAccount, updatePreferences } from "./hey-api/index.js";
import { ann, ben, equal, service, url } from "./server.js";

export async function useHeyApi(): Promise<void> {
  client.setConfig({ baseUrl: url, auth: ann.token });
  const changed = await updatePreferences({ body: { theme: { mode: "light" }, "theme.accent_color": "#c0ffee" } });
  equal(changed.data?.theme.mode, "light");
  equal(changed.data?.theme.accent_color, "#c0ffee");

  const added = await addContact({ path: { userId: ben.id } });
  equal(added.data?.user_id, ben.id);
  const exported = await exportAccount();
  equal(exported.data?.contacts.length, 1);

  client.setConfig({ baseUrl: url, auth: service.token });
  const profile = { user_id: ann.id, bio: "Reads." };
  const enforced = await enforceProfile({ body: { viewer: ann.id, profiles: [profile] } });
  equal(enforced.data?.profiles[0]?.profile, profile);
  const evaluated = await evaluateSeveral({
    body: {
      subject: { type: "user", id: ben.id },
      resource: { type: "user", id: ann.id },
      evaluations: [{ action: { name: "view_profile" } }, { action: { name: "no_such" } }],
    },
  });
  equal(evaluated.error, undefined);
}
