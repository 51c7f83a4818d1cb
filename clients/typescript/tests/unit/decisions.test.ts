// CachedDecisions against a fake Privet.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { CachedDecisions, type CachedDecisionsOptions, type Check, type Decision } from "../../src/index.js";
import { eventually, FakePrivet, pause, problem } from "../fake/privet.js";

let fake: FakePrivet;
let cache: CachedDecisions;

beforeEach(async () => {
  fake = await FakePrivet.start();
});
afterEach(async () => {
  cache?.close();
  await fake.stop();
});

const [ANN, BEN, CAT] = [user(1), user(2), user(3)];

function user(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
}

function check(viewer: string, subject: string, action = "view_profile"): Check {
  return { viewer, subject, action: action as Check["action"] };
}

/** The version of the fake's truth that a decision reflects. */
function version(decision: Decision): number {
  return Number(decision.reason);
}

async function live(options: CachedDecisionsOptions = {}): Promise<void> {
  cache = new CachedDecisions(fake.url, () => "token", { firstRetry: 10, ...options });
  await eventually(() => cache.isLive);
}

test("a second question is answered from memory, until a change names the viewer or the subject", async () => {
  await live();
  for (const changed of [ANN, BEN, undefined]) {
    const first = await cache.decide(check(ANN, BEN));
    const asked = fake.batches.length;
    assert.deepEqual(await cache.decide(check(ANN, BEN)), first);
    assert.equal(fake.batches.length, asked);
    fake.change(CAT);
    if (changed) fake.change(changed);
    else fake.changeAll();
    await eventually(() => cache.size === 0);
    assert.equal(version(await cache.decide(check(ANN, BEN))), fake.truth(ANN, BEN));
    assert.equal(fake.batches.length, asked + 1);
  }
});

test("ids are compared without their case, and an administrator and each action are questions of their own", async () => {
  await live();
  const upper = user(0xabc).toUpperCase();
  await cache.decide(check(upper, BEN));
  await cache.decide(check(upper.toLowerCase(), BEN));
  assert.deepEqual(fake.batches, [1]);
  await cache.decide({ ...check(upper, BEN), viewer_is_admin: true });
  await cache.decide({ ...check(upper, BEN), viewer_is_admin: false });
  await cache.decide(check(upper, BEN, "send_email"));
  assert.deepEqual(fake.batches, [1, 1, 1]);
  fake.change(upper);
  await eventually(() => cache.size === 0);
});

test("checks of one turn go together, at most 1,000 in a request, each question once", async () => {
  await live();
  const checks = Array.from({ length: 2_500 }, (_, number) => check(user(number), ANN));
  const decisions = await cache.decideAll([...checks, ...checks]);
  assert.equal(decisions.length, 5_000);
  assert.deepEqual(fake.batches, [1_000, 1_000, 500]);
  assert.equal(cache.size, 2_500);
});

test("requests wait for each other, and what waits goes together", async () => {
  await live({ concurrency: 1 });
  fake.delays = () => [200, 0];
  const first = cache.decide(check(ANN, BEN));
  await pause(5);
  const others = [];
  for (let number = 10; number < 20; number++) {
    others.push(cache.decide(check(ANN, user(number))));
    await pause(1);
  }
  await Promise.all([first, ...others]);
  assert.deepEqual(fake.batches, [1, 10]);
});

test("an answer that a change overtook is returned and not kept; who joined after the change asks again", async () => {
  await live();
  fake.delays = () => [0, 200];
  const first = cache.decide(check(ANN, BEN));
  const kept = cache.decide(check(ANN, CAT));
  await eventually(() => fake.batches.length === 1);
  const joined = cache.decide(check(ANN, BEN));
  fake.change(BEN);
  await pause(50);
  const later = cache.decide(check(ANN, BEN));
  assert.equal(version(await first), 0);
  assert.equal(version(await joined), 1);
  assert.equal(version(await later), 1);
  await kept;
  assert.equal(fake.batches.reduce((sum, size) => sum + size), 3);
  assert.equal(cache.size, 2);
});

test("an answer without a cursor, by a replica whose catalogue was replaced, is returned and not kept", async () => {
  await live();
  fake.sendsCursor = false;
  fake.delays = () => [100, 0];
  const first = cache.decide(check(ANN, BEN));
  await eventually(() => fake.batches.length === 1);
  const joined = cache.decide(check(ANN, BEN));
  assert.deepEqual([version(await first), version(await joined)], [0, 0]);
  assert.equal(cache.isLive, true);
  assert.equal(cache.size, 0);
  fake.sendsCursor = true;
  await cache.decide(check(ANN, BEN));
  await cache.decide(check(ANN, BEN));
  assert.deepEqual(fake.batches, [1, 1]);
  assert.equal(cache.size, 1);
});

test("nothing is kept before the feed is followed", async () => {
  fake.beats = false;
  cache = new CachedDecisions(fake.url, () => "token", { firstRetry: 10 });
  await cache.decide(check(ANN, BEN));
  await cache.decide(check(ANN, BEN));
  assert.deepEqual(fake.batches, [1, 1]);
  assert.equal(cache.size, 0);
});

test("a request that was sent before the feed began is not kept", async () => {
  fake.delays = () => [0, 300];
  cache = new CachedDecisions(fake.url, () => "token", { firstRetry: 10 });
  const decided = cache.decide(check(ANN, BEN));
  await eventually(() => cache.isLive);
  await decided;
  assert.equal(cache.size, 0);
});

