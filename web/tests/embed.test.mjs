// The element in a product's page, from the npm package, on another origin than Privet.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { newPage, startBrowser } from "./support/browser.mjs";
import { freePort, person, startPrivet } from "./support/privet.mjs";

const WEB = new URL("../", import.meta.url);
const TYPES = { html: "text/html", js: "text/javascript", css: "text/css" };
/** A product's page with nothing on it but the element, and a policy of its own that allows no inline style. */
const PRODUCT = `<!doctype html><html lang="de"><title>Product</title><body><h1>Product</h1>
<privet-centre></privet-centre><script type="module" src="/package/privet-centre.js"></script>`;
const CALL = '[data-setting="messaging.who_can_call"]';

let privet;
let browser;
let product;
let people = 600;

before(async () => {
  await promisify(execFile)(process.execPath, ["build.mjs", "--package"], { cwd: WEB });
  const port = await freePort();
  product = { url: `http://127.0.0.1:${port}`, server: createServer(answer).listen(port, "127.0.0.1") };
  const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  const environment = { PRIVET_CORS_ORIGINS: product.url };
  privet = await startPrivet({ environment, files: { PRIVET_RECEIPT_KEY_FILE: key } });
  browser = await startBrowser();
});

after(async () => {
  await browser.close();
  product.server.close();
  await privet.stop();
});

async function answer({ url }, response) {
  const path = url.split("?")[0];
  const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src http://127.0.0.1:*`;
  const type = TYPES[path.split(".").pop()] ?? "text/html";
  const text = path === "/product" ? PRODUCT : await readFile(new URL(`.${path}`, WEB)).catch(() => null);
  response.writeHead(text === null ? 404 : 200, { "Content-Type": type, "Content-Security-Policy": policy });
  response.end(text);
}

/** Opens the product's page for a new person. `prepare` runs in the page, with the element and what it is given. */
async function visit(prepare, given = {}) {
  const id = person(++people);
  const token = await privet.token(id);
  const opened = await newPage(browser, { viewport: { width: 900, height: 800 } });
  const { page } = opened;
  await page.goto(`${product.url}/product`);
  await page.evaluate(() => {
    window.heard = [];
    const names = ["change", "relationship", "failure", "token-needed", "erased", "view", "theme", "language"];
    for (const name of names) {
      document.addEventListener(`privet-${name}`, ({ detail }) => window.heard.push([name, structuredClone(detail)]));
    }
  });
  await page.evaluate(prepare, { server: privet.url, token, ...given });
  const heard = async (name) => {
    // What is told last comes after what it tells of is shown.
    await page.waitForFunction((wanted) => window.heard.some(([it]) => it === wanted), name);
    return page.evaluate((wanted) => window.heard.filter(([it]) => it === wanted).map(([, detail]) => detail), name);
  };
  return { ...opened, id, token, heard, ask: (...request) => privet.ask(id, ...request) };
}

/** Signs the person in with a token. */
const signIn = ({ server, token }) => {
  const centre = document.querySelector("privet-centre");
  centre.setAttribute("server", server);
  centre.setAttribute("lang", "en");
  centre.token = token;
};

test("the example shows the element in the product's look, with its names", async () => {
  const { page, context, errors } = await newPage(browser);
  const token = await privet.token(person(2));
  await privet.ask(2, "PUT", `/api/v1/privacy/exceptions/${person(3)}`, { exceptions: { call: "never" } });
  await page.goto(`${product.url}/example/`.replace(/\/$/, "/index.html"));
  await page.getByLabel("Privet").fill(privet.url);
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Show" }).click();
  await page.locator(CALL).getByText("Everybody; not Chiara Rossi.").waitFor();
  await page.locator(CALL).getByRole("combobox").selectOption({ label: "Nobody" });
  await page.getByText('messaging.who_can_call is "nobody"').waitFor();
  const look = await page.locator(CALL).evaluate((row) => {
    const control = getComputedStyle(row.querySelector("select"));
    return [control.borderRadius, control.fontFamily, getComputedStyle(row.querySelector("[part=who]")).fontStyle];
  });
  assert.deepEqual(look, ["0px", "Georgia, serif", "italic"]);
  assert.deepEqual(errors, []);
  await context.close();
});

test("the function that gives tokens is asked again when one is about to expire, and when one was refused", async () => {
  const short = await privet.token(person(++people), "--ttl", "25s");
  const { page, context } = await visit(({ server, tokens }) => {
    const centre = document.querySelector("privet-centre");
    window.asked = [];
    centre.setAttribute("server", server);
    centre.setAttribute("lang", "en");
    centre.token = async (isRefused) => {
      window.asked.push(isRefused);
      return isRefused ? tokens.fresh : tokens.given;
    };
    window.give = (token) => (tokens.given = token);
  }, { tokens: { given: short, fresh: await privet.token(person(people)) } });
  await page.locator(CALL).waitFor();
  // Fewer than 30 seconds are left, so that each request asks.
  const first = await page.evaluate(() => window.asked.length);
  await page.locator(CALL).getByRole("combobox").selectOption({ label: "Nobody" });
  await page.locator(CALL).getByText("Nobody.", { exact: true }).waitFor();
  assert.ok((await page.evaluate(() => window.asked.length)) > first);
  assert.ok((await page.evaluate(() => window.asked)).every((isRefused) => !isRefused));
  const forged = short.replace(/\.[^.]+$/, ".c2lnbmF0dXJl");
  await page.evaluate((token) => window.give(token), forged);
  await page.locator(CALL).getByRole("combobox").selectOption({ label: "Everybody" });
  await page.locator(CALL).getByText("Everybody.", { exact: true }).waitFor();
  assert.ok((await page.evaluate(() => window.asked)).includes(true));
  await context.close();
});

