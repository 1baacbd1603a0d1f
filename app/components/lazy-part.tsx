import { type ComponentType, lazy } from "react";

/**
 * A part of the page whose script is fetched when it is first drawn. Without a boundary around it React takes the whole
 * page away when that fails, as it does without a network, or when a newer version has been put in the place of this one.
 *
 * @param otherwise stands in its place then, until the page is reloaded.
 */
export function lazyPart<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  otherwise: ComponentType<Props>,
) {
  return lazy(async () => {
    const part = await load().catch((reason: unknown) => {
      console.info("Not loaded:", reason);
      return otherwise;
    });
    return { default: part };
  });
}
