import { type DialogHTMLAttributes, type RefObject, useLayoutEffect, useRef } from "react";

type ModalProps = Pick<DialogHTMLAttributes<HTMLDialogElement>, "onCancel" | "onKeyDown" | "onClick"> & {
  readonly ref: RefObject<HTMLDialogElement | null>;
};

/** Has a `<dialog>` with these properties lie over the page for as long as it is drawn; Escape and a click beside it close it. */
export function useModal(onClose: () => void): ModalProps {
  const ref = useRef<HTMLDialogElement>(null);
  // Before it leaves the page, so that the focus goes back to where it came from.
  useLayoutEffect(() => {
    const element = ref.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return {
    ref,
    onCancel(event) {
      event.preventDefault();
      onClose();
    },
    // What the page does with keys is for when nothing lies over it.
    onKeyDown: (event) => event.stopPropagation(),
    onClick(event) {
      if (event.target === ref.current) onClose();
    },
  };
}
