import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type BrowserContext, expect, type Page } from "playwright/test";
import { test } from "./fixtures/test";

/** Every address that the pages of a context and their workers ask for. */
function recordAddresses(context: BrowserContext): readonly string[] {
  const addresses: string[] = [];
  context.on("request", (request) => addresses.push(request.url()));
  return addresses;
}

/** Somebody else's server, which counts who comes. */
async function strangerServer(): Promise<{ address: string; visits: string[]; server: Server }> {
  const visits: string[] = [];
  const server = createServer((request, response) => {
    visits.push(request.url ?? "");
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.end("globalThis.isInjected = true;");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, visits, server };
}

/** The directives that the browser has enforced from now on. */
const watchPolicy = (page: Page) =>
  page.evaluate(() => {
    const broken: string[] = [];
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => broken.push(effectiveDirective));
    Object.assign(globalThis, { broken });
  });

/** Puts HTML into the page on its way, and takes away the policy of its header: a server of files sends none. */
const smuggle = (page: Page, html: string) =>
  page.route(/:\d+\/$/, async (route) => {
    const body = (await (await route.fetch()).text()).replace("</body>", `${html}</body>`);
    await route.fulfill({ contentType: "text/html", body });
  });
const broken = (page: Page) => page.evaluate(() => (globalThis as unknown as { broken: string[] }).broken);

test("in a whole session with the shipped model nothing is asked of another origin", async ({ longhand, context }) => {
  const { page } = longhand;
  const addresses = recordAddresses(context);
  await longhand.goto();
  await longhand.untilReady();
  await longhand.ask("What is 7 * 8?");
  await longhand.expectResult(1, "56");
  for (const name of ["Settings", "Models"]) {
    await page.getByRole("button", { name }).click();
    await expect(page.getByRole("dialog", { name })).toBeVisible();
    await page.keyboard.press("Escape");
  }
  await page.reload();
  await longhand.untilReady();
  const origins = addresses.map((address) => new URL(address).origin);
  expect([...new Set(origins)]).toEqual([new URL(page.url()).origin]);
  expect(await context.cookies()).toEqual([]);
});

test.describe(() => {
  test.use({ mayComplain: true });

  test("what is smuggled into the page cannot run, nor tell anybody", async ({ longhand }) => {
    const { page } = longhand;
    const { address, visits, server } = await strangerServer();
    await smuggle(page, "<script>globalThis.isInjected = true;</script>");
    await longhand.goto();
    await longhand.untilReady();
    expect(await page.evaluate(() => "isInjected" in globalThis)).toBe(false);
    await watchPolicy(page);
    const outcomes = await page.evaluate(tryEverything, address);
    expect(outcomes).toEqual({
      inlineScript: "refused",
      foreignScript: "refused",
      html: "TypeError",
      eval: "EvalError",
      fetch: "TypeError",
      image: "refused",
      foreignWorker: "TypeError",
      style: "refused",
    });
    expect(await broken(page)).toEqual(expect.arrayContaining(["connect-src", "img-src", "style-src-attr"]));
    expect(visits).toEqual([]);
    server.close();
  });
});

/** Runs in the page. What an attacker would do who could put elements into it. */
async function tryEverything(stranger: string) {
  const settled = (element: HTMLElement) =>
    new Promise<string>((resolve) => {
      element.onload = () => resolve("loaded");
      element.onerror = () => resolve("refused");
      document.body.append(element);
      setTimeout(resolve, 1_000, "refused");
    });
  const nameOf = (work: () => unknown) =>
    Promise.resolve()
      .then(work)
      .then(
        () => "done",
        (error: Error) => error.name,
      );
  const isInjected = () => "isInjected" in globalThis;
  const inline = document.createElement("script");
  inline.append("globalThis.isInjected = true;");
  document.body.append(inline);
  const inlineScript = isInjected() ? "ran" : "refused";
  const foreign = document.createElement("script");
  await nameOf(() => foreign.setAttribute("src", `${stranger}/script.js`));
  await settled(foreign);
  // Whether it came through, only the stranger can tell.
  document.body.append(Object.assign(document.createElement("iframe"), { src: `${stranger}/frame` }));
  const styled = document.createElement("p");
  styled.setAttribute("style", "color: rgb(1, 2, 3)");
  document.body.append(styled);
  return {
    inlineScript,
    foreignScript: isInjected() ? "ran" : "refused",
    html: await nameOf(() => {
      document.createElement("p").innerHTML = "<img src=x onerror=isInjected=1>";
    }),
    // biome-ignore lint/security/noGlobalEval: that is what is tried.
    eval: await nameOf(() => globalThis.eval("1 + 1")),
    fetch: await nameOf(() => fetch(`${stranger}/fetch`)),
    image: await settled(Object.assign(new Image(), { src: `${stranger}/image` })),
    foreignWorker: await nameOf(() => new Worker(`${stranger}/worker.js`)),
    style: getComputedStyle(styled).color === "rgb(1, 2, 3)" ? "applied" : "refused",
  };
}
