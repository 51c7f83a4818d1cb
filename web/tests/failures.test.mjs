// What goes wrong ends in a sentence that helps, and nothing that was chosen or typed is lost.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newPage, openCentre, startBrowser } from "./support/browser.mjs";
import { person, startPrivet } from "./support/privet.mjs";

const CATALOGUE = {
  extends: "messenger",
  cohorts: { minor: { description: "Under 18." } },
  layers: [
    {
      name: "minors",
      cohort: "minor",
      note: "Protected while you are <b>under 18</b>.",
      defaults: { "messaging.who_can_add_to_groups": "contacts", "email.allow_email_contact": false },
      allowed: { "messaging.who_can_add_to_groups": ["contacts", "nobody"], "email.allow_email_contact": [false] },
    },
  ],
};

let privet;
let browser;
let people = 200;

before(async () => {
  privet = await startPrivet({ catalogue: CATALOGUE });
  browser = await startBrowser();
});

after(async () => {
  await browser.close();
  await privet.stop();
});

async function visit(view = "settings", prepare = async () => undefined) {
  const id = person(++people);
  const token = await privet.token(id);
  const opened = await newPage(browser);
  await prepare(opened.page, id);
  await openCentre(opened.page, privet, token, view);
  return { ...opened, id, token, ask: (...request) => privet.ask(id, ...request) };
}

const setting = (page, name) => page.locator(`[data-setting="${name}"]`);
const CALL = "messaging.who_can_call";

/** Answers the next updates of the messaging settings instead of the server. */
async function answerUpdates(page, answer, times = 1) {
  let left = times;
  await page.route("**/api/v1/privacy/settings", async (route) => {
    if (route.request().method() !== "PUT" || left-- <= 0) return route.continue();
    return route.fulfill({
      contentType: "application/problem+json",
      body: JSON.stringify({ type: "about:blank", title: "", detail: "", code: "", ...answer.body }),
      ...answer,
    });
  });
}

test("two browsers of one user agree within a second", async () => {
  const first = await visit();
  const second = await newPage(browser);
  await openCentre(second.page, privet, first.token);
  await second.page.waitForTimeout(300);
  await setting(first.page, CALL).getByRole("combobox").selectOption({ label: "Nobody" });
  await setting(first.page, CALL).getByText("Nobody.", { exact: true }).waitFor();
  await setting(second.page, CALL).getByText("Nobody.", { exact: true }).waitFor({ timeout: 1_000 });
  await first.ask("PUT", `/api/v1/privacy/exceptions/${person(1)}`, { exceptions: { call: "always" } });
  for (const { page } of [first, second]) {
    await setting(page, CALL).getByText("Only Ada Lindqvist.").waitFor({ timeout: 1_000 });
  }
  await second.page.locator("nav button[data-view=people]").click();
  await second.page.getByText("You have added nobody yet.").waitFor();
  await first.ask("PUT", `/api/v1/contacts/${person(2)}`);
  await second.page.getByText("Ben Okafor").waitFor({ timeout: 1_000 });
  await first.context.close();
  await second.context.close();
});

test("a change that met another one shows both values, and the user decides", async () => {
  const { page, context, ask } = await visit("settings", (page) =>
    page.route("**/api/v1/users/me/changes", (route) => route.abort()),
  );
  await setting(page, CALL).getByRole("combobox").selectOption({ label: "Your contacts" });
  await setting(page, CALL).getByText("Your contacts.", { exact: true }).waitFor();
  await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "nobody" });
  await setting(page, CALL).getByRole("combobox").selectOption({ label: "Your followers" });
  await setting(page, CALL).getByText("It is now “Nobody”. You chose “Your followers”.").waitFor();
  assert.equal((await ask("GET", "/api/v1/privacy/settings")).who_can_call, "nobody");
  await setting(page, CALL).getByRole("button", { name: "Use “Your followers”" }).click();
  await setting(page, CALL).getByText("Your followers.", { exact: true }).waitFor();
  assert.equal((await ask("GET", "/api/v1/privacy/settings")).who_can_call, "followers");
  await context.close();
});

test("another setting of the family that changed is no conflict", async () => {
  const { page, context, ask } = await visit("settings", (page) =>
    page.route("**/api/v1/users/me/changes", (route) => route.abort()),
  );
  await setting(page, CALL).getByRole("combobox").selectOption({ label: "Your contacts" });
  await setting(page, CALL).getByText("Your contacts.", { exact: true }).waitFor();
  await ask("PUT", "/api/v1/privacy/settings", { setting: "show_last_seen", value: false });
  await setting(page, CALL).getByRole("combobox").selectOption({ label: "Nobody" });
  await setting(page, CALL).getByText("Nobody.", { exact: true }).waitFor();
  const kept = await ask("GET", "/api/v1/privacy/settings");
  assert.deepEqual([kept.who_can_call, kept.show_last_seen], ["nobody", false]);
  await context.close();
});

