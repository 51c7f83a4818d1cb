// How the pages look when something is locked, under way, wrong or done: axe-core finds nothing.

import { generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import { newPage, openCentre, startBrowser } from "./support/browser.mjs";
import { LOOKS, checkLook } from "./support/looks.mjs";
import { person, startPrivet } from "./support/privet.mjs";

const CATALOGUE = {
  extends: "messenger",
  cohorts: { minor: { description: "Under 18." } },
  layers: [
    {
      name: "minors",
      cohort: "minor",
      note: "Protected while under 18.",
      defaults: { "email.allow_email_contact": false, "messaging.who_can_add_to_groups": "contacts" },
      allowed: { "email.allow_email_contact": [false], "messaging.who_can_add_to_groups": ["contacts", "nobody"] },
    },
  ],
};
const SUPPORT = "users:support users:classify users:import users:erase";

let privet;
let browser;
let people = 700;

before(async () => {
  const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  privet = await startPrivet({ catalogue: CATALOGUE, files: { PRIVET_RECEIPT_KEY_FILE: key } });
  browser = await startBrowser();
});

after(async () => {
  await browser.close();
  await privet.stop();
});

const row = (page, name) => page.locator(`[data-setting="${name}"]`);
const select = (page, name, index) => row(page, `messaging.${name}`).locator("select").first().selectOption(String(index));

/** A person who is there, and of whom something is known. */
async function somebody() {
  const id = person(++people);
  const ask = (...request) => privet.ask(id, ...request);
  await ask("PATCH", "/api/users/me/privacy-settings/", { allow_email_contact: true });
  await ask("PUT", `/api/v1/contacts/${person(2)}`);
  await ask("PUT", `/api/v1/privacy/exceptions/${person(2)}`, { exceptions: { call: "always", view_profile: "never" } });
  const staff = (...request) => privet.ask(person(9001), ...request);
  await staff("PUT", `/api/v1/admin/users/${id}/cohorts`, { cohorts: ["minor"] }, { scope: "users:classify" });
  await staff("GET", `/api/v1/admin/users/${id}`, undefined, { scope: "users:support", "Support-Reason": "Ticket 12" });
  return { id, ask };
}

/** Answers updates of the messaging settings by the setting: some fail, one stays under way. */
async function answerUpdates(page) {
  await page.route("**/api/v1/users/me/changes", (route) => route.abort());
  await page.route("**/api/v1/privacy/settings", (route) => {
    const { setting } = route.request().postDataJSON() ?? {};
    const headers = { "Retry-After": "60" };
    if (setting === "who_can_message") return route.fulfill({ status: 503, headers, body: "{}" });
    if (setting === "who_can_mention") return route.fulfill({ status: 429, headers, body: "{}" });
    // Answered never.
    if (setting === "who_can_send_voice_messages") return undefined;
    return route.continue();
  });
}

for (const look of ["light", "right-to-left", "narrow-german"]) {
  test(`the privacy centre, where something is locked, wrong or under way: ${look}`, async () => {
    const { page, context, errors } = await newPage(browser, LOOKS[look]);
    const { id, ask } = await somebody();
    await answerUpdates(page);
    await openCentre(page, privet, await privet.token(id));
    await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "nobody" });
    await select(page, "who_can_call", 1);
    await row(page, "messaging.who_can_call").locator(".conflict").waitFor();
    await select(page, "who_can_message", 1);
    await row(page, "messaging.who_can_message").locator(".failure").waitFor();
    await select(page, "who_can_mention", 1);
    await row(page, "messaging.who_can_mention").locator(".note").waitFor();
    await select(page, "who_can_send_voice_messages", 1);
    await row(page, "messaging.who_can_send_voice_messages").locator(".state").waitFor();
    await row(page, "email.allow_email_contact").locator(".lock").waitFor();
    const stories = page.locator('[data-action="view_stories"]');
    await stories.locator("button").click();
    await stories.locator("input").fill("nobody at all");
    await stories.locator("form button").click();
    await stories.locator(".problem").waitFor();
    await checkLook(page, errors, `state-settings-${look}`);

    await page.route("**/api/v1/contacts?*", (route) => route.fulfill({ status: 503, body: "{}" }));
    await page.locator("nav button[data-view=people]").click();
    await page.locator(".failure").waitFor();
    await page.locator(".loading").first().waitFor({ state: "detached" });
    await checkLook(page, errors, `state-people-${look}`);

    await page.evaluate(() => {
      const centre = document.querySelector("privet-centre");
      centre.profile = { username: "ada", display_name: "Ada Lindqvist", bio: "I paint.", last_seen: null };
    });
    await page.locator("nav button[data-view=as]").click();
    await page.locator("form select").selectOption("person");
    await page.locator("form input").fill(person(2));
    await page.locator("form button.primary").last().click();
    await page.locator("[data-action]").first().waitFor();
    await checkLook(page, errors, `state-as-${look}`);

    await page.locator("nav button[data-view=history]").click();
    await page.locator(".entry").nth(2).waitFor();
    await checkLook(page, errors, `state-history-${look}`);
    await context.close();
  });

  test(`data that is brought in, an ended sign-in and a deletion: ${look}`, async () => {
    const { page, context, errors } = await newPage(browser, LOOKS[look]);
    const { id, ask } = await somebody();
    const file = await ask("GET", "/api/v1/users/me/export");
    file.contacts.push({ ...file.contacts[0], user_id: person(9) }, { ...file.contacts[0], user_id: id });
    await openCentre(page, privet, await privet.token(id), "data");
    const buffer = Buffer.from(JSON.stringify(file));
    await page.setInputFiles("#import-file", { name: "privacy.json", mimeType: "application/json", buffer });
    await page.locator("form button").click();
    await page.locator(".panel, .failure").first().waitFor();
    await page.route("**/api/v1/users/me/export", (route) =>
      route.fulfill({ status: 401, contentType: "application/problem+json", body: '{"detail": "Token has expired"}' }),
    );
    await page.locator("section button").first().click();
    await page.locator("[part=signed-out]").waitFor();
    await checkLook(page, errors, `state-data-${look}`);

    await page.locator("button.danger").first().click();
    await page.locator("dialog input").check();
    await page.locator("dialog button.danger").click();
    await page.locator("[part=receipt]").waitFor();
    await checkLook(page, errors, `state-erased-${look}`);
    await context.close();
  });

  test(`the staff page, with all that is found and what is wrong: ${look}`, async () => {
    const { page, context, errors } = await newPage(browser, LOOKS[look]);
    const { id } = await somebody();
    const token = await privet.token(person(9001), "--scope", SUPPORT);
    await page.addInitScript((kept) => sessionStorage.setItem("privet.token", kept), token);
    await page.goto(`${privet.url}/admin/`);
    await page.locator("#person").fill("nobody");
    await page.locator("form button.primary").first().click();
    await page.locator(".problem:not(:empty)").first().waitFor();
    await checkLook(page, errors, `state-admin-empty-${look}`);

    await page.locator("#person").fill(id);
    await page.locator("#reason").fill("Ticket 12");
    await page.locator("form button.primary").first().click();
    const email = row(page, "email.allow_email_contact");
    await email.locator("button").click();
    await email.locator("select").selectOption("0");
    await email.locator("form button.primary").click();
    await email.locator(".failure").waitFor();
    await page.locator("#viewer").fill(person(2));
    await page.locator("[aria-labelledby=explain] button").click();
    await page.locator("[data-action]").first().waitFor();
    await page.locator("[aria-labelledby=person-history] button").click();
    await page.locator(".entry").first().waitFor();
    await page.locator("#cohort-names").fill("adult");
    await page.locator("[aria-labelledby=cohorts] button").click();
    await page.locator("[aria-labelledby=cohorts] .failure").waitFor();
    await page.locator("#erase-id").fill(id);
    await page.locator("[aria-labelledby=erase] button.danger").click();
    await page.locator("[part=receipt]").waitFor();
    await checkLook(page, errors, `state-admin-${look}`);

    await page.locator("nav button[data-view=import]").click();
    const lines = ["{", '{"user": "nobody", "settings": {}}', `{"user": "${id}", "settings": {}}`];
    const buffer = Buffer.from(lines.join("\n"));
    await page.setInputFiles("#import-file", { name: "people.ndjson", mimeType: "application/x-ndjson", buffer });
    await page.locator(".view:not([hidden]) form button.primary").click();
    await page.locator("tbody tr").nth(2).waitFor();
    await checkLook(page, errors, `state-admin-import-${look}`);
    await context.close();
  });
}
