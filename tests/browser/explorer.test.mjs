// The explorer in a real browser: its main ways by mouse and by keyboard, with and without scripts, on a phone and at a
// desk, in both languages and colours.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { DESKTOP, PHONE, launch, opened, overflow, violations } from "./browser.mjs";
import { pages } from "./pages.mjs";

let browser;
let every;
before(async () => {
  browser = await launch();
  every = await pages();
});
after(() => browser.close());

/** A window for one test, closed when it is over; what the browser complains of fails the test. */
async function visit(t, path, options) {
  const context = await opened(browser, options);
  t.after(() => context.close());
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("status of 4")) complaints.push(message.text());
  });
  t.after(() => assert.deepEqual(complaints, []));
  await page.goto(path);
  return page;
}

const heading = (page) => page.locator("h1").innerText();

describe("every page", () => {
  for (const [locale, colorScheme, viewport] of [
    ["zh-CN", "light", DESKTOP],
    ["zh-CN", "dark", PHONE],
    ["en-GB", "light", PHONE],
    ["en-GB", "dark", DESKTOP],
  ]) {
    it(`can be used by everybody: ${locale}, ${colorScheme}, ${viewport.width} wide`, async (t) => {
      const context = await opened(browser, { locale, colorScheme, viewport });
      t.after(() => context.close());
      const page = await context.newPage();
      const found = [];
      for (const [name, path] of Object.entries(every)) {
        await page.goto(path);
        for (const violation of await violations(page)) found.push(`${name}: ${violation}`);
        const wider = await overflow(page);
        if (wider > 0) found.push(`${name}: ${wider} pixels wider than the window`);
        assert.equal(await page.locator("html").getAttribute("lang"), locale.startsWith("zh") ? "zh-CN" : "en");
      }
      assert.deepEqual(found, []);
    });
  }

  it("loads nothing from elsewhere", async (t) => {
    const context = await opened(browser);
    t.after(() => context.close());
    const page = await context.newPage();
    const elsewhere = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(process.env.REGISTRY_URL)) elsewhere.push(request.url());
    });
    for (const path of Object.values(every)) await page.goto(path);
    assert.deepEqual(elsewhere, []);
  });

  it("runs nothing that somebody wrote into a title", async (t) => {
    const page = await visit(t, every.hostile);
    page.on("dialog", () => assert.fail("a script ran"));
    assert.match(await heading(page), /<script>alert\("1"\)<\/script>/);
    assert.equal(await page.locator("main script, main img").count(), 0);
  });
});

