// An operator's own settings and preferences, and texts that try to be markup: of operators, people and staff.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newPage, openCentre, startBrowser } from "./support/browser.mjs";
import { person, startPrivet } from "./support/privet.mjs";

const HOSTILE = '<img src=x onerror="window.hacked = 1"><style>*{display:none}</style>';
const CATALOGUE = {
  extends: "messenger",
  settings: {
    who_can_gift: { type: "audience", title: `Gifts ${HOSTILE}`, description: HOSTILE, values: ["everyone", "contacts", "nobody"], default: "contacts" },
    show_badges: { type: "switch", title: "Badges", description: "Whether people see your badges.", default: true },
    story_lifetime: { type: "choice", title: "Stories", description: "How long a story stays, in seconds.", values: [null, 3600, 86400], default: 86400 },
    tone: { type: "choice", title: "Tone", description: "How you are addressed.", values: ["formal", HOSTILE], default: "formal" },
  },
  actions: {
    send_gift: { title: `Send gifts ${HOSTILE}`, description: HOSTILE, needs: ["who_can_gift"] },
    view_badges: { title: "See your badges", description: "See the badges.", needs: ["show_badges", "who_can_see_profile"] },
  },
  cohorts: { minor: { description: HOSTILE } },
  layers: [
    { name: HOSTILE, cohort: "minor", note: HOSTILE, defaults: { "messaging.show_badges": false }, allowed: { "messaging.show_badges": [false] } },
  ],
};
const key = (schema) => ({ description: "A preference.", ...schema });
const PREFERENCES = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties: {
    nickname: key({ type: "string", maxLength: 40, default: "" }),
    profile: {
      type: "object",
      properties: {
        line: key({ type: "string", maxLength: 200, default: "", description: HOSTILE }),
        size: key({ type: "integer", minimum: 1, maximum: 9, default: 3 }),
        colour: key({ type: "string", pattern: "^#[0-9a-f]{6}$", default: "#336699" }),
        words: key({ type: "array", maxItems: 3, items: { type: "string", maxLength: 200 }, default: [] }),
        is_shown: key({ type: "boolean", default: false }),
        order: key({ enum: ["new_first", "old_first"], default: "new_first" }),
      },
    },
  },
};

let privet;
let browser;
let people = 500;

before(async () => {
  privet = await startPrivet({ catalogue: CATALOGUE, files: { PRIVET_PREFERENCES_SCHEMA: PREFERENCES } });
  browser = await startBrowser();
});

after(async () => {
  await browser.close();
  await privet.stop();
});

async function visit(view = "settings") {
  const id = person(++people);
  const opened = await newPage(browser);
  await openCentre(opened.page, privet, await privet.token(id), view);
  return { ...opened, id, ask: (...request) => privet.ask(id, ...request) };
}

const setting = (page, name) => page.locator(`[data-setting="${name}"]`);

/** Fails if a text became an element, or ran. */
async function assertNoMarkup(page, errors) {
  const found = await page.evaluate(() => {
    const { shadowRoot } = document.querySelector("privet-centre, privet-admin");
    const hidden = Array.from(shadowRoot.querySelectorAll("*")).filter((it) => it.hasAttribute("onerror"));
    const inside = shadowRoot.querySelectorAll("img, style, script, iframe, object, embed, link, meta, base");
    return { ran: window.hacked, inside: inside.length + hidden.length, outside: document.images.length };
  });
  assert.deepEqual(found, { ran: undefined, inside: 0, outside: 0 });
  assert.deepEqual(errors, []);
}

test("each setting and each action of the catalogue has its place, once", async () => {
  const { page, context, ask } = await visit();
  const catalogue = await ask("GET", "/api/v1/privacy/catalogue");
  const shown = async (name) =>
    (await page.locator(`.view [data-${name}]`).evaluateAll((all, it) => all.map((element) => element.dataset[it]), name)).sort();
  const preferences = catalogue.settings.filter(({ type }) => type === "preference");
  const settings = catalogue.settings.filter(({ type }) => type !== "preference");
  const names = (all) => all.map((it) => it.name).sort();
  assert.deepEqual(await shown("setting"), names(settings));
  assert.deepEqual(await shown("action"), names(catalogue.actions));
  await page.locator("nav button[data-view=preferences]").click();
  assert.deepEqual(await shown("setting"), names(preferences));
  assert.equal(preferences.length, 7);
  await context.close();
});

test("an operator's own settings are changed as the others", async () => {
  const { page, context, ask } = await visit();
  const stories = setting(page, "messaging.story_lifetime").getByRole("combobox");
  assert.deepEqual(await stories.getByRole("option").allTextContents(), ["Never", "After 1 hour", "After 1 day"]);
  await stories.selectOption({ label: "After 1 hour" });
  await setting(page, "messaging.tone").getByRole("combobox").selectOption({ label: HOSTILE });
  await setting(page, "messaging.who_can_gift").getByRole("combobox").selectOption({ label: "Nobody" });
  await setting(page, "messaging.who_can_gift").getByText("Nobody.", { exact: true }).waitFor();
  await setting(page, "messaging.show_badges").getByRole("switch").click();
  await setting(page, "messaging.show_badges").getByText("Nobody.", { exact: true }).waitFor();
  const kept = await ask("GET", "/api/v1/privacy/settings");
  assert.deepEqual(
    [kept.story_lifetime, kept.tone, kept.who_can_gift, kept.show_badges],
    [3600, HOSTILE, "nobody", false],
  );
  await context.close();
});

