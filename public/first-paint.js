// Before anything is drawn: the theme and the motion that were chosen (app/state/settings.ts), so that nothing flashes.
// A file of its own, since the page's policy allows no script within it.
try {
  const { version, chosen } = JSON.parse(localStorage.getItem("longhand-settings") ?? "{}");
  if (version === 1) {
    if (chosen.theme) document.documentElement.dataset.theme = chosen.theme;
    if (chosen.motion) document.documentElement.dataset.motion = chosen.motion;
  }
} catch {
  // Nothing was chosen, or the browser remembers nothing.
}
