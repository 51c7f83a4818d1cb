// What a person does who has a keyboard only. Nothing here uses the mouse, or sets a value by script.

import assert from "node:assert/strict";

/** Presses Tab until the element has the focus. */
export async function tabTo(page, element) {
  await element.waitFor();
  const hasFocus = () => element.evaluate((it) => it.getRootNode().activeElement === it);
  for (let presses = 0; presses < 150; presses++) {
    if (await hasFocus()) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${element}`);
}

/** Goes to the element and presses keys there, such as `"Enter"`. */
export async function press(page, element, ...keys) {
  await tabTo(page, element);
  for (const key of keys) await page.keyboard.press(key);
}

/** Goes to the element and types; then Enter. */
export async function type(page, element, text) {
  await tabTo(page, element);
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

/** Goes to a list and chooses by the beginning of the option's name. */
export async function choose(page, element, name) {
  await tabTo(page, element);
  await page.keyboard.type(name);
}

/** The text of the element that has the focus, empty if none has it. */
export function focused(page) {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    const isNothing = element === document.body || !element?.getRootNode().host;
    return isNothing ? "" : (element.getAttribute("aria-label") ?? element.textContent ?? "").trim() || element.id;
  });
}
