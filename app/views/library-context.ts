import { createContext, use } from "react";
import { useStore } from "zustand";
import type { ModelLibrary } from "../state/library";
import type { LibraryState } from "../state/library-state";

const LibraryContext = createContext<ModelLibrary | null>(null);

/** Gives the views below it the stored models. */
export const LibraryProvider = LibraryContext.Provider;

/** @throws Error outside a LibraryProvider. */
export function useLibrary(): ModelLibrary {
  const library = use(LibraryContext);
  if (!library) throw new Error("No library is provided.");
  return library;
}

/** A part of the library's state; the view is drawn anew when that part changes. */
export const useLibraryState = <T>(select: (state: LibraryState) => T): T => useStore(useLibrary().store, select);
