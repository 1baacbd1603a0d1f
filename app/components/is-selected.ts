/**
 * Whether a selection has any part of this. Its ends say whether there is one: `type` and `isCollapsed` would have
 * Chromium lay out the page first.
 */
export function isSelected(node: Node): boolean {
  const selection = getSelection();
  if (!selection) return false;
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection;
  return (anchorNode !== focusNode || anchorOffset !== focusOffset) && selection.containsNode(node, true);
}
