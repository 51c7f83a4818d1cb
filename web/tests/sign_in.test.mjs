// Signing in, renewal and signing out, at a real OpenID provider.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newPage, startBrowser } from "./support/browser.mjs";
import { startIssuer } from "./support/issuer.mjs";
import { freePort, person, startPrivet } from "./support/privet.mjs";

/** Seconds of an access token: it counts as old 30 seconds before its end. */
const LIFETIME = 34;

let browser;

before(async () => {
  browser = await startBrowser();
});

after(() => browser.close());

/** A Privet whose people sign in at a provider of its own. */
async function start({ hasRefreshTokens }) {
  const port = await freePort();
  const issuer = await startIssuer({ pages: `http://127.0.0.1:${port}`, lifetime: LIFETIME, hasRefreshTokens });
  const privet = await startPrivet({ environment: issuer.environment, port });
  return {
    privet,
    issuer,
    async stop() {
      await privet.stop();
      await issuer.stop();
    },
  };
}

/** What a person does at the provider. */
async function signInAtIssuer(page, id) {
  await page.locator("input[name=login]").fill(id);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}

/** The origins that the page sends requests to. What the issuer's own pages ask for is theirs. */
function origins(page, issuer) {
  const asked = new Set();
  page.context().on("request", (request) => {
    if (!request.frame().url().startsWith(issuer)) asked.add(new URL(request.url()).origin);
  });
  return asked;
}

/** The grants that the page asked for. */
function grants(page) {
  const asked = [];
  page.context().on("request", (request) => {
    if (request.url().endsWith("/token")) asked.push(new URLSearchParams(request.postData()).get("grant_type"));
  });
  return asked;
}

test("a person signs in, stays signed in by refresh tokens, and signs out", async () => {
  const { privet, issuer, stop } = await start({ hasRefreshTokens: true });
  const { page, context, errors } = await newPage(browser);
  const asked = grants(page);
  const addresses = origins(page, issuer.issuer);
  await page.goto(`${privet.url}/privacy/#people`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await signInAtIssuer(page, person(301));
  await page.getByLabel("Add a contact").waitFor();
  assert.equal(page.url(), `${privet.url}/privacy/#people`);
  await page.waitForTimeout((LIFETIME - 30 + 1) * 1_000);
  await page.getByLabel("Add a contact").fill(person(1));
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Ada Lindqvist").waitFor();
  assert.deepEqual(asked.slice(0, 2), ["authorization_code", "refresh_token"]);
  await page.reload();
  await page.getByText("Ada Lindqvist").waitFor();
  // Those of the provider, on another port, are not for scripts.
  assert.equal(await page.evaluate(() => document.cookie), "");

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: /yes, sign me out/i }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  assert.deepEqual([...addresses].sort(), [privet.url, issuer.issuer].sort());
  assert.deepEqual(errors, []);
  await context.close();
  await stop();
});

