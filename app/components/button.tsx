import { clsx } from "clsx";
import type { ComponentProps } from "react";

interface ButtonProps extends ComponentProps<"button"> {
  /** "solid" for the one thing to do next, "quiet" for all else. */
  look?: "solid" | "quiet";
}

/** A button with a word on it. */
export function Button({ look = "quiet", className, ...rest }: ButtonProps) {
  return <button type="button" className={clsx("button", `button-${look}`, className)} {...rest} />;
}
