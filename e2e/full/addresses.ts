/** What is imported, and where it is served. */
export const ADDRESSES = {
  /** Another config.json makes a smaller rehearsal: LONGHAND_FULL_CONFIG=<file> npm run test:full. */
  config: process.env.LONGHAND_FULL_CONFIG || "model/oracle/fixtures/full/config.json",
  page: "http://localhost:4183",
  /** model/oracle/stand-in: formula weights in the published layout. */
  standIn: "http://127.0.0.1:4189",
} as const;
