// A headless Chromium, and pages that fail a test by what they write to the console.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/** Milliseconds that a page may take to show what a test waits for. */
const PATIENCE = 10_000;

/** A page in a context of its own. What a content security policy refuses, and what is thrown, is in `errors`. */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 800 }, locale: "en-US", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error.stack)));
  page.on("console", (message) => {
    // Answers that are no success are logged by the browser itself.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) errors.push(message.text());
  });
  return { page, context, errors };
}

/** Opens the privacy centre as a person, at a view. */
export async function openCentre(page, privet, token, view = "settings") {
  await page.addInitScript((kept) => {
    // As a sign-in leaves it; a later one is not undone by loading the page again.
    if (!sessionStorage.getItem("privet.token")) sessionStorage.setItem("privet.token", kept);
  }, token);
  await page.goto(`${privet.url}/privacy/`);
  await page.locator("nav button").first().waitFor();
  if (view !== "settings") await page.locator(`nav button[data-view=${view}]`).click();
  await page.locator(".view h2").waitFor();
}

/** What axe-core finds on the page; nothing is right. */
export async function assertAccessible(page, where) {
  // Evaluated instead of inserted, since the page's policy refuses scripts that are not its own.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(await readFile(AXE, "utf8"));
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`);
  });
  assert.deepEqual(found, [], where);
}
