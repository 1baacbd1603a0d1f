/** Version and commit of the page, put in by the build. */
declare const __BUILD__: string;

/** Which page this is, for bug reports: "0.1.0 (1a2b3c4)". */
export const BUILD: string = __BUILD__;
