import { memo } from "react";
import type { Components } from "react-markdown";
import { directionOf } from "./direction-of";
import { COMPONENTS, Parsed } from "./parsed";

/** So many parts stand in one paragraph of the page: the browser lays out and draws all of it when its end changes. */
const MOST_PARTS = 3;

/**
 * A long paragraph, its parts parsed apart: what is added to it touches the last one only. One longer than a screen has a
 * line broken after a sentence here and there. All of it runs the way that its beginning does.
 */
export function SetParagraph({ parts, isGrowing }: { parts: readonly string[]; isGrowing: boolean }) {
  const dir = directionOf(parts);
  const paragraphs: string[][] = [];
  for (let from = 0; from < parts.length; from += MOST_PARTS) paragraphs.push(parts.slice(from, from + MOST_PARTS));
  return paragraphs.map((some, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts only ever come at the end.
    <p key={place} dir={dir} className={place > 0 ? "goes-on" : undefined}>
      {some.map((part, index) => (
        <Part
          // biome-ignore lint/suspicious/noArrayIndexKey: as above.
          key={index}
          source={part}
          isGrowing={isGrowing && place * MOST_PARTS + index === parts.length - 1}
        />
      ))}
    </p>
  ));
}

const Part = memo(function Part({ source, isGrowing }: { source: string; isGrowing: boolean }) {
  return (
    <>
      <Parsed source={source} isGrowing={isGrowing} components={WITHIN} />
      {/* Markdown leaves out what a paragraph ends with. */}
      {source.endsWith(" ") && !isGrowing && " "}
    </>
  );
});

const WITHIN: Components = { ...COMPONENTS, p: ({ children }) => children };
