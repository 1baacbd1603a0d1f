/** Has the browser save a text as a file. */
export function saveFile(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  // The browser takes the file when it has begun to save it.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
