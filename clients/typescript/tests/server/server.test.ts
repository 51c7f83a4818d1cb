// The client with a real Privet.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CachedDecisions, watchChanges, watchOwnChanges, type OwnChange } from "../../src/index.js";
import { eventually } from "../fake/privet.js";
import { newUser, otherUrl, service, token } from "./privet.js";

test("a kept decision is dropped within a second of a change", async () => {
  const [ann, ben, own] = [newUser(), newUser(), service()];
  const cache = new CachedDecisions(otherUrl, () => own);
  try {
    await eventually(() => cache.isLive);
    const check = { viewer: ben.id, subject: ann.id, action: "view_profile" } as const;
    for (const audience of ["nobody", "everyone", "nobody", "contacts", "everyone"] as const) {
      await cache.decide(check);
      const changed = await ann.client.PUT("/api/v1/privacy/settings", {
        body: { setting: "who_can_see_profile", value: audience },
      });
      assert.equal(changed.response.status, 200);
      const acknowledged = performance.now();
      for (;;) {
        const { allowed } = await cache.decide(check);
        if (allowed === (audience === "everyone")) break;
        assert.ok(performance.now() - acknowledged < 1_000, `after ${audience}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    await eventually(() => cache.isLive);
    await cache.decide(check);
    assert.equal(cache.size, 1);
  } finally {
    cache.close();
  }
});

test("every change after the cursor of an answer is told", async () => {
  const [ann, own, stop] = [newUser(), service(), new AbortController()];
  const answer = await fetch(`${otherUrl}/api/v1/privacy/decisions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${own}` },
    body: JSON.stringify({ checks: [{ viewer: ann.id, subject: ann.id, action: "view_profile" }] }),
  });
  const after = answer.headers.get("Privet-Cursor");
  assert.ok(after);
  await ann.client.PATCH("/api/users/me/privacy-settings/", { body: { allow_email_contact: false } });
  for await (const event of watchChanges(otherUrl, () => own, { after, signal: AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]) })) {
    if (event.type === "change" && event.change.user_id === ann.id) {
      assert.ok(event.change.kinds.includes("email"));
      assert.ok(event.cursor && event.cursor !== after);
      stop.abort();
    }
  }
  assert.ok(stop.signal.aborted, "the change was told");
});

test("what is no cursor and a token without the scope are refused", async () => {
  const refused = async (own: string, after: string) => {
    for await (const _ of watchChanges(otherUrl, () => own, { after })) break;
  };
  await assert.rejects(refused(service(), "yesterday"), { status: 400 });
  await assert.rejects(refused(newUser().token, "now"), { status: 403 });
});

test("a device is told of changes by tag, with a token that is replaced, until the account is erased", async () => {
  const ann = newUser();
  const told: OwnChange[] = [];
  // The first one expires while the device watches.
  const tokens = [token(ann.id, "--ttl", "2s")];
  const ended = (async () => {
    for await (const change of watchOwnChanges(otherUrl, () => tokens.shift() ?? ann.token)) told.push(change);
  })();
  await eventually(() => told.length > 0);
  assert.ok(told[0]?.type === "state");
  const before = told[0].etags.messaging;
  const read = await ann.client.GET("/api/v1/privacy/settings");
  assert.equal(read.response.headers.get("ETag"), before);
  const changed = await ann.client.PUT("/api/v1/privacy/settings", { body: { setting: "show_last_seen", value: false } });
  const tag = changed.response.headers.get("ETag");
  await eventually(() => told.some((it) => it.type === "changed" && it.family === "messaging" && it.etag === tag));
  await eventually(() => told.filter(({ type }) => type === "state").length === 2);
  await ann.client.DELETE("/api/v1/users/me");
  await ended;
  assert.deepEqual(told.at(-1), { type: "erased" });
});
