import type { BrowserContext } from "playwright/test";

/** The same picture as WebP, a third of the size: a browser can write it, and so no other program is needed. */
export async function asWebp(context: BrowserContext, png: Buffer, quality: number): Promise<Buffer> {
  const page = await context.newPage();
  const written = await page.evaluate(
    async ({ source, quality: share }) => {
      const image = await createImageBitmap(await (await fetch(source)).blob());
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      canvas.getContext("2d")?.drawImage(image, 0, 0);
      return canvas.toDataURL("image/webp", share);
    },
    { source: `data:image/png;base64,${png.toString("base64")}`, quality },
  );
  await page.close();
  return Buffer.from(written.slice(written.indexOf(",") + 1), "base64");
}
