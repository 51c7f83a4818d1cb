// What the support staff see and change, in a real browser against a real server.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { newPage, startBrowser } from "./support/browser.mjs";
import { person, startPrivet } from "./support/privet.mjs";

const CATALOGUE = {
  extends: "messenger",
  cohorts: { minor: { description: "Under 18." } },
  layers: [
    {
      name: "minors",
      cohort: "minor",
      note: "Protected while under 18.",
      defaults: { "email.allow_email_contact": false },
      allowed: { "email.allow_email_contact": [false] },
    },
  ],
};
const SCOPES = "users:support users:classify users:import users:erase";
const STAFF = person(9001);
const CALL = '[data-setting="messaging.who_can_call"]';

let privet;
let browser;
let people = 400;

before(async () => {
  const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  privet = await startPrivet({ catalogue: CATALOGUE, files: { PRIVET_RECEIPT_KEY_FILE: key } });
  browser = await startBrowser();
});

after(async () => {
  await browser.close();
  await privet.stop();
});

/** A person who is there. */
async function somebody() {
  const id = person(++people);
  await privet.ask(id, "GET", "/api/v1/privacy/settings");
  return id;
}

async function openStaffPage(...options) {
  const opened = await newPage(browser);
  const token = await privet.token(STAFF, ...options);
  await opened.page.addInitScript((kept) => sessionStorage.setItem("privet.token", kept), token);
  await opened.page.goto(`${privet.url}/admin/`);
  return opened;
}

async function look(page, id, reason = "Ticket 4711") {
  await page.getByLabel("Id of the person", { exact: true }).fill(id);
  await page.getByLabel("Reason").fill(reason);
  await page.getByRole("button", { name: "Show" }).first().click();
}

test("a look needs an id and a reason, and its person sees it", async () => {
  const subject = await somebody();
  await privet.ask(subject, "PUT", `/api/v1/contacts/${person(2)}`);
  const { page, context, errors } = await openStaffPage("--scope", SCOPES);
  await page.getByText(`Every look is on record with your id (${STAFF})`).waitFor();
  await look(page, "nobody", "");
  await page.getByText("This is not an id.").waitFor();
  await page.getByText("Give a reason of 1 to 200 plain characters.").waitFor();
  await look(page, person(8888));
  await page.getByText("There is nobody with this id").waitFor();
  await look(page, subject.toUpperCase());
  await page.getByText("Here since").waitFor();
  const counts = page.getByRole("region", { name: subject }).locator("dl > div");
  assert.match(await counts.first().textContent(), /Contacts1/);
  const { entries } = await privet.ask(subject, "GET", "/api/v1/privacy/audit/access");
  assert.deepEqual(entries.map((entry) => [entry.actor_id, entry.reason]), [[STAFF, "Ticket 4711"]]);
  assert.deepEqual(errors, []);
  await context.close();
});

test("a setting is changed for a person and given back, with the reason in their history", async () => {
  const subject = await somebody();
  const { page, context } = await openStaffPage("--scope", SCOPES);
  await look(page, subject, "Ticket 12");
  const row = page.locator(CALL);
  await row.getByRole("button", { name: "Change Calls" }).click();
  await row.getByLabel("New value").selectOption({ label: "Nobody" });
  await row.getByRole("button", { name: "Change for the person" }).click();
  await row.getByText("Calls: Nobody").waitFor();
  await row.getByText("Chosen by the person.").waitFor();
  assert.equal((await privet.ask(subject, "GET", "/api/v1/privacy/settings")).who_can_call, "nobody");
  const { entries } = await privet.ask(subject, "GET", "/api/v1/privacy/audit");
  assert.deepEqual([entries[0].actor_id, entries[0].reason], [STAFF, "Ticket 12"]);

  await page.getByRole("region", { name: "History" }).getByRole("button", { name: "Show" }).click();
  await page.getByText(`${STAFF} changed “Calls” from “Everybody” to “Nobody”.`).waitFor();
  await row.getByRole("button", { name: "Change Calls" }).click();
  await row.getByRole("button", { name: "Take the choice back" }).click();
  await row.getByText("Default.").waitFor();
  assert.equal((await privet.ask(subject, "GET", "/api/v1/privacy/settings")).who_can_call, "everyone");

  const zone = page.locator('[data-setting="preferences.locale.timezone"]');
  await zone.getByRole("button", { name: "Change Time zone" }).click();
  await zone.getByLabel("New value").fill("Europe/Nowhere");
  await zone.getByRole("button", { name: "Change for the person" }).click();
  await zone.getByText("This was not accepted:").waitFor();
  assert.equal(await zone.getByLabel("New value").inputValue(), "Europe/Nowhere");
  await context.close();
});

