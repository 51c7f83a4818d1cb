// watchChanges and watchOwnChanges against a fake Privet: what servers, networks and proxies do to a stream.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { PrivetError, watchChanges, watchOwnChanges, type FeedEvent, type OwnChange } from "../../src/index.js";
import { eventually, FakePrivet, open, pause, problem } from "../fake/privet.js";

let fake: FakePrivet;
let stop: AbortController;
let failures: unknown[];

beforeEach(async () => {
  fake = await FakePrivet.start();
  stop = new AbortController();
  failures = [];
});
afterEach(async () => {
  stop.abort();
  await fake.stop();
});

const ANN = "5f0c1d9e-4a1b-4f0e-8f57-0d6a3a2b1c0d";
const BEN = "9a7b330a-a736-41f5-8a3c-1d2e3f4a5b6c";

function options() {
  return { signal: stop.signal, firstRetry: 10, silence: 500, onRetry: (error: unknown) => void failures.push(error) };
}

/** Watches in the background. */
function watch(token: () => string = () => "token", more: { after?: string; silence?: number } = {}) {
  const events: FeedEvent[] = [];
  const users = (): (string | undefined)[] =>
    events.flatMap((event) => (event.type === "change" ? [event.change.user_id ?? "all"] : []));
  const ended = (async () => {
    for await (const event of watchChanges(fake.url, token, { ...options(), ...more })) events.push(event);
  })();
  ended.catch(() => {});
  return { events, users, ended, isCaughtUp: () => events.some(({ type }) => type === "caught_up") };
}

test("changes are told in their order, each with its cursor", async () => {
  const { events, users, isCaughtUp } = watch();
  await eventually(isCaughtUp);
  fake.change(ANN);
  fake.change(BEN);
  fake.changeAll();
  await eventually(() => users().length === 3);
  assert.deepEqual(users(), [ANN, BEN, "all"]);
  const cursors = events.flatMap((event) => (event.type === "change" ? [event.cursor] : []));
  assert.deepEqual(cursors, ["c1", "c2", "c3"]);
});

test("a stream that is cut is resumed after its last event, and misses nothing", async () => {
  const { users, isCaughtUp } = watch();
  await eventually(isCaughtUp);
  for (let round = 0; round < 5; round++) {
    fake.change(ANN);
    fake.cut();
    fake.change(BEN);
    await eventually(() => users().length === 2 * (round + 1));
  }
  assert.deepEqual(users(), Array.from({ length: 5 }, () => [ANN, BEN]).flat());
  assert.ok(fake.requests.some(({ lastEventId }) => lastEventId === "c10" || lastEventId === "c8"));
});

test("a stream that is cut before its first event misses nothing", async () => {
  fake.beats = false;
  const { users } = watch();
  await eventually(() => fake.streams === 1);
  fake.lag = 30;
  fake.change(ANN);
  fake.cut();
  await eventually(() => users().length === 1);
  assert.equal(fake.requests.at(-1)?.lastEventId, "c0");
});

test("a watch begins at the cursor that it is given, or at the earliest one", async () => {
  for (let told = 0; told < 3; told++) fake.change(ANN);
  fake.change(BEN);
  await pause(10);
  const later = watch(undefined, { after: "c3" });
  const all = watch(undefined, { after: "earliest" });
  await eventually(() => later.users().length === 1 && all.users().length === 4);
  assert.deepEqual(later.users(), [BEN]);
});

test("an expired cursor fails, and so does a token without the scope", async () => {
  fake.change(ANN);
  await pause(10);
  fake.expire();
  await assert.rejects(watch(undefined, { after: "c0" }).ended, { status: 410, code: "CURSOR_EXPIRED" });
  fake.mishaps.push({ path: "/changes", mishap: (_, response) => problem(response, 403, "FORBIDDEN", "no scope") });
  await assert.rejects(watch().ended, { status: 403 });
  assert.deepEqual(failures, []);
});

test("a cursor that expires while the stream is away fails", async () => {
  const { ended, isCaughtUp } = watch();
  await eventually(isCaughtUp);
  fake.change(ANN);
  fake.mishaps.push({
    path: "/changes",
    mishap: (_, response) => {
      fake.change(BEN);
      setTimeout(() => {
        fake.expire();
        response.destroy();
      }, 50);
    },
  });
  fake.cut();
  await assert.rejects(ended, { code: "CURSOR_EXPIRED" });
});

test("429 and 503 are waited for as long as Retry-After says", async () => {
  for (const [status, code] of [[429, "RATE_LIMITED"], [503, "UNAVAILABLE"]] as const) {
    const mishap = { path: "/changes", mishap: (_: unknown, response: any) => problem(response, status, code, "later", { "Retry-After": "1" }) };
    fake.mishaps.push(mishap);
    const began = performance.now();
    const { isCaughtUp } = watch();
    await eventually(isCaughtUp);
    assert.ok(performance.now() - began >= 1_000, `${performance.now() - began} ms`);
    assert.equal((failures.at(-1) as PrivetError).status, status);
  }
});

test("a server that stops says when to come back", async () => {
  const { users, isCaughtUp } = watch();
  await eventually(isCaughtUp);
  const began = performance.now();
  fake.end(300);
  fake.change(ANN);
  await eventually(() => users().length === 1);
  assert.ok(performance.now() - began >= 290, `${performance.now() - began} ms`);
});

