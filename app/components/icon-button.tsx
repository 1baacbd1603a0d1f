import type { ReactNode, Ref } from "react";

interface IconButtonProps {
  label: string;
  ref?: Ref<HTMLButtonElement>;
  /** It does nothing, but keeps the focus that it may have. */
  isDisabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

/** A button with a sign on it instead of a word, which is its name and its hint. */
export function IconButton({ label, ref, isDisabled = false, onClick, children }: IconButtonProps) {
  return (
    <button
      ref={ref}
      type="button"
      className="icon-button"
      aria-label={label}
      title={label}
      aria-disabled={isDisabled}
      onClick={isDisabled ? undefined : onClick}
    >
      {children}
    </button>
  );
}