for (const javaScriptEnabled of [true, false]) {
  describe(javaScriptEnabled ? "with scripts" : "without scripts", () => {
    it("leads from a cell of the matrix to a standard and its history", async (t) => {
      const page = await visit(t, "/", { javaScriptEnabled });
      await page.getByRole("row", { name: "老有颐养" }).getByRole("link").nth(1).click();
      assert.match(await page.getByRole("status").first().innerText(), /项标准/);
      await page.getByRole("link", { name: /GB 38600-2019/ }).first().click();
      assert.equal(await heading(page), "养老机构服务安全基本规范");
      await page.getByRole("link", { name: "看当时的样子" }).first().click();
      assert.match(await page.getByRole("complementary").innerText(), /日志位置/);
      await page.getByRole("link", { name: "回到现在" }).click();
      assert.equal(await page.getByRole("complementary").count(), 0);
    });

    it("narrows a list and widens it again", async (t) => {
      const page = await visit(t, "/?sort=number", { javaScriptEnabled });
      const total = async () => Number((await page.getByRole("status").first().innerText()).match(/\d+/)[0]);
      const all = await total();
      await page.getByRole("region", { name: "缩小范围" }).getByRole("link", { name: /^行业/ }).click();
      const some = await total();
      assert.ok(some > 0 && some < all, `${some} of ${all}`);
      await page.getByRole("list", { name: "已选条件" }).getByRole("link").click();
      assert.equal(await total(), all);
    });

    it("shows any date, in either sense", async (t) => {
      const page = await visit(t, "/dates", { javaScriptEnabled });
      await page.locator("#date").fill("2015-01-01");
      await page.getByRole("radio", { name: /现在所知/ }).check();
      await page.getByRole("button", { name: "查看该日目录" }).click();
      assert.match(await page.getByRole("complementary").innerText(), /现在所知的目录，有效性按 2015-01-01判定/);
      await page.getByRole("link", { name: "体系", exact: true }).click();
      assert.match(page.url(), /valid_at=2015-01-01/);
    });

    it("finds what is searched for", async (t) => {
      const page = await visit(t, "/", { javaScriptEnabled });
      await page.locator("#q").fill("养老机构 安全");
      await page.getByRole("button", { name: "查找" }).click();
      await page.waitForURL(/\?q=/);
      assert.match(await page.locator(".row-title").first().innerText(), /养老机构.*安全/);
      assert.ok((await page.locator(".row").first().locator("mark").count()) > 0);
    });

    it("speaks the other language on the same page", async (t) => {
      const page = await visit(t, every.standard, { javaScriptEnabled });
      await page.getByRole("link", { name: "English" }).click();
      assert.equal(await page.locator("html").getAttribute("lang"), "en");
      assert.ok(await page.getByRole("heading", { name: "History" }).isVisible());
      await page.getByRole("link", { name: "Changes" }).click();
      assert.equal(await heading(page), "Changed this week");
    });

    it("compares two revisions side by side", async (t) => {
      const page = await visit(t, every.renumbered, { javaScriptEnabled });
      await page.getByRole("link", { name: "与前一版对比" }).first().click();
      const row = page.getByRole("row", { name: /标准编号/ });
      assert.match(await row.locator("del").innerText(), /GB 50011-2010/);
      assert.equal(await row.locator("ins mark").innerText(), "/T");
      await page.locator("#from").fill("1");
      await page.getByRole("button", { name: "对比" }).click();
      assert.equal(await heading(page), "第 1 版与第 3 版");
    });

    it("leads from a gap to what others have there, and to the table", async (t) => {
      const page = await visit(t, "/frameworks/qingdao?owner=370214", { javaScriptEnabled });
      await page.getByRole("list", { name: "盘点" }).getByRole("link", { name: "缺口" }).click();
      assert.match(await heading(page), /28 格没有现行标准，共 30 格/);
      await page.getByRole("list", { name: "缺口的种类" }).getByRole("link", { name: /仅有应予制定/ }).click();
      assert.match(await page.locator(".findings").innerText(), /老有颐养 · 结果均等[^]*城阳区养老机构入住评估服务规范/);
      const table = await page.getByRole("contentinfo").getByRole("link", { name: "XLSX" }).getAttribute("href");
      assert.match(table, /\/v1\/coverage\/gaps\?.*gap=only_planned.*format=xlsx/);
    });

    it("says what drifts, and what to do", async (t) => {
      const page = await visit(t, "/coverage", { javaScriptEnabled });
      await page.getByRole("main").getByRole("link", { name: /漂移.*须处理/ }).click();
      await page.getByRole("link", { name: "城阳区" }).first().click();
      const finding = page.locator(".findings > li").first();
      assert.match(await finding.innerText(), /MZ\/T 032-2012[^]*已被代替[^]*改引代替标准/);
      await finding.getByRole("link", { name: /GB 38600-2019/ }).click();
      assert.equal(await heading(page), "养老机构服务安全基本规范");
    });

    it("compares two catalogues chosen in a form", async (t) => {
      const page = await visit(t, "/coverage/compare", { javaScriptEnabled });
      await page.locator("#owner").selectOption("370200");
      await page.locator("#with").selectOption("370214");
      await page.getByRole("button", { name: "对比" }).click();
      assert.ok(await page.getByRole("heading", { name: "青岛市 与 城阳区" }).isVisible());
      assert.match(await page.getByRole("row", { name: /住有宜居/ }).textContent(), /10 对 {2}: 1/);
    });

    it("asks what was meant by a number nobody has", async (t) => {
      const page = await visit(t, "/?q=GB 38601-2019", { javaScriptEnabled });
      await page.getByRole("main").getByRole("paragraph").filter({ hasText: "您要找的是不是" }).getByRole("link", { name: "GB 38600-2019" }).click();
      assert.match(await page.locator(".row .number").first().innerText(), /GB 38600-2019/);
    });

    it("finds the way back from where nothing is", async (t) => {
      const page = await visit(t, "/v1/standards/00000000-0000-7000-8000-000000000001", { javaScriptEnabled });
      assert.equal(await heading(page), "没有找到");
      await page.locator("#q").fill("GB 38600");
      await page.getByRole("button", { name: "查找" }).click();
      assert.match(await page.locator(".row .number").first().innerText(), /GB 38600-2019/);
    });

    it("counts one owner's catalogue", async (t) => {
      const page = await visit(t, "/frameworks/qingdao", { javaScriptEnabled });
      await page.locator("#owner").selectOption("370214");
      await page.locator("form.owner").getByRole("button").click();
      assert.match(await page.locator(".hint").first().innerText(), /27 格为空|28 格为空|26 格为空/);
      await page.getByRole("group", { name: "按什么着色" }).getByRole("link", { name: "供给" }).click();
      assert.ok(await page.getByText("应予制定", { exact: false }).first().isVisible());
    });
  });
}