test("a text that is typed is shown as it is, whatever the page has texts for", async () => {
  const { page, context, ask } = await visit("preferences");
  for (const text of ["constructor", "never"]) await ask("PATCH", "/api/users/me/preferences/", { "profile.line": text });
  await page.getByRole("heading", { name: "General" }).waitFor();
  await page.locator("nav button[data-view=history]").click();
  await page.getByText("from “constructor” to “never”.").waitFor();
  await page.locator("nav button[data-view=settings]").click();
  await page.getByRole("region", { name: "More" }).locator('[data-setting="messaging.story_lifetime"]').waitFor();
  await context.close();
});

test("what is typed is shown until it is saved, and overwrites nothing that came meanwhile", async () => {
  const { page, context, ask } = await visit("preferences");
  const line = setting(page, "preferences.profile.line");
  const elsewhere = (text) => ask("PATCH", "/api/users/me/preferences/", { "profile.line": text });
  await line.getByRole("textbox").fill("mine");
  await line.getByRole("button", { name: "Save" }).click();
  await line.getByRole("button", { name: "Save" }).waitFor({ state: "detached" });
  await elsewhere("theirs");
  await page.waitForFunction(() => {
    const { shadowRoot } = document.querySelector("privet-centre");
    return shadowRoot.querySelector('[data-setting="preferences.profile.line"] input').value === "theirs";
  });
  await line.getByRole("textbox").fill("typed");
  await elsewhere("later");
  await page.waitForTimeout(1_000);
  assert.equal(await line.getByRole("textbox").inputValue(), "typed");
  await line.getByRole("button", { name: "Save" }).click();
  await line.getByText("It is now “later”. You chose “typed”.").waitFor();
  await line.getByRole("button", { name: "Use “typed”" }).click();
  await line.locator("[part=conflict]").waitFor({ state: "detached" });
  await line.getByRole("button", { name: "Save" }).waitFor({ state: "detached" });
  // Another view that is shown in between takes nothing away.
  await line.getByRole("textbox").fill("kept");
  await page.locator("nav button[data-view=history]").click();
  await line.waitFor({ state: "detached" });
  await elsewhere("once more");
  await page.locator("nav button[data-view=preferences]").click();
  assert.equal(await line.getByRole("textbox").inputValue(), "kept");
  await line.getByRole("button", { name: "Save" }).click();
  await line.getByText("It is now “once more”. You chose “kept”.").waitFor();
  await line.getByRole("button", { name: "Use “kept”" }).click();
  await line.getByRole("button", { name: "Save" }).waitFor({ state: "detached" });
  await context.close();
});

test("an operator's own preferences have a control by their schema", async () => {
  const { page, context, ask } = await visit("preferences");
  const field = (name) => setting(page, `preferences.profile.${name}`);
  const saved = (name) => field(name).getByRole("button").waitFor({ state: "detached" });
  await field("size").getByRole("spinbutton").fill("12");
  await field("size").getByRole("button", { name: "Save" }).click();
  await field("size").getByText("Not saved: “12”.").waitFor();
  assert.equal(await field("size").getByRole("spinbutton").inputValue(), "12");
  await field("size").getByRole("spinbutton").fill("9007199254740993");
  await field("size").getByRole("button", { name: "Save" }).click();
  await field("size").getByText("This page cannot save a whole number of this size exactly.").waitFor();
  await field("size").getByRole("spinbutton").fill("7");
  await field("size").getByRole("button", { name: "Save" }).click();
  await saved("size");
  await field("line").getByRole("textbox").fill(HOSTILE);
  await page.keyboard.press("Enter");
  await saved("line");
  await field("words").getByRole("textbox").fill("no list");
  await field("words").getByRole("button", { name: "Save" }).click();
  await field("words").getByText("This is not JSON.").waitFor();
  await field("words").getByRole("textbox").fill(JSON.stringify([HOSTILE]));
  await field("words").getByRole("button", { name: "Save" }).click();
  await saved("words");
  await field("colour").locator("input[type=color]").fill("#ff8800");
  await field("is_shown").getByRole("switch").click();
  await field("order").getByRole("combobox").selectOption("1");
  await page.waitForFunction(() => {
    const { shadowRoot } = document.querySelector("privet-centre");
    return shadowRoot.querySelector("select").value === "1" && shadowRoot.querySelector("[role=switch]").checked;
  });
  const { profile } = await ask("GET", "/api/users/me/preferences/");
  assert.deepEqual(profile, {
    line: HOSTILE, size: 7, colour: "#ff8800", words: [HOSTILE], is_shown: true, order: "old_first",
  });
  await context.close();
});