test("answers are dropped when the feed was not heard from, and are kept again when it is back", async () => {
  await live({ staleAfter: 150 });
  await cache.decide(check(ANN, BEN));
  fake.beats = false;
  assert.equal(cache.size, 1);
  await pause(200);
  assert.equal(cache.size, 0);
  await cache.decide(check(ANN, BEN));
  await cache.decide(check(ANN, BEN));
  assert.deepEqual(fake.batches, [1, 1, 1]);
  fake.beats = true;
  await eventually(() => cache.isLive);
  await cache.decide(check(ANN, BEN));
  await cache.decide(check(ANN, BEN));
  assert.deepEqual(fake.batches, [1, 1, 1, 1]);
});

test("changes alone do not say that the feed is caught up", async () => {
  await live({ staleAfter: 150 });
  fake.beats = false;
  for (let round = 0; round < 10; round++) {
    fake.change(CAT);
    await pause(20);
  }
  assert.equal(cache.isLive, false);
});

test("answers outlive a short cut, and a change of that time drops them", async () => {
  await live();
  await cache.decideAll([check(ANN, BEN), check(ANN, CAT)]);
  fake.cut();
  fake.change(BEN);
  assert.equal(cache.size, 2);
  await eventually(() => cache.size === 1);
  await cache.decide(check(ANN, CAT));
  assert.deepEqual(fake.batches, [2]);
});

test("an expired cursor drops everything, and the feed is followed again", async () => {
  const errors: unknown[] = [];
  await live({ onFeedError: (error) => errors.push(error) });
  await cache.decide(check(ANN, BEN));
  fake.mishaps.push({ path: "/privacy/changes", mishap: (_, response) => problem(response, 410, "CURSOR_EXPIRED", "old") });
  fake.cut();
  await eventually(() => cache.size === 0);
  await eventually(() => cache.isLive);
  assert.ok(errors.some((error) => (error as { code?: string }).code === "CURSOR_EXPIRED"));
  await cache.decide(check(ANN, BEN));
  assert.equal(cache.size, 1);
});

test("an error goes to everybody who waits, and is not kept", async () => {
  await live();
  const busy = { path: "/decisions", mishap: (_: unknown, response: any) => problem(response, 503, "UNAVAILABLE", "away", { "Retry-After": "2" }) };
  fake.mishaps.push(busy);
  const both = await Promise.allSettled([cache.decide(check(ANN, BEN)), cache.decide(check(ANN, BEN)), cache.decide(check(ANN, CAT))]);
  for (const one of both) assert.ok(one.status === "rejected" && one.reason.status === 503 && one.reason.retryAfter === 2_000);
  assert.equal(version(await cache.decide(check(ANN, BEN))), 0);
});

test("a check that Privet refuses fails alone", async () => {
  await live();
  const [good, bad, other] = await Promise.allSettled([
    cache.decide(check(ANN, BEN)),
    cache.decide(check(ANN, BEN, "unknown")),
    cache.decide(check(ANN, CAT)),
  ]);
  assert.equal(good.status, "fulfilled");
  assert.equal(other.status, "fulfilled");
  assert.ok(bad.status === "rejected" && bad.reason.status === 400);
  await assert.rejects(cache.decide(check("nobody", BEN)), TypeError);
  assert.deepEqual(fake.batches, [3, 2]);
});

test("the least recently used answers are dropped", async () => {
  await live({ maxAnswers: 2 });
  for (const subject of [BEN, CAT]) await cache.decide(check(ANN, subject));
  await cache.decide(check(ANN, BEN));
  await cache.decide(check(ANN, user(9)));
  assert.equal(cache.size, 2);
  await cache.decide(check(ANN, BEN));
  assert.equal(fake.batches.length, 3);
  await cache.decide(check(ANN, CAT));
  assert.equal(fake.batches.length, 4);
});

test("a request that takes too long fails", async () => {
  await live({ timeout: 50 });
  fake.delays = () => [200, 0];
  await assert.rejects(cache.decide(check(ANN, BEN)), { name: "TimeoutError" });
});

test("a closed cache answers nobody and leaves the feed", async () => {
  await live({ concurrency: 1 });
  fake.delays = () => [1_000, 0];
  const underWay = [cache.decide(check(ANN, BEN)), pause(5).then(() => cache.decide(check(ANN, CAT)))];
  await pause(20);
  cache.close();
  for (const one of underWay) await assert.rejects(one, /closed/);
  await assert.rejects(cache.decide(check(ANN, BEN)), /closed/);
  await eventually(() => fake.streams === 0);
});

test("an answer cannot be changed by who got it", async () => {
  await live();
  const decision = (await cache.decide(check(ANN, BEN))) as { allowed: boolean };
  assert.throws(() => (decision.allowed = false), TypeError);
});

test("a token that never comes is no answer, and blocks nobody", async () => {
  let isAway = true;
  const token = () => (isAway ? new Promise<string>(() => {}) : "token");
  cache = new CachedDecisions(fake.url, token, { firstRetry: 10, silence: 100, timeout: 50, concurrency: 1 });
  await assert.rejects(cache.decide(check(ANN, BEN)), { name: "TimeoutError" });
  isAway = false;
  await cache.decide(check(ANN, BEN));
  await eventually(() => cache.isLive);
});
