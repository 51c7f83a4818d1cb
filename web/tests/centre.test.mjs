// What people see and change, in a real browser against a real server.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { newPage, openCentre, startBrowser } from "./support/browser.mjs";
import { person, startPrivet } from "./support/privet.mjs";

let privet;
let browser;
let people = 100;

before(async () => {
  const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  privet = await startPrivet({ files: { PRIVET_RECEIPT_KEY_FILE: key } });
  browser = await startBrowser();
});

after(async () => {
  await browser.close();
  await privet.stop();
});

/** A page of a new person. */
async function visit(view = "settings", options = {}) {
  const id = person(++people);
  const token = await privet.token(id);
  const opened = await newPage(browser, options);
  await openCentre(opened.page, privet, token, view);
  return { ...opened, id, token, ask: (...request) => privet.ask(id, ...request) };
}

const setting = (page, name) => page.locator(`[data-setting="messaging.${name}"]`);

test("a setting is changed by mouse, and the server has it", async () => {
  const { page, context, errors, ask } = await visit();
  await setting(page, "who_can_call").getByRole("combobox").selectOption({ label: "Nobody" });
  await setting(page, "who_can_call").getByText("Nobody.", { exact: true }).waitFor();
  assert.equal((await ask("GET", "/api/v1/privacy/settings")).who_can_call, "nobody");
  await setting(page, "show_read_receipts").getByRole("switch").click();
  await setting(page, "show_read_receipts").getByText("Nobody.", { exact: true }).waitFor();
  assert.equal((await ask("GET", "/api/v1/privacy/settings")).show_read_receipts, false);
  assert.deepEqual(errors, []);
  await context.close();
});

test("nothing is shown as done before it is", async () => {
  const { page, context } = await visit();
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/api/v1/privacy/settings", async (route) => {
    if (route.request().method() === "PUT") await held;
    await route.continue();
  });
  const row = setting(page, "show_typing_indicator");
  await row.getByRole("switch").click();
  await row.getByText("Saving “Off”…").waitFor();
  assert.equal(await row.getByRole("switch").isChecked(), true);
  await row.getByText("Everybody.").waitFor();
  release();
  await row.getByText("Nobody.").waitFor();
  assert.equal(await row.getByRole("switch").isChecked(), false);
  await context.close();
});

test("who may is a sentence of settings and exceptions", async () => {
  const { page, context, ask } = await visit();
  await ask("PUT", `/api/v1/privacy/exceptions/${person(1)}`, { exceptions: { call: "always" } });
  await ask("PUT", `/api/v1/privacy/exceptions/${person(2)}`, { exceptions: { call: "never" } });
  await setting(page, "who_can_call").getByRole("combobox").selectOption({ label: "Your contacts" });
  await setting(page, "who_can_call").getByText("Your contacts, and Ada Lindqvist; not Ben Okafor.").waitFor();
  await setting(page, "who_can_call").getByRole("combobox").selectOption({ label: "Nobody" });
  await setting(page, "who_can_call").getByText("Only Ada Lindqvist.").waitFor();
  await context.close();
});

test("an exception is made, changed and taken away beside its setting", async () => {
  const { page, context, ask, id } = await visit();
  const row = setting(page, "who_can_message");
  await row.getByRole("button", { name: "Exceptions: Send you messages" }).click();
  await row.getByLabel("Person", { exact: true }).fill(person(3));
  await row.getByRole("button", { name: "Add" }).click();
  await row.getByText("Everybody; not Chiara Rossi.").waitFor();
  await row.getByLabel("Chiara Rossi may").selectOption("always");
  await row.getByText("Everybody.", { exact: true }).waitFor();
  const { exceptions } = await ask("GET", `/api/v1/privacy/exceptions/${person(3)}`);
  assert.deepEqual(exceptions, { send_message: "always" });
  await row.getByRole("button", { name: "Remove Chiara Rossi" }).click();
  await row.getByText("No exceptions yet.").waitFor();
  await row.getByLabel("Person", { exact: true }).fill("nobody at all");
  await row.getByRole("button", { name: "Add" }).click();
  await row.getByText("“nobody at all” is not an id").waitFor();
  assert.equal(await row.getByLabel("Person", { exact: true }).inputValue(), "nobody at all");
  await row.getByLabel("Person", { exact: true }).fill(id);
  await row.getByRole("button", { name: "Add" }).click();
  await row.getByText("This was not accepted:").waitFor();
  assert.equal(await row.getByLabel("Person", { exact: true }).inputValue(), id);
  await context.close();
});