test("no text of anybody becomes markup in the privacy centre", async () => {
  const { page, context, errors, ask, id } = await visit();
  await privet.ask(person(9002), "PUT", `/api/v1/admin/users/${id}/cohorts`, { cohorts: ["minor"] }, { scope: "users:classify" });
  await ask("PUT", `/api/v1/contacts/${person(1)}`);
  await ask("PUT", `/api/v1/blocks/${person(2)}`);
  await ask("PUT", `/api/v1/privacy/exceptions/${person(1)}`, { exceptions: { call: "never" } });
  await ask("PATCH", "/api/users/me/preferences/", { "profile.line": HOSTILE, "profile.words": [HOSTILE] });
  const headers = () => ({ scope: "users:support", "Support-Reason": HOSTILE });
  await privet.ask(person(9001), "GET", `/api/v1/admin/users/${id}`, undefined, headers());
  const change = { settings: { "messaging.tone": HOSTILE } };
  await privet.ask(person(9001), "PATCH", `/api/v1/admin/users/${id}/settings`, change, headers());
  await page.reload();
  await page.evaluate((name) => {
    const centre = document.querySelector("privet-centre");
    centre.people = (ids) => ids.map((id) => ({ id, name }));
    centre.profile = { display_name: name, bio: { text: name } };
  }, HOSTILE);
  await setting(page, "messaging.who_can_call").getByText(HOSTILE).waitFor();
  await setting(page, "messaging.show_badges").getByText(`Locked: ${HOSTILE}`).waitFor();
  for (const view of ["settings", "people", "as", "preferences", "history"]) {
    await page.locator(`nav button[data-view=${view}]`).click();
    if (view === "as") await page.getByRole("button", { name: "Show" }).click();
    await page.locator(".view :is(p, strong, bdi, .entry)").getByText(HOSTILE).first().waitFor();
    await assertNoMarkup(page, errors);
  }
  await page.locator("nav button[data-view=data]").click();
  const file = { version: 2, user_id: HOSTILE, contacts: [{ user_id: HOSTILE }], [HOSTILE]: 1 };
  const buffer = Buffer.from(JSON.stringify(file));
  await page.setInputFiles("#import-file", { name: `${HOSTILE.replace("/", "")}.json`, mimeType: "application/json", buffer });
  await page.getByRole("button", { name: "See what would change" }).click();
  await page.locator(".view").locator(".note, .panel").first().waitFor();
  await assertNoMarkup(page, errors);
  await context.close();
});

test("no text of anybody becomes markup on the staff page", async () => {
  const subject = person(++people);
  await privet.ask(subject, "PATCH", "/api/users/me/preferences/", { "profile.line": HOSTILE, "profile.words": [HOSTILE] });
  await privet.ask(person(9002), "PUT", `/api/v1/admin/users/${subject}/cohorts`, { cohorts: ["minor"] }, { scope: "users:classify" });
  const { page, context, errors } = await newPage(browser);
  const token = await privet.token(person(9001), "--scope", "users:support users:classify users:import users:erase");
  await page.addInitScript((kept) => sessionStorage.setItem("privet.token", kept), token);
  await page.goto(`${privet.url}/admin/`);
  await page.getByLabel("Id of the person", { exact: true }).fill(subject);
  await page.getByLabel("Reason").fill(HOSTILE);
  await page.getByRole("button", { name: "Show" }).first().click();
  await setting(page, "preferences.profile.line").getByText(HOSTILE).waitFor();
  await setting(page, "messaging.show_badges").getByText(`Set by “${HOSTILE}”.`).waitFor();
  await page.getByLabel("Id of the viewer").fill(person(2));
  await page.getByRole("button", { name: "Explain" }).click();
  await page.locator('[data-action="send_gift"]').getByText(HOSTILE).waitFor();
  await page.getByRole("region", { name: "History" }).getByRole("button", { name: "Show" }).click();
  await page.getByRole("region", { name: "History" }).getByText(HOSTILE).first().waitFor();
  await page.getByLabel("Names of the cohorts").fill(HOSTILE);
  await page.getByRole("button", { name: "Save cohorts" }).click();
  await page.getByRole("region", { name: "Cohorts" }).getByRole("alert").waitFor();
  await assertNoMarkup(page, errors);

  await page.locator("nav button[data-view=import]").click();
  const lines = [HOSTILE, JSON.stringify({ [HOSTILE]: 1 }), JSON.stringify({ user: subject, settings: { [HOSTILE]: HOSTILE } })];
  const buffer = Buffer.from(lines.join("\n"));
  await page.setInputFiles("#import-file", { name: "people.ndjson", mimeType: "application/x-ndjson", buffer });
  await page.getByRole("button", { name: "Import", exact: true }).last().click();
  await page.locator("tbody tr").nth(2).waitFor();
  await page.locator("tbody").getByText("<img").first().waitFor();
  await assertNoMarkup(page, errors);
  await context.close();
});
