import { readFile } from "node:fs/promises";
import { expect } from "playwright/test";
import { expectAccessible } from "./fixtures/axe";
import { test } from "./fixtures/test";
import { openWithPen } from "./fixtures/with-pen";

test("exported as Markdown and JSON, imported again; a hostile file is refused and changes nothing", async ({
  longhand,
}) => {
  const { page } = longhand;
  const { list, say } = await openWithPen(longhand);
  await say("What is 7 * 8?", "56");
  const saved = async (choosing: Promise<void>) => {
    const [download] = await Promise.all([page.waitForEvent("download"), choosing]);
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
  };
  const markdown = await saved(list.choose("What is 7 * 8?", "Export as Markdown"));
  expect(markdown.name).toMatch(/^longhand-what-is-7-8-.*[.]md$/);
  expect(markdown.text).toContain("> What is 7 * 8?");
  expect(markdown.text).toContain("It is $\\boxed{56}$.");
  const json = await saved(list.chooseForAll("Export all as JSON"));
  expect(JSON.parse(json.text)).toMatchObject({ format: "longhand-conversations", version: 1 });

  const importFile = async (text: string) => {
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), list.chooseForAll("Import JSON")]);
    await chooser.setFiles({ name: "file.json", mimeType: "application/json", buffer: Buffer.from(text) });
  };
  await importFile(json.text);
  await expect(page.getByRole("status").filter({ hasText: "1 conversation was imported." })).toBeVisible();
  await expect(list.titles).toHaveText(["What is 7 * 8?", "What is 7 * 8?"]);
  await list.titles.last().click();
  await longhand.expectResult(1, "56");
  await importFile(json.text.replace('"parent": null', '"parent": "__proto__"'));
  await expect(longhand.alert).toContainText("Nothing was imported. conversations[0].turns[0].parent is not a UUID.");
  await expectAccessible(page, "a file that was refused");
  await longhand.alert.getByRole("button", { name: "Close" }).click();
  await expect(list.titles).toHaveCount(2);
});

test("a browser that keeps nothing says so once, and the conversation goes on", async ({ longhand }) => {
  await longhand.page.addInitScript(() => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (name, version) {
      if (name === "longhand-conversations") throw new DOMException("not here", "SecurityError");
      return open.call(this, name, version);
    };
  });
  const { say } = await openWithPen(longhand);
  await say("What is 7 * 8?", "56");
  await expect(longhand.alert).toContainText("This browser does not keep what you write.");
  await longhand.alert.getByRole("button", { name: "Close" }).click();
  await say("Is 701 prime?", "1");
  await expect(longhand.alert).toHaveCount(0);
  await expect(longhand.replies).toHaveCount(2);
});