test("contacts, close friends, blocks and requests are read and changed", async () => {
  const { page, context, ask, id } = await visit("people");
  await page.getByLabel("Add a contact").fill(person(4));
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Dmitri Volkov").waitFor();
  await page.getByLabel("Close friend: Dmitri Volkov").click();
  await page.waitForFunction(
    () => document.querySelector("privet-centre").shadowRoot.querySelector("input[type=checkbox]").checked,
  );
  assert.equal((await ask("GET", `/api/v1/contacts/${person(4)}`)).close_friend, true);

  await ask("PUT", "/api/v1/e-social/privacy/account", { isPrivate: true });
  await privet.ask(5, "POST", `/api/v1/e-social/follows/${id}`);
  await privet.ask(6, "POST", `/api/v1/e-social/follows/${id}`);
  await page.getByRole("button", { name: "Accept Elif Yılmaz" }).click();
  await page.getByRole("button", { name: "Decline Farid Haddad" }).click();
  await page.getByText("Nobody is waiting.").waitFor();
  await page.getByRole("list", { name: "Followers" }).getByText("Elif Yılmaz").waitFor();

  await page.getByLabel("Block a person").fill(person(5));
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByText("Nobody follows you yet.").waitFor();
  await page.getByRole("button", { name: "Unblock Elif Yılmaz" }).click();
  await page.getByText("You have blocked nobody.").waitFor();
  await page.getByRole("button", { name: "Remove Dmitri Volkov" }).click();
  await page.getByText("You have added nobody yet.").waitFor();
  await context.close();
});

test("a user looks at themselves as a stranger, a contact and a person", async () => {
  const { page, context, ask } = await visit("as");
  await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "contacts" });
  await ask("PUT", `/api/v1/privacy/exceptions/${person(2)}`, { exceptions: { call: "never" } });
  const call = page.locator('[data-action="call"]');
  await page.getByRole("button", { name: "Show" }).click();
  await call.getByText("They are not your contact.").waitFor();
  await page.getByLabel("Look at yourself as").selectOption("contact");
  await page.getByRole("button", { name: "Show" }).click();
  await call.getByText("They are your contact.").waitFor();
  await page.getByLabel("Look at yourself as").selectOption("person");
  await page.getByLabel("Person", { exact: true }).fill(person(2));
  await page.getByRole("button", { name: "Show" }).click();
  await call.getByText("You made an exception for them.").waitFor();
  // What is changed elsewhere is followed.
  await ask("DELETE", `/api/v1/privacy/exceptions/${person(2)}`);
  await call.getByText("They are not your contact.").waitFor();
  await context.close();
});

test("preferences have a control by their schema, and the page follows theme and language", async () => {
  const { page, context, ask } = await visit("preferences");
  const preference = (name) => page.locator(`[data-setting="preferences.${name}"]`);
  await preference("theme.mode").getByRole("combobox").selectOption({ label: "Dark" });
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await preference("locale.timezone").getByRole("combobox").selectOption(await zone(page));
  await preference("notifications.push_enabled").getByRole("switch").click();
  await preference("locale.date_format").getByRole("combobox").selectOption({ label: "DD.MM.YYYY" });
  await preference("locale.language").getByRole("combobox").selectOption({ label: "Arabic" });
  await page.waitForFunction(() => document.documentElement.dir === "rtl");
  const kept = await ask("GET", "/api/users/me/preferences/");
  assert.equal(kept.theme.mode, "dark");
  assert.equal(kept.locale.timezone, "Europe/Berlin");
  assert.equal(kept.locale.date_format, "DD.MM.YYYY");
  assert.equal(kept.locale.language, "ar");
  assert.equal(kept.notifications.push_enabled, false);
  await context.close();
});

/** The value of the option for Berlin. */
async function zone(page) {
  const option = page.locator("option", { hasText: "Europe/Berlin" });
  return option.getAttribute("value");
}

test("the history says in words what was changed, and who of the staff looked", async () => {
  const { page, context, ask, id } = await visit();
  await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "nobody" });
  const headers = { scope: "users:support", "Support-Reason": "Ticket 17 <b>bold</b>" };
  await privet.ask(person(9001), "GET", `/api/v1/admin/users/${id}`, undefined, headers);
  await page.locator("nav button[data-view=history]").click();
  await page.getByText("You changed “Calls” from “Everybody” to “Nobody”.").waitFor();
  await page.getByText("Ticket 17 <b>bold</b>").waitFor();
  await context.close();
});

