import { clsx } from "clsx";
import { Ellipsis } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId, useRef } from "react";

interface MenuProps {
  /** What the button does, for those who do not see where it stands. */
  label: string;
  className?: string;
  /** Whether the Tab key comes to the button. */
  isInTabOrder?: boolean;
  children: ReactNode;
}

/** A button with three dots, and what it offers in a popover below. The browser closes that when something else is touched. */
export function Menu({ label, className, isInTabOrder = true, children }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const close = () => list.current?.hidePopover();
  return (
    <>
      <button
        ref={button}
        type="button"
        className={clsx("icon-button", className)}
        aria-label={label}
        aria-haspopup="menu"
        title={label}
        popoverTarget={id}
        tabIndex={isInTabOrder ? 0 : -1}
      >
        <Ellipsis aria-hidden className="size-4" />
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        className="menu"
        onToggle={({ newState }) => {
          if (newState !== "open" || !button.current || !list.current) return;
          placeBelow(list.current, button.current);
          itemsOf(list.current)[0]?.focus();
        }}
        onClick={close}
        onKeyDown={(event) => {
          // What the page does with Escape is for when nothing lies over it.
          event.stopPropagation();
          if (event.key === "Escape" || event.key === "Tab") close();
          else if (list.current) moveFocus(event, itemsOf(list.current));
        }}
      >
        {children}
      </div>
    </>
  );
}

interface MenuItemProps {
  icon: ReactNode;
  onChoose: () => void;
  children: ReactNode;
}

export function MenuItem({ icon, onChoose, children }: MenuItemProps) {
  return (
    <button type="button" role="menuitem" tabIndex={-1} className="menu-item" onClick={onChoose}>
      {icon}
      {children}
    </button>
  );
}

const itemsOf = (list: HTMLElement): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[role=menuitem]")];

/** Arrow keys, Home and End go through a list, round and round. */
export function moveFocus(event: KeyboardEvent, items: readonly HTMLElement[]): void {
  const at = items.indexOf(document.activeElement as HTMLElement);
  const { length } = items;
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1 + length, Home: 0, End: length - 1 }[event.key];
  if (to === undefined || length === 0) return;
  event.preventDefault();
  items.at(to % length)?.focus();
}

/** Below the button and within the view. */
function placeBelow(list: HTMLElement, button: HTMLElement): void {
  const { bottom, top, left, right } = button.getBoundingClientRect();
  const { width, height } = list.getBoundingClientRect();
  const isBelow = bottom + height + 8 <= innerHeight;
  list.style.top = `${isBelow ? bottom + 4 : Math.max(8, top - height - 4)}px`;
  list.style.left = `${Math.max(8, Math.min(left, right, innerWidth - width - 8))}px`;
}
