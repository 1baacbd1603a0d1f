import { memo, useLayoutEffect, useRef } from "react";

interface GrowingTextProps {
  text: string;
  className: string;
}

/**
 * Plain text to whose end more comes. React would put the whole text in anew each time: that ends a selection in it, and
 * the browser shapes and breaks all its lines again. Here only what is new is added, and what is there stays.
 */
export const GrowingText = memo(function GrowingText({ text, className }: GrowingTextProps) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (place.current) bring(textNodeOf(place.current), text);
  }, [text]);
  return <div ref={place} className={className} />;
});

function textNodeOf(place: HTMLElement): Text {
  const { firstChild } = place;
  if (firstChild instanceof Text) return firstChild;
  const node = document.createTextNode("");
  place.append(node);
  return node;
}

/** Changes as little as possible at the end of a node, so that it says `text`. */
function bring(node: Text, text: string): void {
  if (text.startsWith(node.data)) node.appendData(text.slice(node.length));
  else if (node.data.startsWith(text)) node.deleteData(text.length, node.length - text.length);
  else node.data = text;
}