describe("while typing", () => {
  const suggestions = (page) => page.locator("#q-list:visible [role=option]");
  /** Types, and has these offered. */
  const offering = async (page, items) => {
    await page.route("**/v1/suggest?*", (route) => route.fulfill({ json: { items } }));
    await page.locator("#q").pressSequentially("养老");
    await suggestions(page).first().waitFor();
  };
  const some = [
    { text: "养老机构服务安全基本规范", kind: "title" },
    { text: "<img src=x onerror=alert(1)>", kind: "keyword" },
  ];

  it("offers what can be chosen by arrow keys", async (t) => {
    const page = await visit(t, "/");
    await offering(page, some);
    const box = page.getByRole("combobox").first();
    assert.equal(await box.getAttribute("aria-expanded"), "true");
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press("ArrowDown");
    assert.equal(await box.getAttribute("aria-activedescendant"), await page.locator("#q-list [aria-selected=true]").getAttribute("id"));
    await page.keyboard.press("Escape");
    assert.equal(await suggestions(page).count(), 0);
    assert.equal(await box.inputValue(), "养老");
  });

  it("searches for what was chosen", async (t) => {
    const page = await visit(t, "/");
    await offering(page, some);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\?q=/);
    assert.equal(await page.locator("#q").inputValue(), "养老机构服务安全基本规范");
    assert.ok((await page.locator(".row mark").count()) > 0);
  });

  it("works as well when there is nothing to offer", async (t) => {
    const page = await visit(t, "/");
    await page.route("**/v1/suggest?*", (route) => route.fulfill({ status: 429, json: {} }));
    await page.locator("#q").pressSequentially("养老");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\?q=/);
    assert.ok((await page.locator(".row").count()) > 5);
  });
});

describe("by keyboard alone", () => {
  it("reaches the content, a cell and a standard", async (t) => {
    const page = await visit(t, "/frameworks/qingdao");
    await page.keyboard.press("Tab");
    assert.equal(await page.locator(":focus").innerText(), "跳到正文");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    const inCell = () => page.evaluate(() => document.activeElement.closest("td") !== null);
    for (let presses = 0; presses < 30 && !(await inCell()); presses += 1) await page.keyboard.press("Tab");
    assert.ok(await inCell(), "a cell of the matrix has the focus");
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(ring, "solid");
    await page.keyboard.press("Enter");
    await page.waitForURL(/subsystem=/);
  });
});

describe("on paper", () => {
  it("leaves out what cannot be pressed", async (t) => {
    const page = await visit(t, every.standard);
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.getByRole("navigation").isVisible(), false);
    assert.ok(await page.getByRole("heading", { level: 1 }).isVisible());
  });
});
