// Uses the functions of orval against a server.

import { checkLiveness, updatePreferences } from "./orval/client.js";
import { ann, equal, url } from "./server.js";

export async function useOrval(): Promise<void> {
  const { fetch } = globalThis;
  // Its paths begin with a slash.
  globalThis.fetch = (path, options) => fetch(new URL(String(path), url), options);
  const alive = await checkLiveness();
  equal(alive.data.status, "live");
  const headers = { Authorization: `Bearer ${ann.token}`, "Content-Type": "application/json" };
  const changed = await updatePreferences({ theme: null, "locale.language": "fr" }, { headers });
  equal(changed.status, 200);
  globalThis.fetch = fetch;
}
