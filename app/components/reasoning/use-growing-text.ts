import { type RefObject, useLayoutEffect } from "react";

/**
 * Keeps an element saying a text to whose end more comes. React would put the whole text in anew each time: that ends a
 * selection in it, and the browser shapes and breaks all its lines again. Here only what is new is added, and what is
 * there stays.
 */
export function useGrowingText(place: RefObject<HTMLElement | null>, text: string): void {
  useLayoutEffect(() => {
    if (place.current) bring(textNodeOf(place.current), text);
  }, [place, text]);
}

function textNodeOf(place: HTMLElement): Text {
  const { firstChild } = place;
  if (firstChild instanceof Text && place.childNodes.length === 1) return firstChild;
  const node = document.createTextNode("");
  place.replaceChildren(node);
  return node;
}

/** Changes as little as possible at the end of a node, so that it says `text`. */
function bring(node: Text, text: string): void {
  if (text.startsWith(node.data)) node.appendData(text.slice(node.length));
  else if (node.data.startsWith(text)) node.deleteData(text.length, node.length - text.length);
  else node.data = text;
}