test("dates are written as the preferences say", async () => {
  const { page, context, ask } = await visit();
  await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "nobody" });
  const { entries } = await ask("GET", "/api/v1/privacy/audit");
  const at = new Date(entries[0].occurred_at);
  await page.locator("nav button[data-view=history]").click();
  const shown = page.locator(".view time").first();
  await shown.getByText(at.toISOString().slice(0, 16).replace("T", ", ")).waitFor();
  const locale = { timezone: "Asia/Kolkata", date_format: "DD.MM.YYYY", time_format: "12h" };
  await ask("PATCH", "/api/users/me/preferences/", { locale });
  // Half past five hours ahead of UTC.
  const there = new Date(at.getTime() + 5.5 * 3_600_000).toISOString();
  const [year, month, day] = there.slice(0, 10).split("-");
  const half = Number(there.slice(11, 13)) < 12 ? "AM" : "PM";
  const hour = String(Number(there.slice(11, 13)) % 12 || 12).padStart(2, "0");
  const own = page.locator(`.view time[datetime="${entries[0].occurred_at}"]`);
  await own.getByText(`${day}.${month}.${year}, ${hour}:${there.slice(14, 16)} ${half}`).waitFor();
  await context.close();
});

test("an Arabic page has no English on it", async () => {
  const { page, context, ask } = await visit("settings", { locale: "ar" });
  await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "nobody" });
  await ask("PUT", `/api/v1/contacts/${person(2)}`);
  // Names of people, of a product, of a time zone, and of date formats.
  const known = /^(Ada Lindqvist|Ben Okafor|Slack\.?|UTC|JSON|[DMY.-]+|[0-9 .-]+|[0-9a-f-]{36}\.?)$/;
  for (const view of ["settings", "people", "as", "preferences", "history", "data"]) {
    await page.locator(`nav button[data-view=${view}]`).click();
    if (view === "as") await page.locator("form button.primary").click();
    if (view === "as") await page.locator("[data-action]").first().waitFor();
    await page.locator(".loading").first().waitFor({ state: "detached" });
    const words = await page.evaluate(() => {
      const { shadowRoot } = document.querySelector("privet-centre");
      const texts = Array.from(shadowRoot.querySelectorAll("[aria-label]"), (it) => it.ariaLabel);
      const walker = document.createTreeWalker(shadowRoot, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        // Zones and languages are named by the browser.
        if (!walker.currentNode.parentElement.closest("#preferences-locale-timezone, #preferences-locale-language")) {
          texts.push(walker.currentNode.data);
        }
      }
      return texts.flatMap((text) => text.match(/[a-z0-9][a-z0-9-]{2,}[a-z0-9 .-]*/gi) ?? []);
    });
    assert.deepEqual(words.map((word) => word.trim()).filter((word) => !known.test(word)), [], view);
  }
  await context.close();
});

test("nothing is brought in but what was looked at", async () => {
  const { page, context, ask } = await visit("data");
  const file = await ask("GET", "/api/v1/users/me/export");
  const choose = (name, content) => {
    const buffer = Buffer.from(JSON.stringify(content));
    return page.setInputFiles("#import-file", { name, mimeType: "application/json", buffer });
  };
  const sent = [];
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/api/v1/users/me/import?*", async (route) => {
    sent.push(new URL(route.request().url()).searchParams.get("mode"));
    if (sent.length === 1) await held;
    await route.continue();
  });
  await choose("first.json", file);
  await page.getByRole("button", { name: "See what would change" }).click();
  await page.getByLabel("What you have now").selectOption({ label: "Put the file in its place" });
  release();
  await page.waitForTimeout(500);
  assert.equal(await page.getByRole("button", { name: "Bring it in" }).count(), 0);
  await page.getByRole("button", { name: "See what would change" }).click();
  await page.getByRole("button", { name: "Bring it in" }).click();
  await page.getByText("Done. This has been brought in:").waitFor();
  assert.deepEqual(sent, ["merge", "replace", "replace"]);
  await context.close();
});

test("data is downloaded, looked at, brought in, and deleted with a receipt", async () => {
  const { page, context, ask, token, id } = await visit("data");
  await ask("PUT", `/api/v1/contacts/${person(2)}`);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download your data" }).click(),
  ]);
  const file = await download.path();
  await page.setInputFiles("#import-file", file);
  await page.getByRole("button", { name: "See what would change" }).click();
  await page.getByText("This would happen:").waitFor();
  await page.getByRole("button", { name: "Bring it in" }).click();
  await page.getByText("Done. This has been brought in:").waitFor();

  await page.getByRole("button", { name: "Delete your account…" }).click();
  const sure = page.getByRole("button", { name: "Delete for good" });
  assert.equal(await sure.isDisabled(), true);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete your account…" }).click();
  await page.getByLabel("I understand that this cannot be undone").check();
  await sure.click();
  await page.getByText("Your account has been deleted.").waitFor();
  const receipt = await page.getByLabel("Your receipt").inputValue();
  assert.equal(JSON.parse(Buffer.from(receipt.split(".")[1], "base64url")).sub, id);
  const [kept] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download" }).click(),
  ]);
  assert.equal(await readFile(await kept.path(), "utf8"), receipt);
  const answer = await fetch(`${privet.url}/api/v1/privacy/settings`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 401);
  await context.close();
});
