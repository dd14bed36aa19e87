// What `cargo xtask package` adds to the package's folder besides copies: the single file, sums to pin it by, sizes.
// Usage: node finish.js PACKAGE SITE

import { writeIntegrity } from "./integrity.js";
import { writeSingleFile } from "./single-file.js";
import { writeSizes } from "./sizes.js";

const [folder, site] = process.argv.slice(2);
await writeSingleFile(folder);
await writeIntegrity(folder);
await writeSizes(folder, site);