test("a locked setting says why, and offers only what is allowed", async () => {
  const { page, context, errors, id } = await visit();
  const headers = { scope: "users:classify" };
  await setting(page, "messaging.who_can_add_to_groups").getByText("Everybody.").waitFor();
  await privet.ask(person(9002), "PUT", `/api/v1/admin/users/${id}/cohorts`, { cohorts: ["minor"] }, headers);
  await page.reload();
  await page.locator("nav button").first().waitFor();
  const email = setting(page, "email.allow_email_contact");
  await email.getByText("Locked: Protected while you are <b>under 18</b>.").waitFor();
  assert.equal(await email.getByRole("switch").isDisabled(), true);
  const options = await setting(page, "messaging.who_can_add_to_groups").getByRole("option").allTextContents();
  assert.deepEqual(options, ["Your contacts", "Nobody"]);
  assert.deepEqual(errors, []);
  await context.close();
});

test("a setting that was locked meanwhile is not changed, and says why", async () => {
  const { page, context, id } = await visit("settings", (page) =>
    page.route("**/api/v1/users/me/changes", (route) => route.abort()),
  );
  const headers = { scope: "users:classify" };
  await privet.ask(person(9002), "PUT", `/api/v1/admin/users/${id}/cohorts`, { cohorts: ["minor"] }, headers);
  const groups = setting(page, "messaging.who_can_add_to_groups");
  await groups.getByRole("combobox").selectOption({ label: "Your followers" });
  await groups.getByText(/This is locked: Protected while you are <b>under 18<\/b>\.|It is now “Your contacts”/).waitFor();
  await context.close();
});

test("an absent server is named, and the choice can be sent again", async () => {
  const { page, context } = await visit();
  await answerUpdates(page, { status: 503, headers: { "Retry-After": "1" } });
  await setting(page, CALL).getByRole("combobox").selectOption({ label: "Nobody" });
  await setting(page, CALL).getByText("Not saved: “Nobody”. The service is away for a moment.").waitFor();
  await setting(page, CALL).getByText("Everybody.", { exact: true }).waitFor();
  await setting(page, CALL).getByRole("button", { name: "Try again" }).click();
  await setting(page, CALL).getByText("Nobody.", { exact: true }).waitFor();
  await context.close();
});

test("too many changes are sent again by themselves", async () => {
  const { page, context } = await visit();
  await answerUpdates(page, { status: 429, headers: { "Retry-After": "1" } });
  await setting(page, CALL).getByRole("combobox").selectOption({ label: "Nobody" });
  await setting(page, CALL).getByText("It is sent again by itself in 1 second.").waitFor();
  await setting(page, CALL).getByText("Nobody.", { exact: true }).waitFor();
  await context.close();
});

for (const [stream, isLive] of [["without", false], ["with", true]]) {
  test(`a change that waited does not overwrite another device's, ${stream} a stream`, async () => {
    const { page, context, ask } = await visit("settings", (page) =>
      isLive ? undefined : page.route("**/api/v1/users/me/changes", (route) => route.abort()),
    );
    const tags = [];
    page.on("request", (request) => {
      if (request.method() === "PUT") tags.push(request.headers()["if-match"]);
    });
    await answerUpdates(page, { status: 429, headers: { "Retry-After": "3" } });
    await setting(page, CALL).getByRole("combobox").selectOption({ label: "Your followers" });
    await setting(page, CALL).getByText("It is sent again by itself in 3 seconds.").waitFor();
    await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "nobody" });
    if (isLive) await setting(page, CALL).getByText("Nobody.", { exact: true }).waitFor({ timeout: 2_000 });
    await setting(page, CALL).getByText("It is now “Nobody”. You chose “Your followers”.").waitFor();
    assert.equal((await ask("GET", "/api/v1/privacy/settings")).who_can_call, "nobody");
    // Where nothing was told meanwhile, it was sent with the tag that had been read.
    assert.deepEqual(tags, isLive ? [tags[0]] : [tags[0], tags[0]]);
    assert.match(tags[0], /^"/);
    await context.close();
  });
}

test("the history of one setting has no entries of others, whatever answer comes late", async () => {
  const { page, context, ask } = await visit();
  const change = (name, value) => ask("PUT", "/api/v1/privacy/settings", { setting: name, value });
  await change("who_can_call", "nobody");
  for (let times = 0; times < 60; times++) await change("show_last_seen", times % 2 === 1);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/api/v1/privacy/audit?*cursor=*", async (route) => {
    await held;
    await route.continue();
  });
  await page.locator("nav button[data-view=history]").click();
  await page.locator(".entry").nth(49).waitFor();
  await page.getByRole("button", { name: "Show more" }).click();
  await page.getByLabel("Show changes of").selectOption({ label: "Calls" });
  release();
  await page.locator(".entry", { hasText: "“Calls”" }).waitFor();
  await page.waitForTimeout(300);
  assert.equal(await page.locator(".entry").count(), 1);
  await context.close();
});

