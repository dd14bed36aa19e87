// What `cargo xtask build` writes beside the page: see xtask/src/assets.rs.

/** The version of the page and of the package. */
export const VERSION: string;

/** Size and SHA-256 of the files that are kept in the browser, by their paths. */
export const ASSETS: Record<string, { bytes: number; sha256: string }>;
