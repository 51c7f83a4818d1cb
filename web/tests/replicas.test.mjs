// Two replicas on PostgreSQL and Redis.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newPage, openCentre, startBrowser } from "./support/browser.mjs";
import { newDatabase, person, startPrivet } from "./support/privet.mjs";

let browser;

before(async () => {
  browser = await startBrowser();
});

after(() => browser.close());

test("two browsers of one user, on two replicas, agree within a second", async () => {
  const database = await newDatabase();
  const environment = { REDIS_URL: process.env.TEST_REDIS_URL };
  const replicas = [await startPrivet({ database, environment }), await startPrivet({ database, environment })];
  const token = await replicas[0].token(1);
  const pages = [];
  for (const replica of replicas) {
    const opened = await newPage(browser);
    await openCentre(opened.page, replica, token);
    pages.push(opened);
  }
  const rows = pages.map(({ page }) => page.locator('[data-setting="messaging.who_can_call"]'));
  for (const [changing, watching, choice] of [
    [0, 1, "Nobody"],
    [1, 0, "Your contacts"],
    [0, 1, "Everybody"],
  ]) {
    await rows[changing].getByRole("combobox").selectOption({ label: choice });
    await rows[changing].getByText(`${choice}.`, { exact: true }).waitFor();
    await rows[watching].getByText(`${choice}.`, { exact: true }).waitFor({ timeout: 1_000 });
  }
  await replicas[0].ask(1, "PUT", `/api/v1/privacy/exceptions/${person(2)}`, { exceptions: { call: "never" } });
  for (const row of rows) await row.getByText("Everybody; not Ben Okafor.").waitFor({ timeout: 1_000 });
  for (const { context } of pages) await context.close();
  for (const replica of replicas) await replica.stop();
  await database.drop();
});