test("a token of another user begins the page anew, and nothing typed before is sent as theirs", async () => {
  const [first, second, third] = [person(++people), person(++people), person(++people)];
  await privet.ask(first, "PUT", `/api/v1/contacts/${person(2)}`);
  const { page, context } = await visit(({ server, tokens }) => {
    const centre = document.querySelector("privet-centre");
    centre.setAttribute("server", server);
    centre.setAttribute("lang", "en");
    centre.setAttribute("view", "people");
    centre.profile = { username: "ada" };
    // Fewer than 30 seconds are left of the first one, so that each request asks.
    centre.token = () => tokens.given;
    window.give = (token) => (tokens.given = token);
  }, { tokens: { given: await privet.token(first, "--ttl", "25s") } });
  await page.getByRole("listitem").getByText(person(2)).waitFor();
  await page.getByLabel("Block a person").fill(person(5));
  await page.evaluate((token) => window.give(token), await privet.token(second));
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByText("Another user has signed in.").waitFor();
  await page.getByText("You have added nobody yet.").waitFor();
  assert.equal(await page.getByLabel("Block a person").inputValue(), "");
  for (const id of [first, second]) assert.deepEqual((await privet.ask(id, "GET", "/api/v1/blocks")).blocks, []);

  await page.getByLabel("Block a person").fill(person(6));
  await page.evaluate((token) => (document.querySelector("privet-centre").token = token), await privet.token(third));
  await page.waitForFunction(() => {
    const fields = document.querySelector("privet-centre").shadowRoot.querySelectorAll("input[id^=person-]");
    return fields.length > 0 && Array.from(fields).every((field) => field.value === "");
  });
  await page.locator("nav button[data-view=as]").click();
  await page.getByText("Another user has signed in.").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Show" }).click();
  await page.locator("[data-action]").first().waitFor();
  // The profile was the first user's.
  assert.equal(await page.locator("dd").count(), 0);
  await context.close();
});

test("a sign-in that the product renews by itself is taken up", async () => {
  const { page, context } = await visit(({ server, token }) => {
    const centre = document.querySelector("privet-centre");
    window.isSignedIn = true;
    centre.setAttribute("server", server);
    centre.setAttribute("lang", "en");
    centre.setAttribute("view", "people");
    centre.token = () => (window.isSignedIn ? token : null);
  });
  await page.getByLabel("Block a person").fill(person(5));
  await page.evaluate(() => (window.isSignedIn = false));
  await page.route("**/api/v1/blocks/*", (route) =>
    route.fulfill({ status: 401, contentType: "application/problem+json", body: '{"detail": "Token has expired"}' }),
  );
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByText("Your sign-in has ended.").first().waitFor();
  await page.unroute("**/api/v1/blocks/*");
  await page.evaluate(() => (window.isSignedIn = true));
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByRole("button", { name: `Unblock …${person(5).slice(-12)}` }).waitFor();
  await page.getByText("Your sign-in has ended.").first().waitFor({ state: "detached" });
  await context.close();
});

test("what was typed stays when the element is moved, or is told what it knows", async () => {
  const { page, context, token } = await visit(signIn);
  await page.evaluate(() => document.querySelector("privet-centre").setAttribute("view", "people"));
  await page.getByLabel("Block a person").fill("typed");
  await page.evaluate(([server, given]) => {
    const centre = document.querySelector("privet-centre");
    const box = document.createElement("main");
    document.body.append(box);
    box.append(centre);
    centre.setAttribute("server", server);
    centre.token = given;
  }, [privet.url, token]);
  await page.waitForTimeout(500);
  assert.equal(await page.getByLabel("Block a person").inputValue(), "typed");
  await page.evaluate(() => document.querySelector("privet-centre").remove());
  await context.close();
});

test("properties that are set before the script has loaded count", async () => {
  const { page, context } = await newPage(browser);
  const token = await privet.token(person(++people));
  await page.route("**/package/privet-centre.js", async (route) => {
    await page.evaluate(([server, given]) => {
      const centre = document.querySelector("privet-centre");
      centre.setAttribute("server", server);
      centre.setAttribute("lang", "en");
      centre.token = given;
    }, [privet.url, token]);
    await route.continue();
  });
  await page.goto(`${product.url}/product`);
  await page.locator(CALL).waitFor();
  await context.close();
});

