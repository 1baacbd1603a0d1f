import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { MarkdownBlock } from "./markdown-block";

const render = (source: string, isGrowing = false): string =>
  renderToStaticMarkup(createElement(MarkdownBlock, { source, isPlain: false, goesOn: false, isGrowing }));

test("sets Markdown and leaves places for formulas", () => {
  expect(render("The **answer** is $\\boxed{2 * 3}$.")).toBe(
    '<p>The <strong>answer</strong> is <span class="formula-click" title="Click to copy as LaTeX"><span class="formula"></span></span>.</p>',
  );
  expect(render("- \\[a*b*c\\]")).toContain('<span class="formula-display"></span>');
  expect(render("| a |\n|---|\n| $|x|$ |")).toMatch(/<td><span [^>]*><span class="formula"><.span><.span><.td>/);
});

test.each([
  ["<script>alert(1)</script> and <img src=x onerror=alert(1)>"],
  ["![a picture](https://example.org/x.png)"],
  ["[press here](javascript:alert(1)) [or](https://example.org/?q=secret) <https://example.org>"],
  ["[a]: data:text/html,x\n\n[a]"],
  ["<span data-formula=0>x</span> <iframe src=//example.org>"],
])("nothing in %j is live", (source) => {
  expect(render(source)).not.toMatch(/<(script|img|a|iframe|span data)\b|<[^>]*(src|href|on\w+)=/);
});

test("shows where a link leads and what a picture was", () => {
  expect(render("[here](https://example.org/)")).toBe(
    '<p>here<span class="text-muted"> (https://example.org/)</span></p>',
  );
  expect(render("![a plot](x.png)")).toBe('<p><span class="text-muted">[a plot]</span></p>');
});

test("a half-written formula is held back while more may follow", () => {
  expect(render("It is $\\boxed{4", true)).toBe("<p>It is</p>");
  expect(render("It is $\\boxed{4")).toBe("<p>It is $\\boxed{4</p>");
});

test("a block too long to read is plain text", () => {
  expect(render(`**${"x".repeat(20_000)}`)).toMatch(/^<p class="whitespace-pre-wrap">\*\*xxx/);
});

test.each([["> "], ["- "], ["* > "], ["1. "], ["  -  "]])("%j thousands deep is plain text", (marker) => {
  const source = `${marker.repeat(3_000)}x`;
  expect(render(source)).toMatch(/^<p class="whitespace-pre-wrap">/);
  expect(render(`${marker.repeat(3)}x`)).not.toContain("whitespace-pre-wrap");
});

test("code keeps its dollar signs, however it is marked as code", () => {
  expect(render("    cost $a$ and \\(b\\)")).toContain(">cost $a$ and \\(b\\)");
});

test("a long paragraph says the same as one that is parsed whole", () => {
  const sentence = "As *both* grow, \\(b = \\frac{1}{2}\\) and `f(2)` is **4**. So $x$ is. ";
  const whole = render(sentence);
  const html = render(sentence.repeat(60).trim());
  expect(html.match(/<p/g)?.length).toBeGreaterThan(1);
  const within = html
    .replaceAll(/<p[^>]*>|<.p>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  expect(within).toBe(Array.from({ length: 60 }, () => whole.replace(/^<p>|<.p>$/g, "")).join(" "));
});

test("a long table has each row once, and its head above every so many", () => {
  const rows = Array.from({ length: 100 }, (_, n) => `| ${n} | $|${n}|$ |`);
  const html = render(`| n | m |\n| --- | --: |\n${rows.join("\n")}`);
  expect([...html.matchAll(/<tr><td>(\d+)<.td><td style="text-align:right">/g)].map(([, n]) => Number(n))).toEqual(
    rows.map((_, n) => n),
  );
  expect(html.match(/<thead>/g)).toHaveLength(3);
  expect(html.match(/class="formula"/g)).toHaveLength(100);
});

test("the head of a table is not seen before it is one", () => {
  expect(render("| a | b |\n| --- | -", true)).toBe("");
  expect(render("| a | b |\n| --- | --- |\n| 1", true)).toContain("<th>a</th>");
  expect(render("| a | b |")).toBe("<p>| a | b |</p>");
});

test("a paragraph is no heading because a list begins below it", () => {
  expect(render("Steps:\n- ", true)).toBe("<p>Steps:</p>");
  expect(render("Steps:\n---")).toBe("<h2>Steps:</h2>");
});

test("until its turn comes it is plain; a list that goes on says so, and where its numbers do", () => {
  const block = (source: string, isPlain: boolean) =>
    renderToStaticMarkup(createElement(MarkdownBlock, { source, isPlain, goesOn: true, isGrowing: false }));
  expect(block("3. $x$", true)).toBe('<p class="whitespace-pre-wrap goes-on">3. $x$</p>');
  expect(block("3. c", false)).toMatch(/^<ol start="3" class="goes-on">\s*<li>c<.li>\s*<.ol>$/);
  expect(block("- c", false)).toMatch(/^<ul class="goes-on">/);
});
