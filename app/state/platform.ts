/** Whether ⌘ is here what Ctrl is elsewhere. */
export const isApplePlatform = ({ platform }: Pick<Navigator, "platform">): boolean =>
  /^(Mac|iPhone|iPad|iPod)/.test(platform);