test("the token is asked again for each request, so that an expired one is replaced", async () => {
  let current = "token";
  const { users, isCaughtUp } = watch(() => current);
  await eventually(isCaughtUp);
  fake.tokens.clear();
  fake.tokens.add("another");
  fake.cut();
  await eventually(() => failures.some((failure) => failure instanceof PrivetError && failure.status === 401));
  current = "another";
  fake.change(ANN);
  await eventually(() => users().length === 1);
});

test("a token that is refused again and again fails", async () => {
  const { ended } = watch(() => "wrong");
  await assert.rejects(ended, { status: 401 });
  assert.equal(fake.requests.length, 3);
});

test("a connection that is silent is replaced", async () => {
  const { users, isCaughtUp } = watch(undefined, { silence: 100 });
  await eventually(isCaughtUp);
  fake.beats = false;
  await eventually(() => failures.length >= 1);
  fake.beats = true;
  fake.change(ANN);
  await eventually(() => users().length === 1);
});

test("an answer of a proxy that is no stream of events is tried again", async () => {
  const html = (response: any): void => {
    response.writeHead(200, { "Content-Type": "text/html" });
    response.end("<p>Back soon");
  };
  const { users, isCaughtUp } = watch();
  await eventually(isCaughtUp);
  fake.mishaps.push({ path: "/changes", mishap: (_, response) => html(response) });
  fake.cut();
  fake.change(ANN);
  await eventually(() => users().length === 1);
});

test("characters, lines and events may be cut anywhere, and lines may end in CRLF or CR", async () => {
  const text = ['\uFEFF: "beat"', 'id: ü1', 'data: {"user_id": "é€𝄞",', 'data: "kinds": [], "at": ""}', "", 'data: {"type": "caught_up"}', "", ": beat", ""];
  for (const end of ["\n", "\r\n", "\r"]) {
    const bytes = Buffer.from(text.join(end));
    for (const size of [1, 2, 3, 7, bytes.length]) {
      fake.mishaps.push({
        path: "/changes",
        mishap: async (_, response) => {
          open(response);
          for (let from = 0; from < bytes.length; from += size) {
            response.write(bytes.subarray(from, from + size));
            await new Promise(setImmediate);
          }
        },
      });
      const { events } = watch(undefined, { after: "c0", silence: 10_000 });
      await eventually(() => events.length === 2, `${JSON.stringify(end)} in parts of ${size}`);
      const [change, end_] = events;
      assert.ok(change?.type === "change" && change.change.user_id === "é€𝄞" && change.cursor === "ü1");
      assert.deepEqual(end_, { type: "caught_up", cursor: "ü1" });
    }
  }
});

test("an event that was not finished is not told", async () => {
  fake.mishaps.push({
    path: "/changes",
    mishap: (_, response) => {
      open(response);
      response.end(`id: c9\ndata: {"user_id": "${ANN}", "kinds": [], "at": ""}\n`);
    },
  });
  const { events, users, isCaughtUp } = watch(undefined, { after: "c0" });
  await eventually(isCaughtUp);
  assert.deepEqual(users(), []);
  assert.equal(events[0]?.cursor, "c0");
});

test("a change that cannot be read fails, and an event of an unknown type is ignored", async () => {
  const stream = (data: string) => ({ path: "/changes", mishap: (_: unknown, response: any) => (open(response), response.write(data)) });
  fake.mishaps.push(stream('data: {"type": "news"}\n\ndata: {"userId": 1}\n\n'), stream("data: {\n\n"));
  for (let bad = 0; bad < 2; bad++) {
    const { events, ended } = watch(undefined, { after: "c0" });
    await assert.rejects(ended, { name: "ProtocolError" });
    assert.deepEqual(events, []);
  }
});

test("a signal ends the watch without an error and closes the connection, at any time", async () => {
  const { ended, isCaughtUp } = watch();
  await eventually(isCaughtUp);
  stop.abort();
  await ended;
  await eventually(() => fake.streams === 0);
  await watch().ended;
  stop = new AbortController();
  fake.mishaps.push({ path: "/changes", mishap: (_, response) => problem(response, 503, "UNAVAILABLE", "away", { "Retry-After": "60" }) });
  const waiting = watch();
  await eventually(() => failures.length > 0);
  stop.abort();
  await waiting.ended;
});

test("a reader who leaves closes the connection", async () => {
  for await (const event of watchChanges(fake.url, () => "token", options())) {
    assert.equal(event.type, "caught_up");
    break;
  }
  await eventually(() => fake.streams === 0);
});

test("a device is told the state, changes, and the state again after each reconnection", async () => {
  const told: OwnChange[] = [];
  const ended = (async () => {
    for await (const change of watchOwnChanges(fake.url, () => "token", options())) told.push(change);
  })();
  await eventually(() => told.length === 1);
  fake.tellDevices({ type: "changed", family: "messaging", etag: '"2"' });
  fake.tellDevices({ type: "of a later release" });
  fake.tellDevices({ type: "changed", family: "blocks" });
  await eventually(() => told.length === 3);
  fake.cut();
  await eventually(() => told.length === 4);
  assert.deepEqual(told.map(({ type }) => type), ["state", "changed", "changed", "state"]);
  fake.tellDevices({ type: "erased" });
  await ended;
  assert.deepEqual(told.at(-1), { type: "erased" });
});

test("a device whose account was erased while it was away is told so", async () => {
  fake.mishaps.push({
    path: "/changes",
    mishap: (_, response) => problem(response, 401, "UNAUTHORIZED", "Account has been deleted"),
  });
  const told: OwnChange[] = [];
  for await (const change of watchOwnChanges(fake.url, () => "token", options())) told.push(change);
  assert.deepEqual(told, [{ type: "erased" }]);
});
