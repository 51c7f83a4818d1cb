// The first minute: Privet with nothing configured prints a link that signs a demo user in, and `privet demo` gives
// something to look at.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { newPage, startBrowser } from "./support/browser.mjs";
import { PROGRAM, freePort, person, startPrivet } from "./support/privet.mjs";

let browser;

before(async () => {
  browser = await startBrowser();
});

after(() => browser.close());

/** Starts Privet in an empty folder, with nothing configured but a port that is free here. */
async function startUnconfigured() {
  const folder = await mkdtemp(join(tmpdir(), "privet-first-"));
  const env = { PATH: process.env.PATH, PRIVET_LISTEN: `127.0.0.1:${await freePort()}` };
  await promisify(execFile)(PROGRAM, ["demo"], { cwd: folder, env });
  const server = spawn(PROGRAM, { cwd: folder, env, stdio: ["ignore", "pipe", "ignore"] });
  let link = null;
  for await (const line of createInterface({ input: server.stdout })) {
    link = line.match(/http:\S+#token=\S+/)?.[0] ?? null;
    if (link) break;
  }
  server.stdout.resume();
  return {
    link,
    async stop() {
      server.kill("SIGTERM");
      await new Promise((resolve) => server.once("exit", resolve));
      await rm(folder, { recursive: true });
    },
  };
}

test("the link that is printed shows a demo user their privacy, and leaves the address", async () => {
  const { link, stop } = await startUnconfigured();
  const { page, context, errors } = await newPage(browser);
  await page.goto(link);
  const groups = page.locator('[data-setting="messaging.who_can_add_to_groups"]');
  await groups.getByText("Your contacts, and Greta Baumann.").waitFor();
  assert.equal(page.url(), link.split("#")[0]);
  await page.locator("nav button[data-view=people]").click();
  await page.getByRole("button", { name: "Accept Hana Kimura" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Accept Hana Kimura" }).click();
  await page.getByRole("list", { name: "Followers" }).getByText("Hana Kimura").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  assert.deepEqual(errors, []);
  await context.close();
  await stop();
});

test("with a configured key, a link signs nobody in", async () => {
  const secret = "a secret of the tests, long enough";
  const privet = await startPrivet({ environment: { PRIVET_JWT_SECRET: secret } });
  const { page, context } = await newPage(browser);
  await page.goto(`${privet.url}/privacy/#token=${await privet.token(person(1))}`);
  await page.getByText("Nobody can sign in here yet").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await context.close();
  await privet.stop();
});