test("ids are shown for whom the product does not name, and its picker chooses people", async () => {
  const { page, context, ask } = await visit(signIn);
  await page.evaluate((chosen) => {
    document.querySelector("privet-centre").setAttribute("view", "people");
    document.querySelector("privet-centre").choosePerson = async () => chosen;
  }, person(3));
  await page.getByRole("button", { name: "Choose a person…" }).first().click();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("listitem").getByText(person(3)).waitFor();
  assert.equal((await ask("GET", `/api/v1/contacts/${person(3)}`)).user_id, person(3));
  await page.evaluate(() => {
    document.querySelector("privet-centre").choosePerson = () => Promise.reject(new Error("no picker"));
  });
  await page.getByRole("button", { name: "Choose a person…" }).first().click();
  await page.getByText("The list of people could not be opened.").waitFor();
  const picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPhfDwAChAGA60e6kgAAAABJRU5ErkJggg==";
  await page.evaluate((shown) => {
    document.querySelector("privet-centre").people = async (ids) => ids.map((id) => ({ id: id.toUpperCase(), name: "\u202eChiara", picture: shown }));
  }, picture);
  await page.getByRole("button", { name: "Remove Chiara" }).waitFor();
  assert.equal(await page.locator("img.picture").getAttribute("src"), picture);
  await context.close();
});

test("the product's profile is shown as somebody else sees it", async () => {
  const { page, context, ask } = await visit(signIn);
  await ask("PUT", "/api/v1/privacy/settings", { setting: "who_can_see_profile", value: "nobody" });
  await page.evaluate(() => {
    const centre = document.querySelector("privet-centre");
    centre.profile = { username: "ada", bio: "I paint.", last_seen: "2026-01-31T10:30:45Z" };
    centre.setAttribute("view", "as");
  });
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText("Only the outline of your profile is shown.").waitFor();
  await page.locator("dd", { hasText: "ada" }).waitFor();
  assert.equal(await page.getByText("I paint.").count(), 0);
  await context.close();
});

test("attributes say language, theme and view, and change at any time", async () => {
  const { page, context } = await visit(({ server, token }) => {
    const centre = document.querySelector("privet-centre");
    centre.setAttribute("server", server);
    centre.token = token;
  });
  // The page's own language, until an attribute says another one.
  await page.getByRole("heading", { name: "Einstellungen" }).waitFor();
  const set = (name, value) => page.evaluate(([it, to]) => document.querySelector("privet-centre").setAttribute(it, to), [name, value]);
  await set("lang", "ar");
  await page.getByRole("heading", { name: "الإعدادات" }).waitFor();
  assert.equal(await page.locator(".centre").getAttribute("dir"), "rtl");
  await set("lang", "en");
  await set("view", "history");
  await page.getByRole("heading", { name: "History" }).waitFor();
  const background = () => page.locator(".centre").evaluate((it) => getComputedStyle(it).backgroundColor);
  await set("theme", "light");
  await page.waitForFunction(() => document.querySelector("privet-centre").shadowRoot.querySelector(".centre").dataset.theme === "light");
  const light = await background();
  await set("theme", "dark");
  await page.waitForFunction(() => document.querySelector("privet-centre").shadowRoot.querySelector(".centre").dataset.theme === "dark");
  assert.notEqual(await background(), light);
  await context.close();
});

test("the product hears what the user did", async () => {
  const { page, context, heard } = await visit(signIn);
  await page.locator(CALL).getByRole("combobox").selectOption({ label: "Nobody" });
  await page.locator(CALL).getByText("Nobody.", { exact: true }).waitFor();
  assert.deepEqual(await heard("change"), [{ setting: "messaging.who_can_call", value: "nobody" }]);
  await page.locator("nav button[data-view=people]").click();
  await page.getByLabel("Block a person").fill(person(5));
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByRole("button", { name: `Unblock …${person(5).slice(-12)}` }).waitFor();
  assert.deepEqual(await heard("relationship"), [{ what: "blocks", person: person(5) }]);
  assert.deepEqual(await heard("view"), [{ view: "people" }]);
  assert.deepEqual((await heard("language"))[0], { language: "en", direction: "ltr" });
  assert.deepEqual((await heard("theme"))[0], { theme: "system" });
  await page.route("**/api/v1/blocks/*", (route) => route.fulfill({ status: 503, body: "{}" }));
  await page.getByLabel("Block a person").fill(person(6));
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await page.getByText("The service is away for a moment.").waitFor();
  assert.deepEqual((await heard("failure"))[0], { kind: "away", status: 503, detail: "" });
  await page.evaluate(() => (document.querySelector("privet-centre").token = "nonsense"));
  await page.getByText("Your sign-in has ended.").first().waitFor();
  assert.equal((await heard("token-needed")).length, 1);
  await context.close();
});

test("a deletion is told with its receipt", async () => {
  const { page, context, heard } = await visit(signIn);
  await page.evaluate(() => document.querySelector("privet-centre").setAttribute("view", "data"));
  await page.getByRole("button", { name: "Delete your account…" }).click();
  await page.getByLabel("I understand that this cannot be undone").check();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await page.getByText("Your account has been deleted.").waitFor();
  const receipt = await page.getByLabel("Your receipt").inputValue();
  assert.deepEqual(await heard("erased"), [{ receipt }]);
  await context.close();
});