test("what another device has done already is no limit, and goes from the list", async () => {
  const { page, context, id, ask } = await visit("settings", (page) =>
    page.route("**/api/v1/users/me/changes", (route) => route.abort()),
  );
  await ask("PUT", "/api/v1/e-social/privacy/account", { isPrivate: true });
  const asking = [person(++people), person(++people)];
  for (const who of asking) await privet.ask(who, "POST", `/api/v1/e-social/follows/${id}`);
  await page.locator("nav button[data-view=people]").click();
  const name = (who) => `…${who.slice(-12)}`;
  const accept = (who) => page.getByRole("button", { name: `Accept ${name(who)}` });
  await accept(asking[1]).waitFor();
  const { data } = await ask("GET", "/api/v1/e-social/follows/requests/pending");
  for (const { id: request } of data.items) await ask("POST", `/api/v1/e-social/follows/requests/${request}/accept`);
  await accept(asking[0]).click();
  await accept(asking[0]).waitFor({ state: "detached" });
  await accept(asking[1]).waitFor({ state: "detached" });
  await page.getByRole("button", { name: `Remove ${name(asking[0])}` }).waitFor();
  assert.equal(await page.getByText("You have reached the limit").count(), 0);
  await context.close();
});

test("a connection that is lost is named, and comes back", async () => {
  const { page, context } = await visit();
  await page.route("**/api/v1/privacy/settings", (route) => route.abort());
  await setting(page, CALL).getByRole("combobox").selectOption({ label: "Nobody" });
  await setting(page, CALL).getByText("The service cannot be reached.").waitFor();
  await page.unroute("**/api/v1/privacy/settings");
  await setting(page, CALL).getByRole("button", { name: "Try again" }).click();
  await setting(page, CALL).getByText("Nobody.", { exact: true }).waitFor();
  await context.close();
});

test("a lost stream is named, and found again", async () => {
  let isCut = true;
  const { page, context, ask } = await visit("settings", (page) =>
    page.route("**/api/v1/users/me/changes", (route) => (isCut ? route.abort() : route.continue())),
  );
  await page.getByText("Live updates are interrupted").waitFor();
  await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "nobody" });
  isCut = false;
  await setting(page, CALL).getByText("Nobody.", { exact: true }).waitFor({ timeout: 8_000 });
  await page.getByText("Live updates are interrupted").waitFor({ state: "detached" });
  await context.close();
});

test("a change of another device that cannot be read is read later, and the page says so until then", async () => {
  const { page, context, ask } = await visit();
  let isAway = true;
  await page.route("**/api/v1/privacy/catalogue", (route) =>
    isAway ? route.fulfill({ status: 503, headers: { "Retry-After": "1" }, body: "{}" }) : route.continue(),
  );
  await page.waitForTimeout(300);
  await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "nobody" });
  await page.getByText("Live updates are interrupted").waitFor();
  isAway = false;
  await setting(page, CALL).getByText("Nobody.", { exact: true }).waitFor();
  await page.getByText("Live updates are interrupted").waitFor({ state: "detached" });
  await context.close();
});

test("exceptions that cannot be read are not taken for none", async () => {
  let isAway = true;
  const { page, context } = await visit("settings", async (page, id) => {
    await privet.ask(id, "PUT", `/api/v1/privacy/exceptions/${person(1)}`, { exceptions: { call: "never" } });
    await page.route("**/api/v1/privacy/exceptions?*", (route) =>
      isAway ? route.fulfill({ status: 503, body: "{}" }) : route.continue(),
    );
  });
  await page.getByText("Your exceptions could not be read").waitFor();
  isAway = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await setting(page, CALL).getByText("Everybody; not Ada Lindqvist.").waitFor();
  await page.getByText("Your exceptions could not be read").waitFor({ state: "detached" });
  await context.close();
});

test("a page without a server says so, and reads once there is one", async () => {
  const id = person(++people);
  const { page, context } = await newPage(browser);
  await page.route("**/api/**", (route) => route.abort());
  const token = await privet.token(id);
  await page.addInitScript((kept) => sessionStorage.setItem("privet.token", kept), token);
  await page.goto(`${privet.url}/privacy/`);
  await page.getByText("The service cannot be reached.").waitFor();
  await page.unroute("**/api/**");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator("nav button").first().waitFor();
  await context.close();
});
