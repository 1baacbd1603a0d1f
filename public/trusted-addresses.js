// The page's policy takes no text for a script, nor for HTML; addresses of scripts go through here. Workers and the
// service worker are started from files of this origin, and from nowhere else.
globalThis.trustedTypes?.createPolicy("default", {
  createScriptURL(address) {
    if (new URL(address, location.href).origin === location.origin) return address;
    throw new TypeError(`No script is loaded from ${address}.`);
  },
});
