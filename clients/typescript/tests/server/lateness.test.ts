// A cache under changes and restarts of a real Privet.

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CachedDecisions, connect } from "../../src/index.js";
import { eventually, pause } from "../fake/privet.js";
import { newUser, otherUrl, service, token } from "./privet.js";

/** Milliseconds: the contract's limit for the feed. */
const LATE = 1_000;

interface Setting {
  isShown: boolean;
  sent: number;
  acknowledged: number;
}

/** Shows and hides a profile, and knows when each was in force. */
class Owner {
  readonly user = newUser();
  readonly settings: Setting[] = [{ isShown: true, sent: 0, acknowledged: 0 }];

  async change(): Promise<void> {
    const setting = { isShown: !this.settings.at(-1)!.isShown, sent: performance.now(), acknowledged: Infinity };
    this.settings.push(setting);
    const value = setting.isShown ? "everyone" : "nobody";
    const { response } = await this.user.client.PUT("/api/v1/privacy/settings", {
      body: { setting: "who_can_see_profile", value },
    });
    assert.equal(response.status, 200);
    setting.acknowledged = performance.now();
  }

  /** Whether the answer to a question was true at some moment that is not too long ago. */
  wasTrue(isShown: boolean, asked: number, answered: number): boolean {
    return this.settings.some((setting, index) => {
      const ended = this.settings[index + 1]?.acknowledged ?? Infinity;
      return setting.isShown === isShown && setting.sent <= answered && ended >= asked - LATE;
    });
  }
}

test("no answer is older than a second while settings change", async () => {
  const own = service();
  const cache = new CachedDecisions(otherUrl, () => own);
  try {
    await eventually(() => cache.isLive);
    const owners = Array.from({ length: 10 }, () => new Owner());
    const viewer = newUser();
    const end = performance.now() + 6_000;
    let answers = 0;
    const change = async (owner: Owner): Promise<void> => {
      while (performance.now() < end) {
        await pause(LATE + 200 + Math.random() * 1_000);
        await owner.change();
      }
    };
    const read = async (): Promise<void> => {
      while (performance.now() < end) {
        const owner = owners[Math.floor(Math.random() * owners.length)]!;
        const asked = performance.now();
        const { allowed } = await cache.decide({ viewer: viewer.id, subject: owner.user.id, action: "view_profile" });
        assert.ok(owner.wasTrue(allowed, asked, performance.now()), `${allowed} was not true within a second`);
        answers++;
        await pause(1);
      }
    };
    await Promise.all([...owners.map(change), ...Array.from({ length: 8 }, read)]);
    assert.ok(answers > 500, `${answers} answers`);
  } finally {
    cache.close();
  }
});

test("a Privet that is killed or stopped and started again tells what changed since", async () => {
  const folder = mkdtempSync(join(tmpdir(), "privet-"));
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const [ann, own] = [crypto.randomUUID(), service()];
  const privet = connect(url, () => token(ann));
  let server = await start(address, folder);
  const cache = new CachedDecisions(url, () => own, { firstRetry: 500 });
  try {
    const check = { viewer: crypto.randomUUID(), subject: ann, action: "view_profile" } as const;
    for (const [signal, value] of [["SIGKILL", "nobody"], ["SIGTERM", "everyone"]] as const) {
      await eventually(() => cache.isLive);
      const { allowed } = await cache.decide(check);
      server.kill(signal);
      await once(server, "exit");
      server = await start(address, folder);
      await privet.PUT("/api/v1/privacy/settings", { body: { setting: "who_can_see_profile", value } });
      await eventually(() => cache.size === 0, "the change drops the answer");
      assert.equal((await cache.decide(check)).allowed, !allowed);
    }
  } finally {
    cache.close();
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

async function start(address: string, folder: string): Promise<ChildProcess> {
  const server = spawn(process.env["PRIVET_PROGRAM"] ?? "privet", ["serve"], {
    env: { ...process.env, PRIVET_LISTEN: address, DATABASE_URL: `sqlite://${folder}/privet.db`, PRIVET_LOG: "error" },
    stdio: "ignore",
  });
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await pause(50)) {
    const ready = await fetch(`http://${address}/health/ready`).catch(() => undefined);
    if (ready?.ok) return server;
  }
  server.kill("SIGKILL");
  throw new Error("the server did not start");
}

async function freePort(): Promise<number> {
  const socket = createServer().listen(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address() as AddressInfo;
  socket.close();
  return port;
}
