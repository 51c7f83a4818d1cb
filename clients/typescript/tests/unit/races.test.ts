// Random histories: writers, readers and a feed that is late, silent or cut. No answer is older than the feed was late
// when its question was asked.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CachedDecisions } from "../../src/index.js";
import { eventually, FakePrivet, pause } from "../fake/privet.js";

/** Milliseconds that changes are told late at most, if the feed is not cut. */
const LAG = 40;
const STALE_AFTER = 250;
/** Timers of a loaded machine. */
const SLACK = 80;
const USERS = Array.from({ length: 20 }, (_, number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`);

/** Numbers by chance, the same for the same seed (mulberry32). */
function chance(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below;
  };
}

/** Changes users, and knows when the truth about a pair became what it is. */
class Writer {
  readonly #times = new Map<string, number[]>(USERS.map((user) => [user, []]));

  constructor(private readonly fake: FakePrivet) {}

  change(user: string): void {
    this.fake.change(user);
    this.#times.get(user)!.push(performance.now());
  }

  /** For how long what was found has not been true any more, at a time. */
  age(viewer: string, subject: string, found: number, time: number): number {
    const changes = [viewer, subject].flatMap((user) => this.#times.get(user)!);
    const overtaken = changes.sort((one, other) => one - other)[found] ?? Infinity;
    return time - overtaken;
  }
}

async function history(seed: number, isCut: boolean): Promise<void> {
  const random = chance(seed);
  const fake = await FakePrivet.start(15);
  const cache = new CachedDecisions(fake.url, () => "token", { firstRetry: 10, staleAfter: STALE_AFTER });
  try {
    fake.delays = () => [random(3), random(80)];
    await eventually(() => cache.isLive);
    const began = performance.now();
    const goesOn = (): boolean => performance.now() - began < 2_000;
    const any = (): string => USERS[Math.floor(random(USERS.length))]!;
    const writer = new Writer(fake);
    const write = async (): Promise<void> => {
      for (; goesOn(); await pause(1 + random(30))) {
        fake.lag = random(LAG);
        writer.change(any());
      }
    };
    const cut = async (): Promise<void> => {
      while (isCut && goesOn()) {
        await pause(100 + random(300));
        fake.cut();
        fake.beats = random(3) > 1;
      }
      fake.beats = true;
    };
    let answers = 0;
    const read = async (): Promise<void> => {
      for (; goesOn(); await pause(random(4))) {
        const [viewer, subject] = [any(), any()];
        if (viewer === subject) continue;
        const asked = performance.now();
        const found = Number((await cache.decide({ viewer, subject, action: "view_profile" })).reason);
        answers++;
        const age = writer.age(viewer, subject, found, asked);
        assert.ok(age <= (isCut ? STALE_AFTER : LAG) + SLACK, `an answer was ${age} ms old`);
      }
    };
    await Promise.all([write(), cut(), ...Array.from({ length: 12 }, read)]);
    const questions = fake.batches.reduce((sum, size) => sum + size, 0);
    assert.ok(questions < answers, `${questions} questions for ${answers} answers`);
    await eventually(() => cache.isLive);
    await pause(LAG + SLACK);
    const subject = USERS[0]!;
    for (const viewer of USERS.slice(1)) {
      const { reason } = await cache.decide({ viewer, subject, action: "view_profile" });
      assert.equal(Number(reason), fake.truth(viewer, subject));
    }
  } finally {
    cache.close();
    await fake.stop();
  }
}

for (const seed of [1, 2, 3]) {
  test(`no answer is older than a steady feed is late (seed ${seed})`, () => history(seed, false));
  test(`no answer is older than a feed that is cut may be late (seed ${seed})`, () => history(seed, true));
}