test("what a viewer may is explained", async () => {
  const subject = await somebody();
  await privet.ask(subject, "PUT", `/api/v1/privacy/exceptions/${person(2)}`, { exceptions: { call: "never" } });
  const { page, context } = await openStaffPage("--scope", SCOPES);
  await look(page, subject);
  await page.getByLabel("Id of the viewer").fill("Ben");
  await page.getByRole("button", { name: "Explain" }).click();
  await page.getByText("This is not an id.").waitFor();
  await page.getByLabel("Id of the viewer").fill(person(2));
  await page.getByRole("button", { name: "Explain" }).click();
  const call = page.locator('[data-action="call"]');
  await call.getByText("Call you").waitFor();
  assert.equal(await call.getAttribute("data-reason"), "exception_never");
  await context.close();
});

test("cohorts are set, an unknown one is refused, and what they lock is not changed", async () => {
  const subject = await somebody();
  const { page, context } = await openStaffPage("--scope", SCOPES);
  await look(page, subject);
  const names = page.getByLabel("Names of the cohorts");
  await names.fill("minor, adult");
  await page.getByRole("button", { name: "Save cohorts" }).click();
  await page.getByText("This was not accepted:").waitFor();
  assert.equal(await names.inputValue(), "minor, adult");
  await names.fill("minor");
  await page.getByRole("button", { name: "Save cohorts" }).click();
  await page.getByText("Saved.").waitFor();
  const headers = { scope: "users:classify" };
  const kept = await privet.ask(STAFF, "GET", `/api/v1/admin/users/${subject}/cohorts`, undefined, headers);
  assert.deepEqual(kept.cohorts, ["minor"]);

  await look(page, subject);
  const email = page.locator('[data-setting="email.allow_email_contact"]');
  await email.getByText("Set by “minors”.").waitFor();
  await email.getByRole("button", { name: "Change E-mail" }).click();
  await email.getByLabel("New value").selectOption({ label: "On" });
  await email.getByRole("button", { name: "Change for the person" }).click();
  await email.getByText("This is locked: Protected while under 18.").waitFor();
  await page.getByRole("region", { name: "History" }).getByRole("button", { name: "Show" }).click();
  await page.getByText(`${STAFF} changed “Group of users” from “None” to “minor”.`).waitFor();
  await context.close();
});

test("a file is imported with its progress, and its errors by line", async () => {
  const erased = await somebody();
  await privet.ask(erased, "DELETE", "/api/v1/users/me");
  const first = 100_000;
  const lines = Array.from({ length: 2_500 }, (_, index) =>
    JSON.stringify({ user: person(first + index), settings: { "messaging.who_can_call": "nobody" } }),
  );
  lines[1] = '{"user": "nobody", "settings": {}}';
  lines[1_499] = "this is no JSON";
  lines[2_499] = JSON.stringify({ user: erased, settings: {} });
  const { page, context } = await openStaffPage("--scope", SCOPES);
  await page.locator("nav button[data-view=import]").click();
  const start = page.getByRole("button", { name: "Import", exact: true }).last();
  await start.click();
  await page.getByText("Choose a file first.").waitFor();
  await page.setInputFiles("#import-file", file(lines));
  // The server is away for a moment, in the middle.
  let parts = 0;
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/api/v1/admin/import*", async (route) => {
    parts += 1;
    if (parts === 2) return route.fulfill({ status: 503, headers: { "Retry-After": "1" }, body: "{}" });
    if (parts === 4) await held;
    return route.continue();
  });
  await start.click();
  await page.getByText("2,000 lines made").waitFor({ timeout: 20_000 });
  assert.ok(Number(await page.getByRole("progressbar").getAttribute("value")) > 0);
  release();
  await page
    .getByText("Done: 2,497 created, 0 changed, 0 unchanged, 2 invalid, 1 skipped.")
    .waitFor({ timeout: 20_000 });
  const rows = await page.locator("tbody tr").evaluateAll((all) =>
    all.map((row) => Array.from(row.cells, (cell) => cell.textContent)),
  );
  assert.deepEqual(rows.map(([line]) => line), ["2", "1,500", "2,500"]);
  assert.match(rows[0][1], /^user: ./);
  assert.equal(rows[2][1], "About somebody who was erased");
  const settings = await privet.ask(person(first + 2_000), "GET", "/api/v1/privacy/settings");
  assert.equal(settings.who_can_call, "nobody");
  await context.close();
});

