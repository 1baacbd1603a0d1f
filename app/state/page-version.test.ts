import { expect, test, vi } from "vitest";
import { watchPageVersion } from "./page-version";

test("a newer version waits until it is taken", () => {
  const take = vi.fn(async () => {});
  let found = (): void => {};
  const version = watchPageVersion(({ onNeedRefresh }) => {
    found = onNeedRefresh;
    return take;
  });
  expect(version.store.getState().isNewerWaiting).toBe(false);
  found();
  expect(version.store.getState().isNewerWaiting).toBe(true);
  expect(take).not.toHaveBeenCalled();
  version.take();
  expect(take).toHaveBeenCalledWith(true);
});
