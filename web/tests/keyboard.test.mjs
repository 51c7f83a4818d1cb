// Everything that a person sees and changes, by keyboard alone; and the focus, which stays where something was done.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newPage, openCentre, startBrowser } from "./support/browser.mjs";
import { choose, focused, press, tabTo, type } from "./support/keyboard.mjs";
import { person, startPrivet } from "./support/privet.mjs";

let privet;
let browser;
let people = 300;

before(async () => {
  privet = await startPrivet();
  browser = await startBrowser();
});

after(async () => {
  await browser.close();
  await privet.stop();
});

async function visit() {
  const id = person(++people);
  const opened = await newPage(browser);
  await openCentre(opened.page, privet, await privet.token(id));
  return { ...opened, id, ask: (...request) => privet.ask(id, ...request) };
}

const setting = (page, name) => page.locator(`[data-setting="${name}"]`);
const button = (page, name) => page.getByRole("button", { name, exact: true });
const CALL = "messaging.who_can_call";

/** Goes to a view by its button. */
async function go(page, view) {
  await press(page, page.locator(`nav button[data-view=${view}]`), "Enter");
  await page.locator(".view h2").waitFor();
}

test("settings are changed", async () => {
  const { page, context, ask } = await visit();
  await press(page, setting(page, "account.is_private").getByRole("switch"), "Space");
  await setting(page, "account.is_private").getByText("Your followers.").waitFor();
  await press(page, setting(page, CALL).getByRole("combobox"), "ArrowDown", "Enter");
  await setting(page, CALL).getByText("Your contacts.", { exact: true }).waitFor();
  // Left without Enter, it is sent as well.
  await choose(page, setting(page, "messaging.who_can_mention").getByRole("combobox"), "Nob");
  await page.keyboard.press("Tab");
  await setting(page, "messaging.who_can_mention").getByText("Nobody.", { exact: true }).waitFor();
  const kept = await ask("GET", "/api/v1/privacy/settings");
  assert.deepEqual([kept.who_can_call, kept.who_can_mention], ["contacts", "nobody"]);
  await context.close();
});

test("arrow keys are one change, sent after a pause, and Escape takes it back", async () => {
  const { page, context, ask } = await visit();
  let updates = 0;
  page.on("request", (request) => (updates += request.method() === "PUT" ? 1 : 0));
  await press(page, setting(page, CALL).getByRole("combobox"), "ArrowDown", "Escape");
  for (let presses = 0; presses < 7; presses++) await page.keyboard.press("ArrowDown");
  await setting(page, CALL).getByText("Nobody.", { exact: true }).waitFor();
  assert.equal(updates, 1);
  assert.equal((await ask("GET", "/api/v1/privacy/settings")).who_can_call, "nobody");
  await context.close();
});

test("exceptions are made, changed and taken away", async () => {
  const { page, context, ask } = await visit();
  const row = setting(page, CALL);
  await press(page, row.getByRole("button", { name: "Exceptions: Call you" }), "Enter");
  await type(page, row.getByLabel("Person", { exact: true }), person(3));
  await row.getByText("Everybody; not Chiara Rossi.").waitFor();
  await press(page, row.getByLabel("Chiara Rossi may"), "ArrowUp");
  await row.getByText("Everybody.", { exact: true }).waitFor();
  const { exceptions } = await ask("GET", `/api/v1/privacy/exceptions/${person(3)}`);
  assert.deepEqual(exceptions, { call: "always" });
  await press(page, row.getByRole("button", { name: "Remove Chiara Rossi" }), "Enter");
  await row.getByText("No exceptions yet.").waitFor();
  assert.ok(await row.getByLabel("Person", { exact: true }).evaluate((it) => it.getRootNode().activeElement === it));
  await context.close();
});