test("without refresh tokens a person stays signed in by a hidden frame", async () => {
  const { privet, stop } = await start({ hasRefreshTokens: false });
  const { page, context, errors } = await newPage(browser);
  const asked = grants(page);
  await page.goto(`${privet.url}/privacy/#people`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await signInAtIssuer(page, person(302));
  await page.getByLabel("Add a contact").waitFor();
  await page.waitForTimeout((LIFETIME - 30 + 1) * 1_000);
  await page.getByLabel("Add a contact").fill(person(1));
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText("Ada Lindqvist").waitFor();
  assert.deepEqual(asked.slice(0, 2), ["authorization_code", "authorization_code"]);
  assert.deepEqual(errors, []);

  // The provider forgets the session: nothing typed is lost while the person signs in again, in a window.
  await context.clearCookies();
  await page.getByLabel("Block a person").fill(person(2));
  await page.waitForTimeout((LIFETIME - 30 + 1) * 1_000);
  await page.route("**/api/v1/blocks/*", (route) =>
    route.fulfill({ status: 401, contentType: "application/problem+json", body: '{"detail": "Token has expired"}' }),
  );
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByText("Your sign-in has ended.").first().waitFor({ timeout: 15_000 });
  await page.unroute("**/api/v1/blocks/*");
  const [window] = await Promise.all([
    context.waitForEvent("page"),
    page.getByRole("button", { name: "Sign in again" }).click(),
  ]);
  await signInAtIssuer(window, person(302));
  await page.getByText("Your sign-in has ended.").first().waitFor({ state: "detached" });
  assert.equal(await page.getByLabel("Block a person").inputValue(), person(2));
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByText("Ben Okafor").waitFor();
  await context.close();
  await stop();
});

test("staff sign in with the scopes that their page needs", async () => {
  const { privet, stop } = await start({ hasRefreshTokens: true });
  const { page, context, errors } = await newPage(browser);
  await page.goto(`${privet.url}/admin/`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await signInAtIssuer(page, person(303));
  await page.getByText(`Every look is on record with your id (${person(303)})`).waitFor();
  await page.getByLabel("Id of the person", { exact: true }).fill(person(304));
  await page.getByLabel("Reason").fill("Ticket 1");
  await page.getByRole("button", { name: "Show" }).first().click();
  // Not that a scope is missing: nobody has this id.
  await page.getByText("There is nobody with this id").waitFor();
  assert.deepEqual(errors, []);
  await context.close();
  await stop();
});

test("a sign-in that was cancelled or refused is named, and leaves the address", async () => {
  const { privet, stop } = await start({ hasRefreshTokens: true });
  const { page, context } = await newPage(browser);
  await page.goto(`${privet.url}/privacy/`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: /cancel/i }).click();
  await page.getByText("Signing in did not work: it was cancelled, or the provider does not allow it.").waitFor();
  assert.equal(page.url(), `${privet.url}/privacy/`);
  await page.getByRole("button", { name: "Sign in" }).waitFor();

  await page.route("**/token", (route) =>
    route.fulfill({ status: 400, contentType: "application/json", body: '{"error": "invalid_grant"}' }),
  );
  await page.getByRole("button", { name: "Sign in" }).click();
  await signInAtIssuer(page, person(305));
  await page.getByText("Signing in did not work: it took too long, or was used before.").waitFor();
  assert.equal(page.url(), `${privet.url}/privacy/`);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  await context.close();
  await stop();
});

test("an answer with a forged state, or without one, signs nobody in and leaves the address", async () => {
  const { privet, stop } = await start({ hasRefreshTokens: true });
  const { page, context, errors } = await newPage(browser);
  const sentence = page.getByText("this answer belongs to no sign-in that was begun here");
  for (const answer of [
    "code=forged&state=page.forged",
    "code=forged&state=window.forged",
    "code=forged&state=frame.forged",
    "code=forged",
    "error=access_denied&error_description=Call+555+0100&state=page.forged",
    "error=access_denied&error_description=Call+555+0100",
  ]) {
    await page.goto(`${privet.url}/privacy/?from=app&${answer}#people`);
    await sentence.waitFor();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    assert.equal(page.url(), `${privet.url}/privacy/?from=app#people`, answer);
    assert.equal(await page.getByText("555").count(), 0);
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  }

  // Whoever is signed in stays so, and a code is used once.
  let answered = "";
  page.on("request", (request) => {
    if (request.isNavigationRequest() && request.url().includes("/privacy/?code=")) answered = request.url();
  });
  await page.getByRole("button", { name: "Sign in" }).click();
  await signInAtIssuer(page, person(306));
  await page.getByLabel("Add a contact").waitFor();
  for (const address of [`${privet.url}/privacy/?code=forged&state=page.forged#people`, `${answered}#people`]) {
    await page.goto(address);
    await sentence.waitFor();
    await page.getByLabel("Add a contact").waitFor();
    assert.equal(page.url(), `${privet.url}/privacy/#people`);
  }
  assert.deepEqual(errors, []);
  await context.close();
  await stop();
});

test("people sign in from the address without the slash, with a query and a view", async () => {
  const { privet, stop } = await start({ hasRefreshTokens: true });
  for (const [path, shown, text] of [
    ["/privacy?from=app#people", "/privacy/?from=app#people", "Follow requests"],
    ["/admin?from=app#import", "/admin/?from=app#import", "Import people"],
  ]) {
    const { page, context, errors } = await newPage(browser);
    await page.goto(privet.url + path);
    await page.getByRole("button", { name: "Sign in" }).click();
    await signInAtIssuer(page, person(307));
    await page.getByText(text, { exact: true }).waitFor();
    assert.equal(page.url(), privet.url + shown);
    assert.deepEqual(errors, []);
    await context.close();
  }
  await stop();
});
