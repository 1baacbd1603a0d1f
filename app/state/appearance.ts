import type { Chosen } from "./choices";

/** As --paper in styles/theme.css: what the browser draws around the page. */
const PAPER = { light: "#fbfaf7", dark: "#14161b" } as const;

/** Puts the chosen theme and motion on the page. public/first-paint.js does so before the first picture. */
export function showAppearance(page: Document, { theme = "system", motion = "system" }: Chosen): void {
  const { dataset } = page.documentElement;
  dataset.theme = theme;
  dataset.motion = motion;
  for (const meta of page.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const asked = meta.media.includes("dark") ? "dark" : "light";
    meta.content = PAPER[theme === "system" ? asked : theme];
  }
}