test("people are added, marked, removed, accepted, blocked, and the focus stays in their list", async () => {
  const { page, context, ask, id } = await visit();
  await ask("PUT", "/api/v1/e-social/privacy/account", { isPrivate: true });
  for (const other of [5, 6]) await privet.ask(other, "POST", `/api/v1/e-social/follows/${id}`);
  await go(page, "people");
  assert.equal(await focused(page), "People");
  await press(page, button(page, "Accept Elif Yılmaz"), "Enter");
  await page.getByRole("list", { name: "Followers" }).getByText("Elif Yılmaz").waitFor();
  assert.equal(await focused(page), "Follow requests");
  await press(page, button(page, "Decline Farid Haddad"), "Enter");
  await page.getByText("Nobody is waiting.").waitFor();
  assert.equal(await focused(page), "Follow requests");

  await type(page, page.getByLabel("Add a contact"), person(4));
  await page.getByText("Dmitri Volkov").waitFor();
  await press(page, page.getByLabel("Close friend: Dmitri Volkov"), "Space");
  await page.locator("input[type=checkbox]:checked").waitFor();
  assert.equal((await ask("GET", `/api/v1/contacts/${person(4)}`)).close_friend, true);
  await press(page, button(page, "Remove Dmitri Volkov"), "Enter");
  await page.getByText("You have added nobody yet.").waitFor();
  assert.equal(await focused(page), "Contacts");

  await press(page, button(page, "Remove Elif Yılmaz"), "Enter");
  await page.getByText("Nobody follows you yet.").waitFor();
  assert.equal(await focused(page), "Followers");
  await type(page, page.getByLabel("Block a person"), person(5));
  await press(page, button(page, "Unblock Elif Yılmaz"), "Enter");
  await page.getByText("You have blocked nobody.").waitFor();
  assert.equal(await focused(page), "Blocked people");
  await context.close();
});

test("a user looks at themselves as somebody else", async () => {
  const { page, context } = await visit();
  await go(page, "as");
  const viewer = page.getByLabel("Look at yourself as");
  await choose(page, viewer, "A contact");
  await press(page, button(page, "Show"), "Enter");
  await page.getByRole("heading", { name: "As a contact" }).waitFor();
  await choose(page, viewer, "A cer");
  await type(page, page.getByLabel("Person", { exact: true }), person(2));
  await page.getByRole("heading", { name: "As Ben Okafor" }).waitFor();
  await context.close();
});

test("preferences are changed and reset", async () => {
  const { page, context, ask } = await visit();
  await go(page, "preferences");
  await press(page, setting(page, "preferences.notifications.slack_enabled").getByRole("switch"), "Space");
  await choose(page, setting(page, "preferences.theme.mode").getByRole("combobox"), "Dark");
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await press(page, setting(page, "preferences.locale.language").locator("summary"), "Enter");
  await tabTo(page, page.getByLabel("Another language, by its tag"));
  await page.keyboard.press("Control+A");
  await page.keyboard.type("pt-br");
  await page.keyboard.press("Enter");
  await setting(page, "preferences.locale.language").getByText("Brazilian Portuguese").first().waitFor({ state: "attached" });
  await page.waitForFunction(async () => document.querySelector("privet-centre").shadowRoot.querySelector(".text-value button") === null);
  const kept = await ask("GET", "/api/users/me/preferences/");
  assert.deepEqual([kept.notifications.slack_enabled, kept.theme.mode, kept.locale.language], [true, "dark", "pt-BR"]);
  await press(page, button(page, "Reset all preferences…"), "Enter");
  assert.equal(await focused(page), "Reset all preferences");
  await page.keyboard.press("Enter");
  await button(page, "Reset all preferences…").waitFor();
  assert.equal(await focused(page), "Reset all preferences…");
  assert.equal((await ask("GET", "/api/users/me/preferences/")).theme.mode, "system");
  await context.close();
});

test("the history is read on, and cut to one setting", async () => {
  const { page, context, ask } = await visit();
  for (let change = 0; change < 52; change++) {
    const value = change % 2 === 0;
    await ask("PATCH", "/api/users/me/preferences/", { "notifications.slack_enabled": value });
  }
  await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "nobody" });
  await go(page, "history");
  const rows = page.getByRole("list", { name: "Changes" }).getByRole("listitem");
  await rows.first().waitFor();
  assert.equal(await rows.count(), 50);
  await press(page, button(page, "Show more"), "Enter");
  await rows.nth(52).waitFor();
  assert.equal(await focused(page), "Changes");
  await choose(page, page.getByLabel("Show changes of"), "Calls");
  await page.waitForFunction(() => document.querySelector("privet-centre").shadowRoot.querySelectorAll(".entry").length === 1);
  await page.getByText("You changed “Calls” from “Everybody” to “Nobody”.").waitFor();
  await context.close();
});

