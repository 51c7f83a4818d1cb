// Writes the pictures of the README: the privacy centre as the first person of `privet demo` sees it.
//
//     node tests/support/pictures.mjs FOLDER

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { newPage, openCentre, startBrowser } from "./browser.mjs";
import { startPrivet } from "./privet.mjs";

const folder = process.argv[2];
if (!folder) throw new Error("usage: node tests/support/pictures.mjs FOLDER");
await mkdir(folder, { recursive: true });

const privet = await startPrivet({ isDemo: true });
const browser = await startBrowser();
const token = await privet.token(1);

/** A picture of a view, somewhat larger than it is shown, for sharp text. */
async function picture(view, options, prepare = async () => undefined) {
  const { page, context } = await newPage(browser, {
    viewport: { width: 800, height: 740 },
    deviceScaleFactor: 1.25,
    reducedMotion: "reduce",
    ...options,
  });
  await openCentre(page, privet, token, view);
  await prepare(page);
  await page.screenshot({ path: join(folder, `${view}.png`) });
  await context.close();
}

await picture("settings", { colorScheme: "light" });
await picture("as", { colorScheme: "dark" }, async (page) => {
  await page.locator("form button.primary").click();
  await page.locator("[data-action]").first().waitFor();
  await page.mouse.move(0, 0);
});

await browser.close();
await privet.stop();
