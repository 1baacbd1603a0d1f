import { expect } from "playwright/test";
import { test } from "./fixtures/test";

test.use({ serviceWorkers: "allow" });

test("after one visit the page opens without a network and solves a problem", async ({ longhand, context }) => {
  const { page } = longhand;
  await longhand.goto();
  await longhand.untilReady();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  // The first visit itself was not served by the service worker; from here on it is.
  await expect.poll(() => page.evaluate(cachedPaths)).toContain("/index.html");

  await context.setOffline(true);
  await page.reload();
  await longhand.untilReady();
  expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await longhand.ask("What is 7 * 8?");
  await longhand.expectResult(1, "56");
  // Fonts of formulas come from the cache as well.
  expect(await page.evaluate(() => document.fonts.check("16px KaTeX_Main"))).toBe(true);
  await context.setOffline(false);

  // Models lie in IndexedDB, not in the service worker's cache too.
  const cached = await page.evaluate(cachedPaths);
  expect(cached.filter((path) => path.startsWith("/models/"))).toEqual([]);
});

test("so does the bench, which measures loading and all", async ({ longhand, context }) => {
  const { page } = longhand;
  await longhand.goto();
  await longhand.untilReady();
  await expect.poll(() => page.evaluate(cachedPaths)).toContain("/bench.html");
  await page.reload();
  await longhand.untilReady();
  await context.setOffline(true);
  await page.goto("/bench.html?only=load&contexts=40");
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByRole("status")).toHaveText("Done.", { timeout: 240_000 });
  await expect(page.getByRole("table", { name: "Through the page's own worker" })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Tokens per second, by context/ })).toBeVisible();
});

test("the page can be installed: name, icons of every kind, start", async ({ page, request, baseURL }) => {
  await page.goto("/");
  const href = await page.locator('link[rel="manifest"]').getAttribute("href");
  const manifest = await (await request.get(new URL(href ?? "", baseURL).href)).json();
  expect(manifest).toMatchObject({ name: "Longhand", start_url: "/", display: "standalone" });
  const purposes = manifest.icons.map(({ purpose = "any" }: { purpose?: string }) => purpose);
  expect(new Set(purposes)).toEqual(new Set(["any", "maskable"]));
  for (const { src, type, sizes } of manifest.icons) {
    const answer = await request.get(new URL(src, baseURL).href);
    expect(answer.headers()["content-type"]).toContain(type);
    if (type === "image/png") expect(sizeOf(await answer.body())).toBe(sizes);
  }
  expect(manifest.icons.map(({ sizes }: { sizes: string }) => sizes)).toEqual(
    expect.arrayContaining(["192x192", "512x512"]),
  );
});

test("its head says what a browser wants to know before it draws", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveTitle("Longhand");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  const content = (name: string) =>
    page.locator(`meta[name="${name}"]`).evaluateAll((metas) => metas.map((meta) => meta.getAttribute("content")));
  expect(await content("viewport")).toEqual([
    expect.stringMatching(/^width=device-width, initial-scale=1(?!.*user-scalable)/),
  ]);
  expect(await content("theme-color")).toHaveLength(2);
  expect(await content("description")).toEqual([expect.stringContaining("step by step")]);
});

/** Of a PNG: its header says it. */
const sizeOf = (png: Buffer): string => `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`;

async function cachedPaths(): Promise<string[]> {
  const names = await caches.keys();
  const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return keys.flat().map(({ url }) => new URL(url).pathname);
}