test("data is downloaded, brought in and deleted", async () => {
  const { page, context, ask, id } = await visit();
  await ask("PUT", `/api/v1/contacts/${person(2)}`);
  await go(page, "data");
  const downloading = page.waitForEvent("download");
  await press(page, button(page, "Download your data"), "Enter");
  const file = await (await downloading).path();
  assert.equal(await focused(page), "Download your data");
  const choosing = page.waitForEvent("filechooser");
  await press(page, page.locator("#import-file"), "Enter");
  await (await choosing).setFiles(file);
  await press(page, button(page, "See what would change"), "Enter");
  await page.getByText("This would happen:").waitFor();
  await press(page, button(page, "Bring it in"), "Enter");
  await page.getByText("Done. This has been brought in:").waitFor();

  await press(page, button(page, "Delete your account…"), "Enter");
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  assert.equal(await focused(page), "Delete your account…");
  await page.keyboard.press("Enter");
  await press(page, page.getByLabel("I understand that this cannot be undone"), "Space");
  await press(page, button(page, "Delete for good"), "Enter");
  await page.getByText("Your account has been deleted.").waitFor();
  assert.equal(await focused(page), "Your account has been deleted.");
  await assert.rejects(privet.ask(id, "GET", "/api/v1/privacy/settings"), /401/);
  await context.close();
});

test("what went wrong is dealt with", async () => {
  const { page, context, ask } = await visit();
  await page.route("**/api/v1/users/me/changes", (route) => route.abort());
  await page.reload();
  await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "contacts" });
  await page.route("**/api/v1/privacy/settings", (route) => route.abort());
  const row = setting(page, CALL);
  await choose(page, row.getByRole("combobox"), "Nob");
  await row.getByText("The service cannot be reached.").waitFor();
  await page.unroute("**/api/v1/privacy/settings");
  await press(page, row.getByRole("button", { name: "Try again" }), "Enter");
  await row.getByText("It is now “Your contacts”. You chose “Nobody”.").waitFor();
  assert.ok(await row.getByRole("combobox").evaluate((it) => it.getRootNode().activeElement === it));
  await press(page, row.getByRole("button", { name: "Use “Nobody”" }), "Enter");
  await row.getByText("Nobody.", { exact: true }).waitFor();
  assert.ok(await row.getByRole("combobox").evaluate((it) => it.getRootNode().activeElement === it));
  await context.close();
});

test("staff find, explain, change, classify, import and erase", async () => {
  const scopes = "users:support users:classify users:import users:erase";
  const token = await privet.token(person(9001), "--scope", scopes);
  const subject = person(++people);
  await privet.ask(subject, "GET", "/api/v1/privacy/settings");
  const { page, context } = await newPage(browser);
  await page.addInitScript((kept) => sessionStorage.setItem("privet.token", kept), token);
  await page.goto(`${privet.url}/admin/`);
  await tabTo(page, page.getByLabel("Id of the person", { exact: true }));
  await page.keyboard.type(subject);
  await type(page, page.getByLabel("Reason"), "Ticket 4711");
  const row = setting(page, CALL);
  await press(page, row.getByRole("button", { name: "Change Calls" }), "Enter");
  await choose(page, row.getByLabel("New value"), "Nob");
  await press(page, row.getByRole("button", { name: "Change for the person" }), "Enter");
  await row.getByText("Chosen by the person.").waitFor();
  assert.equal(await focused(page), "Change Calls");
  await type(page, page.getByLabel("Id of the viewer"), person(2));
  await page.locator('[data-action="call"][data-reason="nobody"]').waitFor();
  await press(page, page.getByRole("region", { name: "History" }).getByRole("button", { name: "Show" }), "Enter");
  await page.getByText("changed “Calls” from “Everybody” to “Nobody”.").waitFor();
  assert.equal(await focused(page), "History");
  await type(page, page.getByLabel("Type the id of the person to confirm"), subject);
  await page.getByText("The person has been erased.").waitFor();
  assert.equal(await focused(page), "Erase");

  await press(page, page.locator("nav button[data-view=import]"), "Enter");
  const choosing = page.waitForEvent("filechooser");
  await press(page, page.locator("#import-file"), "Enter");
  const lines = `{"user": "${person(++people)}", "settings": {}}\n`;
  await (await choosing).setFiles({ name: "people.ndjson", mimeType: "application/x-ndjson", buffer: Buffer.from(lines) });
  await choose(page, page.getByLabel("What a person has chosen"), "Is");
  await press(page, button(page, "Import").last(), "Enter");
  await page.getByText("Done: 1 created").waitFor();
  await context.close();
});
