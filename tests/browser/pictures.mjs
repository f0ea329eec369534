// Takes a picture of every page, as a phone and a desk show it, for people to look at.

import { mkdirSync } from "node:fs";

import { DESKTOP, PHONE, launch, opened } from "./browser.mjs";
import { pages } from "./pages.mjs";

const folder = process.env.PICTURES;
mkdirSync(folder, { recursive: true });
const wanted = process.argv.slice(2);
const browser = await launch();
for (const [name, path] of Object.entries(await pages())) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const [size, viewport] of [["phone", PHONE], ["desk", DESKTOP]]) {
    for (const [language, locale, colorScheme] of [["zh", "zh-CN", "light"], ["en", "en-GB", "dark"]]) {
      const context = await opened(browser, { viewport, locale, colorScheme });
      const page = await context.newPage();
      await page.goto(path);
      await page.screenshot({ path: `${folder}/${name}-${size}-${language}.png`, fullPage: true });
      await context.close();
    }
  }
}
await browser.close();
