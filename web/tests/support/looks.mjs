// The looks in which each view is checked. With PAGES_PICTURES, each is kept as a picture in that folder.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { assertAccessible } from "./browser.mjs";

export const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  "right-to-left": { locale: "ar" },
  german: { locale: "de-DE" },
  narrow: { viewport: { width: 320, height: 800 } },
  "narrow-german": { viewport: { width: 320, height: 800 }, locale: "de-DE", colorScheme: "dark" },
  // A window of 900 pixels at 200 %.
  zoomed: { viewport: { width: 450, height: 400 }, deviceScaleFactor: 2 },
};

const PICTURES = process.env.PAGES_PICTURES;

/**
 * Fails if the page is wider than its window, if axe-core finds anything, or if something was written to the console.
 * With `isForWidth`, axe-core is left out: longer texts only need more room.
 */
export async function checkLook(page, errors, name, isForWidth = false) {
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= window, `${name} is ${wide} pixels wide in a window of ${window}`);
  if (!isForWidth) await assertAccessible(page, name);
  assert.deepEqual(errors, [], name);
  if (!PICTURES) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}