function file(lines) {
  return { name: "people.ndjson", mimeType: "application/x-ndjson", buffer: Buffer.from(lines.join("\n")) };
}

test("an import that is stopped or broken off says from where it goes on", async () => {
  const lines = Array.from({ length: 1_500 }, (_, index) => JSON.stringify({ user: person(200_000 + index), settings: {} }));
  const { page, context } = await openStaffPage("--scope", SCOPES);
  await page.locator("nav button[data-view=import]").click();
  await page.setInputFiles("#import-file", file(lines));
  let parts = 0;
  await page.route("**/api/v1/admin/import*", (route) =>
    ++parts === 2 ? route.fulfill({ status: 500, contentType: "application/problem+json", body: "{}" }) : route.continue(),
  );
  await page.getByRole("button", { name: "Import", exact: true }).last().click();
  await page.getByText("Broken off after line 1,000: Something went wrong (500).").waitFor({ timeout: 20_000 });
  await page.unroute("**/api/v1/admin/import*");
  await page.getByRole("button", { name: "Import", exact: true }).last().click();
  await page.getByText("Done: 500 created, 0 changed, 1,000 unchanged").waitFor({ timeout: 20_000 });
  await context.close();
});

test("a person is erased with a receipt to keep", async () => {
  const subject = await somebody();
  const { page, context } = await openStaffPage("--scope", SCOPES);
  await look(page, subject);
  const confirm = page.getByLabel("Type the id of the person to confirm");
  await confirm.fill(person(1));
  await page.getByRole("button", { name: "Erase for good" }).click();
  await page.getByText("This is not the id of the person.").waitFor();
  await confirm.fill(subject);
  await page.getByRole("button", { name: "Erase for good" }).click();
  await page.getByText("The person has been erased.").waitFor();
  const receipt = await page.getByLabel("Your receipt").inputValue();
  const payload = JSON.parse(Buffer.from(receipt.split(".")[1], "base64url"));
  assert.equal(payload.sub, subject);
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  assert.equal(await readFile(await (await downloading).path(), "utf8"), receipt);
  await assert.rejects(privet.ask(subject, "GET", "/api/v1/privacy/settings"), /401/);
  await look(page, subject);
  await page.getByText("There is nobody with this id, or the account has been deleted.").waitFor();
  await context.close();
});

test("a file that is not UTF-8 is not imported", async () => {
  const { page, context } = await openStaffPage("--scope", SCOPES);
  await page.locator("nav button[data-view=import]").click();
  const buffer = Buffer.from([0x7b, 0xff, 0x7d]);
  await page.setInputFiles("#import-file", { name: "people.ndjson", mimeType: "application/x-ndjson", buffer });
  await page.getByRole("button", { name: "Import", exact: true }).last().click();
  await page.getByText("The file cannot be read: it was changed, or is not text in UTF-8.").waitFor();
  await context.close();
});

test("who lacks a scope is told which one", async () => {
  const subject = await somebody();
  const none = await openStaffPage();
  await look(none.page, subject);
  await none.page.getByText("Your sign-in lacks the scope users:support.").waitFor();
  await none.context.close();
  const { page, context } = await openStaffPage("--scope", "users:support");
  await look(page, subject);
  await page.getByRole("button", { name: "Save cohorts" }).click();
  await page.getByText("Your sign-in lacks the scope users:classify.").waitFor();
  await page.getByLabel("Type the id of the person to confirm").fill(subject);
  await page.getByRole("button", { name: "Erase for good" }).click();
  await page.getByText("Your sign-in lacks the scope users:erase.").waitFor();
  await page.locator("nav button[data-view=import]").click();
  await page.setInputFiles("#import-file", file(["{}"]));
  await page.getByRole("button", { name: "Import", exact: true }).last().click();
  await page.getByText("Your sign-in lacks the scope users:import.").waitFor();
  await context.close();
});
