// What `cargo xtask build` writes before the service worker: see xtask/src/offline.rs.

/** Differs whenever a file does. */
declare const VERSION: string;

/** The files to keep, relative to the service worker. */
declare const FILES: string[];
