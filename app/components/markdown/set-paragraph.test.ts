import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { SetParagraph } from "./set-paragraph";

test("all of a long paragraph runs the way that its beginning does", () => {
  const parts = ["שלום. ", "Word. ", "Word. ", "Word. "];
  const html = renderToStaticMarkup(createElement(SetParagraph, { parts, isGrowing: false }));
  expect(html.match(/<p[^>]*>/g)).toEqual(['<p dir="rtl">', '<p dir="rtl" class="goes-on">']);
});
