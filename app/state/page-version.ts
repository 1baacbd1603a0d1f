import { createStore, type StoreApi } from "zustand/vanilla";

/** The page's own versions. The one that is open goes on until the person takes the one that waits. */
export interface PageVersion {
  readonly store: StoreApi<{ isNewerWaiting: boolean }>;
  /** Reloads the page with the version that waits. */
  take(): void;
}

/** What registers the service worker, as vite-plugin-pwa makes it: returns the function that takes the waiting version. */
type Register = (options: {
  onNeedRefresh: () => void;
  onRegisterError: (error: unknown) => void;
}) => (reload: boolean) => Promise<void>;

/** Has the page kept for use without a network, and watches for newer versions of it. */
export function watchPageVersion(register: Register): PageVersion {
  const store = createStore(() => ({ isNewerWaiting: false }));
  const take = register({
    onNeedRefresh: () => store.setState({ isNewerWaiting: true }),
    // A private window may refuse: the page works as before, but only with a network.
    onRegisterError: (error) => console.info("This browser does not keep the page for use without a network.", error),
  });
  return { store, take: () => void take(true) };
}
