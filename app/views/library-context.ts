import { createContext, use } from "react";
import { useStore } from "zustand";
import type { ModelLibrary } from "../state/library";
import type { LibraryState } from "../state/library-state";

interface LibraryAccess {
  readonly library: ModelLibrary;
  /** Opens the dialog in which models are got, opened and deleted. */
  readonly showModels: () => void;
}

const LibraryContext = createContext<LibraryAccess | null>(null);

/** Gives the views below it the stored models. */
export const LibraryProvider = LibraryContext.Provider;

/** @throws Error outside a LibraryProvider. */
export function useLibrary(): LibraryAccess {
  const access = use(LibraryContext);
  if (!access) throw new Error("No library is provided.");
  return access;
}

/** A part of the library's state; the view is drawn anew when that part changes. */
export const useLibraryState = <T>(select: (state: LibraryState) => T): T =>
  useStore(useLibrary().library.store, select);
