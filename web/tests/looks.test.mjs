// How each view looks: axe-core finds nothing, in any look. What goes wrong is in states.test.mjs.

import { after, before, test } from "node:test";
import { newPage, openCentre, startBrowser } from "./support/browser.mjs";
import { LOOKS, checkLook } from "./support/looks.mjs";
import { person, startPrivet } from "./support/privet.mjs";

const VIEWS = ["settings", "people", "as", "preferences", "history", "data"];
let privet;
let browser;
let token;

before(async () => {
  privet = await startPrivet();
  browser = await startBrowser();
  token = await privet.token(1);
  for (const other of [2, 3, 4]) await privet.ask(1, "PUT", `/api/v1/contacts/${person(other)}`);
  await privet.ask(2, "PUT", `/api/v1/contacts/${person(1)}`);
  await privet.ask(1, "PUT", `/api/v1/privacy/exceptions/${person(3)}`, { exceptions: { call: "never" } });
  await privet.ask(1, "PUT", `/api/v1/blocks/${person(99)}`);
  await privet.ask(1, "PUT", "/api/v1/e-social/privacy/account", { isPrivate: true });
  await privet.ask(5, "POST", `/api/v1/e-social/follows/${person(1)}`);
  await privet.ask(1, "PUT", "/api/v1/privacy/settings", { setting: "who_can_call", value: "contacts" });
});

after(async () => {
  await browser.close();
  await privet.stop();
});

for (const [look, options] of Object.entries(LOOKS)) {
  test(`axe-core finds nothing on any view: ${look}`, async () => {
    const { page, context, errors } = await newPage(browser, options);
    await openCentre(page, privet, token);
    for (const view of VIEWS) {
      await page.locator(`nav button[data-view=${view}]`).click();
      if (view === "settings") await page.locator('[data-action="call"] button').click();
      if (view === "as") await page.locator("form button.primary").click();
      if (view === "as") await page.locator("[data-action]").first().waitFor();
      await page.locator(".loading").first().waitFor({ state: "detached" });
      await checkLook(page, errors, `${view}-${look}`, look.includes("german"));
    }
    await page.locator("button.danger").first().click();
    await page.locator("dialog[open]").waitFor();
    await checkLook(page, errors, `deletion-${look}`, look.includes("german"));
    await context.close();
  });
}

test("axe-core finds nothing on the page that asks to sign in", async () => {
  for (const [look, options] of Object.entries(LOOKS)) {
    const { page, context, errors } = await newPage(browser, options);
    await page.goto(`${privet.url}/privacy/`);
    await page.locator(".sign-in").waitFor();
    await checkLook(page, errors, `sign-in-${look}`, look.includes("german"));
    await context.close();
  }
});

test("axe-core finds nothing on the staff page", async () => {
  const scopes = "users:support users:classify users:import users:erase";
  const staff = await privet.token(person(9001), "--scope", scopes);
  for (const [look, options] of Object.entries(LOOKS)) {
    const { page, context, errors } = await newPage(browser, options);
    await page.addInitScript((kept) => sessionStorage.setItem("privet.token", kept), staff);
    await page.goto(`${privet.url}/admin/`);
    await page.locator("#person").fill(person(1));
    await page.locator("#reason").fill("Ticket 4711");
    await page.locator("form button.primary").first().click();
    await page.locator("#person-settings").waitFor();
    await page.locator("[data-setting] button").first().click();
    await checkLook(page, errors, `admin-${look}`, look.includes("german"));
    await page.locator("nav button[data-view=import]").click();
    await checkLook(page, errors, `admin-import-${look}`, look.includes("german"));
    await context.close();
  }
});
