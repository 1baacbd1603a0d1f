import { createContext, use } from "react";

/** The dialogs that can lie over the page, one at a time. */
export type DialogName = "models" | "settings" | "shortcuts" | "privacy";

const DialogsContext = createContext<(dialog: DialogName) => void>(() => {});

/** Gives the views below it the way to the dialogs. */
export const DialogsProvider = DialogsContext.Provider;

/** Opens a dialog. */
export const useDialogs = () => use(DialogsContext);
