// Tests all generated clients, one after the other.

import { useHeyApi } from "./hey_api.js";
import { useOpenapiFetch } from "./openapi_fetch.js";
import { useOrval } from "./orval_client.js";

for (const use of [useOpenapiFetch, useHeyApi, useOrval]) {
  await use();
  console.log(`${use.name}: done`);
}
