// On a key for development, people paste a token. Nothing typed is lost when it ends.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newPage, openCentre, startBrowser } from "./support/browser.mjs";
import { person, startPrivet } from "./support/privet.mjs";

const STAFF = person(9001);
/** Seconds of a token that ends during a test. */
const LIFETIME = 8;
const SCOPES = "users:support users:classify";

let privet;
let browser;
let people = 800;

before(async () => {
  privet = await startPrivet();
  browser = await startBrowser();
});

after(async () => {
  await browser.close();
  await privet.stop();
});

test("an ended sign-in is named, and what was typed stays", async () => {
  const id = person(++people);
  const { page, context } = await newPage(browser);
  const end = Date.now() + LIFETIME * 1_000;
  await openCentre(page, privet, await privet.token(id, "--ttl", `${LIFETIME}s`), "people");
  await page.getByLabel("Add a contact").fill(person(1));
  await page.waitForTimeout(Math.max(0, end + 1_000 - Date.now()));
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Your sign-in has ended.").first().waitFor();
  assert.equal(await page.getByLabel("Add a contact").inputValue(), person(1));
  await page.getByRole("button", { name: "Sign in again" }).click();
  await page.getByLabel("Token").fill("nonsense");
  await page.getByRole("button", { name: "Use this token" }).click();
  await page.getByText("This is not a token of this server.").waitFor();
  await page.getByLabel("Token").fill(await privet.token(id));
  await page.getByRole("button", { name: "Use this token" }).click();
  await page.getByText("Your sign-in has ended.").first().waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
  assert.equal(await page.getByLabel("Add a contact").inputValue(), person(1));
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Ada Lindqvist").waitFor();
  await context.close();
});

test("a link with a token is followed while the page is shown, and leaves the address", async () => {
  const [first, second] = [person(++people), person(++people)];
  const { page, context } = await newPage(browser);
  await page.goto(`${privet.url}/privacy/`);
  await page.getByLabel("Token").waitFor();
  await page.goto(`${privet.url}/privacy/#token=${await privet.token(first)}`);
  await page.locator("nav button[data-view=people]").click();
  await page.getByLabel("Add a contact").fill(person(1));
  await page.goto(`${privet.url}/privacy/#token=${await privet.token(second)}`);
  await page.getByText("Another user has signed in.").waitFor();
  assert.equal(page.url(), `${privet.url}/privacy/`);
  await page.getByLabel("Add a contact").waitFor();
  assert.equal(await page.getByLabel("Add a contact").inputValue(), "");
  await context.close();
});

test("a token that is nobody's signs nobody in", async () => {
  const { page, context } = await newPage(browser);
  const forged = (await privet.token(person(++people))).replace(/\.[^.]+$/, ".c2lnbmF0dXJl");
  await page.goto(`${privet.url}/privacy/#token=${forged}`);
  await page.getByText("Your sign-in has ended.").waitFor();
  assert.equal(page.url(), `${privet.url}/privacy/`);
  await context.close();
});

test("another member of the staff begins with an empty page", async () => {
  const { page, context } = await newPage(browser);
  await page.addInitScript((kept) => {
    if (!sessionStorage.getItem("privet.token")) sessionStorage.setItem("privet.token", kept);
  }, await privet.token(STAFF, "--scope", SCOPES, "--ttl", "3s"));
  await page.goto(`${privet.url}/admin/`);
  await page.getByLabel("Id of the person", { exact: true }).fill(person(1));
  await page.getByLabel("Reason").fill("Ticket 4711");
  await page.waitForTimeout(3_500);
  await page.getByRole("button", { name: "Show" }).first().click();
  await page.getByText("Your sign-in has ended.").first().waitFor();
  await page.getByRole("button", { name: "Sign in again" }).click();
  await page.getByLabel("Token").fill(await privet.token(person(9002), "--scope", SCOPES));
  await page.getByRole("button", { name: "Use this token" }).click();
  await page.getByText("Another user has signed in.").waitFor();
  await page.getByText(`Every look is on record with your id (${person(9002)})`).waitFor();
  assert.equal(await page.getByLabel("Reason").inputValue(), "");
  assert.equal(await page.getByLabel("Id of the person", { exact: true }).inputValue(), "");
  await context.close();
});

test("an ended sign-in is named on the staff page, and what was typed stays", async () => {
  const subject = person(++people);
  await privet.ask(subject, "GET", "/api/v1/privacy/settings");
  const { page, context } = await newPage(browser);
  await page.addInitScript((kept) => {
    if (!sessionStorage.getItem("privet.token")) sessionStorage.setItem("privet.token", kept);
  }, await privet.token(STAFF, "--scope", SCOPES, "--ttl", "3s"));
  await page.goto(`${privet.url}/admin/`);
  await page.getByLabel("Id of the person", { exact: true }).fill(subject);
  await page.getByLabel("Reason").fill("Ticket 4711");
  await page.waitForTimeout(3_500);
  await page.getByRole("button", { name: "Show" }).first().click();
  await page.getByText("Your sign-in has ended.").first().waitFor();
  await page.getByRole("button", { name: "Sign in again" }).click();
  await page.getByLabel("Token").fill(await privet.token(STAFF, "--scope", SCOPES));
  await page.getByRole("button", { name: "Use this token" }).click();
  await page.getByRole("button", { name: "Sign in again" }).waitFor({ state: "detached" });
  assert.equal(await page.getByLabel("Reason").inputValue(), "Ticket 4711");
  await page.getByRole("button", { name: "Show" }).first().click();
  await page.getByText("Here since").waitFor();
  await context.close();
});

test("an import waits for a sign-in that has ended, and goes on", async () => {
  const { page, context } = await newPage(browser);
  const token = await privet.token(STAFF, "--scope", "users:import");
  await page.goto(`${privet.url}/admin/#token=${token}`);
  let parts = 0;
  let isEnded = false;
  await page.route("**/api/v1/admin/import?*", (route) => {
    if (++parts === 2) isEnded = true;
    if (!isEnded) return route.continue();
    return route.fulfill({ status: 401, contentType: "application/problem+json", body: '{"detail": "Token has expired"}' });
  });
  await page.locator("nav button[data-view=import]").click();
  const buffer = Buffer.from("{}\n".repeat(2_500));
  await page.setInputFiles("#import-file", { name: "people.ndjson", mimeType: "application/x-ndjson", buffer });
  await page.getByRole("button", { name: "Import", exact: true }).last().click();
  await page.getByText("Your sign-in has ended.").first().waitFor();
  isEnded = false;
  await page.getByRole("button", { name: "Sign in again" }).click();
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Use this token" }).click();
  await page.getByText("2,500 invalid").waitFor();
  assert.equal(parts, 4);
  await context.close();
});
